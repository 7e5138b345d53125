"""Addresses of repositories elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_URL: Final = re.compile(r"(?:https?|ssh|git\+ssh|file)://", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[A-Za-z0-9_.-]+@)[A-Za-z0-9_.-]+:(?!//).+")


def is_address(location: str) -> bool:
    """Whether ``location`` is a URL (http, https, ssh, file) or ssh's short form ``git@host:path``."""
    return bool(_URL.match(location) or _SCP.fullmatch(location))


def without_credentials(address: str) -> str:
    """The address without user name, password or token; ssh keeps its user, which is no secret."""
    scheme, separator, rest = address.partition("://")
    if not separator or "@" not in rest.partition("/")[0]:
        return address
    authority, slash, path = rest.partition("/")
    user, _, host = authority.rpartition("@")
    if "ssh" in scheme.lower():
        host = f"{user.partition(':')[0]}@{host}"
    return f"{scheme}://{host}{slash}{path}"


def file_path(address: str) -> Path | None:
    """The path of a ``file://`` address on this machine, or ``None`` for any other address."""
    parts = urlsplit(address) if address.lower().startswith("file://") else None
    return Path(unquote(parts.path)) if parts and parts.netloc in ("", "localhost") else None
