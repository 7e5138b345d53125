"""Proves rendered commits: checks that each one is the result of its lock, its release and its policy.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
