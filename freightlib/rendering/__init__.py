"""Renders a stage: the plan, its inputs, the run, the files, and what a rendered branch holds.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
