"""Reads and writes the ``forge`` key of the project file.

>>> from freightlib.documents.forge import forge_values
>>> from freightlib.models import ForgeSpec
>>> forge_values(ForgeSpec("github", "example/gitops"))
{'name': 'github', 'repository': 'example/gitops'}
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from attrs import asdict

from freightlib.documents.problems import Path, Problems
from freightlib.documents.shapes import NAME, ForgeShape
from freightlib.models import ForgeSpec

_REPOSITORY: Final = re.compile(r"[\w.-]+(/[\w.-]+)+", re.ASCII)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def read_forge(problems: Problems, path: Path, shape: ForgeShape | None, default: ForgeSpec) -> ForgeSpec:
    """Return the forge of ``shape``, or ``default`` if the key is not set. The two are not merged."""
    if shape is None:
        return default
    if re.fullmatch(NAME, shape.name) is None:
        problems.add((*path, "name"), f"{shape.name[:80]!r} cannot be a name", "write none, github, gitlab or forgejo")
    if shape.repository is None and shape.name != ForgeSpec().name:
        problems.add(path, "names no repository", "write the GitOps repository there: repository: owner/name")
    if shape.repository is not None and not _is_repository(shape.repository):
        problems.add(
            (*path, "repository"), f"{shape.repository[:80]!r} is not owner/name", "write it as in its address"
        )
    if shape.url is not None and (wrong := _wrong_url(shape.url)):
        problems.add((*path, "url"), wrong, "write the server's address alone: https://git.example.org")
    return ForgeSpec(shape.name, shape.repository, None if shape.url is None else shape.url.rstrip("/"))


def forge_values(forge: ForgeSpec) -> dict[str, str]:
    """Return the values to write for a forge; none for the default."""
    return {} if forge == ForgeSpec() else {key: value for key, value in asdict(forge).items() if value is not None}


def _is_repository(name: str) -> bool:
    return _REPOSITORY.fullmatch(name) is not None and not {".", ".."} & set(name.split("/")) and len(name) <= 500


def _wrong_url(url: str) -> str | None:
    """Return why a token must not be sent to ``url``, or ``None``. The reason does not show the address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is not an address"
    if "@" in parts.netloc:
        return "holds credentials, which belong in the environment"
    if not host or not url.isprintable() or " " in url or parts.query or parts.fragment:
        return "is not the address of a server"
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        return "is not https, so others could read the token on the network"
    return None
