"""Releases in a GitOps repository: find, read, freeze, restore, remove and verify them.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
