"""The verbs, a file for each (``log`` is in ``status.py``): the functions that ``import freightlib`` gives.

Private: the modules may change in any release; use the functions of ``freightlib``.
"""
