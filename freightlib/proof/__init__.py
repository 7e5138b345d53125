"""Proves rendered commits: each is what its lock, its release and its policy yield.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
