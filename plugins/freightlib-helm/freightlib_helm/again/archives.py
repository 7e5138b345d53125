"""Charts inside a chart: archives in charts/ as the files that Helm would find in them.

>>> from freightlib_helm.again.archives import unpacked
>>> unpacked([("Chart.yaml", b"name: shop"), ("charts/odd.tgz", b"not an archive")])
[('Chart.yaml', b'name: shop'), ('charts/odd.tgz', b'not an archive')]
"""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterable
from typing import Final

from freightlib_helm.chart import MAX_CHART

_MAX_DEPTH: Final = 8


def unpacked(files: Iterable[tuple[str, bytes]], depth: int = 0) -> list[tuple[str, bytes]]:
    """The files with each archive replaced by what it holds; one that cannot be read stays, for Helm to judge."""
    given = list(files)
    taken = {posixpath.dirname(path) for path, _ in given}
    found: list[tuple[str, bytes]] = []
    for path, data in given:
        inner = None
        place = posixpath.dirname(path)
        if path.endswith(".tgz") and posixpath.basename(place) == "charts" and depth < _MAX_DEPTH:
            inner = _members(data)
        if inner is None:
            found.append((path, data))
            continue
        top, members = inner
        # two versions of one chart, under aliases, come in archives of different names
        below = f"{place}/{top}" if f"{place}/{top}" not in taken else path.removesuffix(".tgz")
        taken.add(below)
        found += [(f"{below}/{name}", content) for name, content in unpacked(members, depth + 1)]
    return found


def _members(data: bytes) -> tuple[str, list[tuple[str, bytes]]] | None:
    """The directory that the archive holds, and what is in it."""
    top, found = "", []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(MAX_CHART + 1)
        if len(plain) > MAX_CHART:
            return None
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                first, _, name = posixpath.normpath(member.name.replace("\\", "/")).partition("/")
                if content is not None and name and first not in ("", ".."):
                    top = top or first
                    found.append((name, content.read()))
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, RecursionError):
        return None
    return (top, found) if found else None
