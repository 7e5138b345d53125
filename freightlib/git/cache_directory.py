"""The user's cache directory. Everything in it may be deleted at any time."""

from __future__ import annotations

from pathlib import Path


def cache_directory(kind: str) -> Path:
    """Return the directory for one kind of cached files: ``<kind>`` in freightlib's cache directory on this platform.

    On Linux, that is ``$XDG_CACHE_HOME/freightlib/<kind>``. The directory may not exist yet.
    """
    from platformdirs import user_cache_path

    return user_cache_path("freightlib", appauthor=False) / kind
