"""A frozen payload as the chart archive Helm reads: bytes only, so nothing outside the payload can get in."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping


def pack(name: str, files: Mapping[str, bytes]) -> bytes:
    """A ``.tgz`` of ``files`` (path -> contents) below the directory ``name``; equal input gives equal bytes."""
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, data in files.items():
                member = tarfile.TarInfo(f"{name}/{path}")
                member.size = len(data)
                member.mode = 0o644
                archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()
