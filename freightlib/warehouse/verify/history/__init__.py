"""Verification of history: checks what every commit of a branch changed in the warehouses.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
