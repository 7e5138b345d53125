"""Addresses of repositories elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from freightlib.errors import RemoteError

_URL: Final = re.compile(r"(?:https?|ssh|git\+ssh|file)://", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[A-Za-z0-9_.-]+@)[A-Za-z0-9_.-]+:(?!//).+")
# Where a password waits for git's question: settings of ours, in the environment of that run of git alone.
_USER: Final = "freightlib.username"
_PASSWORD: Final = "freightlib.password"  # noqa: S105 - the name of a setting
_HELPER: Final = (
    f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    f'"$(git config --get {_USER})" "$(git config --get {_PASSWORD})"; }}; f'
)

#: Git settings that end an http transfer which stands still (seconds); a server at work says so every five.
SILENCE: Final = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "60"}


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
        host = f"{user.partition(':')[0]}@{host}"  # ssh takes no password from an address
    return f"{scheme}://{host}{slash}{path}"


def file_path(address: str) -> Path | None:
    """The path of a ``file://`` address on this machine, or ``None`` for any other address."""
    parts = urlsplit(address) if address.lower().startswith("file://") else None
    return Path(unquote(parts.path)) if parts and parts.netloc in ("", "localhost") else None


def connection(address: str) -> dict[str, str]:
    """Git settings that go with ``without_credentials(address)``: the user name and password that stood in it.

    Git hands an address to its helper programs as an argument, which every user of the machine can read (``ps``). So
    the address is given without credentials, and git asks for them: a helper of one line reads them from its
    environment.
    Raises RemoteError for credentials that hold a line break.
    """
    scheme, _, rest = address.partition("://")
    authority = rest.partition("/")[0]
    if scheme.lower() not in ("http", "https") or "@" not in authority:
        return {}
    user, colon, password = authority.rpartition("@")[0].partition(":")
    user, password = unquote(user), unquote(password)
    if any(ord(char) < 32 for char in user + password):
        raise RemoteError(
            f"the user name or password of {without_credentials(address)} holds a control character",
            hint="give it through a git credential helper",
            remote=without_credentials(address),
        )
    host = without_credentials(address).split("/", 3)
    site = f"credential.{'/'.join(host[:3])}"
    if not colon:
        return {f"{site}.username": user}  # its password is asked for the usual way
    # the empty helper takes away the user's own, which would be asked first, and be told to store what is right
    return {f"{site}.helper": "", f"{site}.HELPER": _HELPER, _USER: user, _PASSWORD: password}


def secrets(settings: Mapping[str, str]) -> list[str]:
    """What of these settings must not be shown."""
    found = {value for key, value in settings.items() if key in (_USER, _PASSWORD) or key.endswith(".username")}
    return sorted((value for value in found if len(value) > 3), key=len, reverse=True)
