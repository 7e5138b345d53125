"""The verbs of the command line, one file for each; its ``command`` is imported when the verb is used.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
