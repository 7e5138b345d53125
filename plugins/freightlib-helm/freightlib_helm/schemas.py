"""Refuses ``values.schema.json`` files that would make Helm read from outside the chart.

Helm resolves ``$ref`` to http, https and file addresses while it validates values: a render would depend on
the network, or read files of this machine.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from freightlib.plugins import RenderError

_REFERENCES: Final = frozenset(("$ref", "$dynamicRef", "$recursiveRef", "$schema"))
# the drafts that every validator knows by heart
_BUILT_IN: Final = re.compile(
    r"https?://json-schema\.org/(draft-0[4-7]/(hyper-)?schema|draft/20(19-09|20-12)/[a-z/-]+|schema)#?"
)
_MAX_CHART: Final = 100 << 20
_MAX_DEPTH: Final = 8


def check_schemas(files: Iterable[tuple[str, bytes]]) -> None:
    """Raises RenderError naming the schema, and the reference in it, that leads outside."""
    for path, data in _schemas(files, "", 0):
        for reference in _outside(data):
            raise RenderError(
                f"the chart's schema {path!r} refers to {reference!r}, which is outside the chart",
                hint="copy what it refers to into the schema (under $defs), so that rendering needs no network",
                renderer="helm-template",
                template=path,
                reference=reference,
            )


def _schemas(files: Iterable[tuple[str, bytes]], prefix: str, depth: int) -> Iterator[tuple[str, bytes]]:
    for path, data in files:
        name = path.rpartition("/")[2]
        if name == "values.schema.json":
            yield prefix + path, data
        elif name.endswith(".tgz") and depth < _MAX_DEPTH and (path.startswith("charts/") or "/charts/" in path):
            yield from _schemas(_unpacked(data), f"{prefix}{path}:", depth + 1)


def _unpacked(data: bytes) -> list[tuple[str, bytes]]:
    """The schemas and archives in a chart archive; none where it cannot be read: Helm will say so."""
    found = []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(_MAX_CHART + 1)
        if len(plain) > _MAX_CHART:
            return []  # above Helm's own limit
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            for member in archive:
                name = member.name.replace("\\", "/").partition("/")[2]
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None and name.endswith(("values.schema.json", ".tgz")):
                    found.append((name, content.read()))
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError):
        return []
    return found


def _outside(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs.extend(found)  # every pair, a repeated key's too
        return dict(found)

    try:
        json.loads(text, object_pairs_hook=keep, parse_int=str, parse_float=str, strict=False)
    except (ValueError, RecursionError):
        if any(name in text for name in _REFERENCES - {"$schema"}):
            yield "(a schema that cannot be read)"
        return
    own = {value for key, value in pairs if key in ("$id", "id") and isinstance(value, str)}
    for key, value in pairs:
        if key in _REFERENCES and isinstance(value, str) and not _inside(value, own):
            yield value


def _inside(reference: str, own: set[str]) -> bool:
    base = reference.partition("#")[0]
    return not base or base in own or base.startswith("urn:") or _BUILT_IN.fullmatch(base) is not None
