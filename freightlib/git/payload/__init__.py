"""Hygiene of a payload: checks of names, modes, links and sizes. Copying and verifying a tree use the same checks.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
