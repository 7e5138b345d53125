"""The skeleton of a plugin that ``freight plugins new`` writes.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
