"""Walks over the commits of a branch: which commits it has, and which of them change a path.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
