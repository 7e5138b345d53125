"""Moves releases through stages: gates, commits, proposals, pull requests, landings and rollbacks.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
