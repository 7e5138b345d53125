"""The verbs: one file for each, and in it the function of its name that ``import freightlib`` gives."""
