"""Recognises the addresses of remote repositories."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_URL: Final = re.compile(r"(?:https?|ssh|git\+ssh|file)://", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[A-Za-z0-9_.-]+@)[A-Za-z0-9_.-]+:(?!//).+")

#: Git settings that stop an http transfer without data for 60 seconds. A working server sends data every five.
SILENCE: Final = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "60"}


def is_address(location: str) -> bool:
    """Return whether ``location`` is a URL (http, https, ssh, file) or ssh's short form ``git@host:path``."""
    return bool(_URL.match(location) or _SCP.fullmatch(location))


def file_path(address: str) -> Path | None:
    """Return the path of a ``file://`` address on this machine, or ``None`` for any other address."""
    parts = urlsplit(address) if address.lower().startswith("file://") else None
    return Path(unquote(parts.path)) if parts and parts.netloc in ("", "localhost") else None
