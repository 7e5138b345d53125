"""Addresses of repositories elsewhere."""

from __future__ import annotations

import re
from typing import Final

_URL: Final = re.compile(r"(?:https?|ssh|git\+ssh|file)://", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[A-Za-z0-9_.-]+@)[A-Za-z0-9_.-]+:(?!//).+")


def is_address(location: str) -> bool:
    """Whether ``location`` is a URL (http, https, ssh, file) or ssh's short form ``git@host:path``."""
    return bool(_URL.match(location) or _SCP.fullmatch(location))
