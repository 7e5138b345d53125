"""Moves releases through stages: gates, commits, proposals, pull requests, landing and rolling back.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
