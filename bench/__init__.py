"""Measures freightlib against the script a team would write instead. Run it with ``nox -s bench``."""
