"""The user's cache directory: where everything is that may be deleted at any time."""

from __future__ import annotations

from pathlib import Path


def cache_directory(kind: str) -> Path:
    """Return the directory for one kind of cached files: ``$XDG_CACHE_HOME/freightlib/<kind>``, or the platform's own.

    It may not exist yet.
    """
    from platformdirs import user_cache_path

    return user_cache_path("freightlib", appauthor=False) / kind
