"""Who holds a lock file, and since when: for messages, never for deciding whether it may be removed."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_OURS: Final = "freightlib, process "
_MOST: Final = 200  # bytes of a lock file that are looked at


def owner() -> str:
    """What a lock of this process says of it."""
    return f"{_OURS}{os.getpid()} on {socket.gethostname()}"


def holder(lock: Path) -> str:
    """Who made the lock file, and when, as far as it says: ``git or another program, since 2026-03-22T12:34:56Z``."""
    try:
        since = datetime.fromtimestamp(lock.stat().st_mtime, UTC)
        with lock.open("rb") as file:
            said = file.read(_MOST).decode("utf-8", "replace").strip()
    except OSError:  # it is gone by now, or not ours to read
        return "unknown"
    who = said if said.startswith(_OURS) and said.isprintable() else "git or another program"
    return f"{who}, since {since:%Y-%m-%dT%H:%M:%SZ}"
