"""Refs: move several at once by compare-and-swap, with git's lock files and reflogs.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
