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
    found: list[tuple[str, bytes]] = []
    for path, data in files:
        inner = None
        if path.endswith(".tgz") and posixpath.basename(posixpath.dirname(path)) == "charts" and depth < _MAX_DEPTH:
            inner = _members(data)
        if inner is None:
            found.append((path, data))
        else:
            place = posixpath.dirname(path)
            found += unpacked([(f"{place}/{name}", content) for name, content in inner], depth + 1)
    return found


def _members(data: bytes) -> list[tuple[str, bytes]] | None:
    found = []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(MAX_CHART + 1)
        if len(plain) > MAX_CHART:
            return None
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                name = posixpath.normpath(member.name.replace("\\", "/"))
                if content is not None and not name.startswith(("/", "../")):
                    found.append((name, content.read()))
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, RecursionError):
        return None
    return found
