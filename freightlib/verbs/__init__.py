"""The verbs: one file for each, with the function of the same name that ``import freightlib`` gives.

Private: the modules may change in any release; use the functions of ``freightlib``.
"""
