"""Child processes that render: limited in time, memory and output, and without a network.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
