"""Remote repositories, through the git program: addresses, fetch, push, retries and partial clones.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
