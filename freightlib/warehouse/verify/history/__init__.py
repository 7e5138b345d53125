"""Verification of history: judge every commit of a branch by what it did to the warehouses.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
