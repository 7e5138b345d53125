"""The GitHub Action of action.yml: ``python -m freightlib.cli.action``.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
