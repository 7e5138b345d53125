"""Worktrees: check that they are clean, make them follow a branch that moved, repair them after a crash.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
