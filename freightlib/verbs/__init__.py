"""The verbs, one file for each (``log`` is in ``status.py``): the functions of ``import freightlib``.

Private: the modules may change in any release; use the functions of ``freightlib``.
"""
