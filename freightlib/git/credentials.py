"""Removes credentials from addresses and from the output of programs, and passes them to git safely."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from freightlib.errors import RemoteError

# An address in a text ends at white space; quotes may be part of a password.
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_HOST: Final = re.compile(r"(?:\[[^\]]*\]|[^:?#]*)(?::\d*)?")
_CLOSING: Final = "'\",;:.)>]}"
_HEADERS: Final = re.compile(r"((?:authorization|private-token|x-access-token):?\s*)\S.*", re.IGNORECASE)

# The settings that hold user name and password while git runs. They exist only in the environment of that process.
_USER: Final = "freightlib.username"
_PASSWORD: Final = "freightlib.password"  # noqa: S105 - the name of a setting
_HELPER: Final = (
    f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    f'"$(git config --get {_USER})" "$(git config --get {_PASSWORD})"; }}; f'
)


def scrub(text: str, secrets: Sequence[str] = ()) -> str:
    """Return ``text`` without credentials in addresses or headers, and without the given ``secrets``."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _HEADERS.sub(r"\1***", _ADDRESS.sub(_in_text, text))


def _in_text(found: re.Match[str]) -> str:
    address = found[0].rstrip(_CLOSING)
    scheme, _, rest = _parts(address)
    return without_credentials(f"{scheme}://{rest}") + found[0][len(address) :]


def without_credentials(address: str) -> str:
    """Return the address without user name, password, token, query and fragment. An ssh user is no secret and stays.

    Query and fragment are removed from http addresses only: elsewhere ``?`` and ``#`` are ordinary characters of a
    path.
    """
    scheme, userinfo, rest = _parts(address)
    if not scheme:
        return address
    if "http" in scheme.lower():
        rest = re.split("[?#]", rest, maxsplit=1)[0]
    user = userinfo.partition(":")[0] if "ssh" in scheme.lower() else ""  # ssh takes no password from an address
    return f"{scheme}://{user}@{rest}" if user else f"{scheme}://{rest}"


def _parts(address: str) -> tuple[str, str, str]:
    """Return scheme, user information, and the rest from the host on. The scheme is empty if ``address`` is no URL.

    User information ends at the last ``@`` of the authority. An unquoted slash in a password ends the authority too
    early. In that case the part before the slash is not a valid host, and user information ends at the last ``@`` of
    the whole address.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return "", "", address
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        userinfo, _, host = authority.rpartition("@")
        return scheme, userinfo, f"{host}{slash}{path}"
    if "@" in path and _HOST.fullmatch(authority) is None:
        userinfo, _, rest = rest.rpartition("@")
        return scheme, userinfo, rest
    return scheme, "", rest


def connection(address: str) -> dict[str, str]:
    """Return git settings that carry the credentials of ``address``, for use with ``without_credentials(address)``.

    Git passes an address to its helper programs as an argument, which every user of the machine can read (``ps``). So
    git gets the address without credentials and asks a one-line credential helper, which reads them from the
    environment. Raises RemoteError for credentials that hold a line break, and for an address with a query or a
    fragment.
    """
    scheme, userinfo, rest = _parts(address)
    if scheme.lower() not in ("http", "https"):
        return {}
    clean = without_credentials(address)
    if re.search("[?#]", rest):
        raise RemoteError(
            f"the address {clean} has a query or a fragment, which git does not use",
            hint="give the address without it, and a token through a git credential helper",
            remote=clean,
        )
    if not userinfo:
        return {}
    user, colon, password = userinfo.partition(":")
    user, password = unquote(user), unquote(password)
    if any(ord(char) < 32 for char in user + password):
        raise RemoteError(
            f"the user name or password of {clean} holds a control character",
            hint="give it through a git credential helper",
            remote=clean,
        )
    site = f"credential.{'/'.join(clean.split('/', 3)[:3])}"
    if not colon:
        return {f"{site}.username": user}  # git gets the password the usual way
    # the empty helper disables the user's own helpers: git would ask them first, and have them store the password
    return {f"{site}.helper": "", f"{site}.HELPER": _HELPER, _USER: user, _PASSWORD: password}


def secrets(settings: Mapping[str, str]) -> list[str]:
    """Return the values of these settings that must not be shown."""
    found = {value for key, value in settings.items() if key in (_USER, _PASSWORD) or key.endswith(".username")}
    return sorted((value for value in found if len(value) > 3), key=len, reverse=True)
