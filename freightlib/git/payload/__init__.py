"""Hygiene of a payload: the one judge of names, modes, links and sizes, for copying a tree and for verifying one.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
