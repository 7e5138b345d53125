"""The GitHub Action of action.yml: ``python -m freightlib.cli.action``."""
