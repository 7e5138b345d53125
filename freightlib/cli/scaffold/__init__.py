"""Skeletons of plugins, which ``freight plugins new`` writes.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
