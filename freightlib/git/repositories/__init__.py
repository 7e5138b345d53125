"""Repositories on this machine, cached copies of remote ones, and repositories that push.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
