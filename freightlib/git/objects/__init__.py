"""Git objects: read loose objects, build commits, copy trees, and write everything as one pack.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
