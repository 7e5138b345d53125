"""Writes a git pack (version 2) and its index (version 2), as bytes in memory. No deltas.

One pack for all objects of a write is many times faster than loose objects. It is also safer: after a crash, all of the
objects exist or none. Formats: git's Documentation/gitformat-pack.txt.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from attrs import field, frozen

from freightlib.errors import GitError

_TYPES: Final = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
_LEVEL: Final = 1  # the fastest level; git repacks later with its own


@frozen
class Pack:
    """A finished pack: the bytes of the pack file and of its index file, and the number of objects."""

    data: bytes = field(repr=False)
    index: bytes = field(repr=False)
    count: int


def make_pack(objects: Iterable[tuple[str, str, bytes]], algorithm: str = "sha1") -> Pack:
    """Return the pack of ``objects``: (id, kind, contents), each id once. Raises GitError beyond 2 GB."""
    chunks: list[bytes] = [b""]
    rows: list[tuple[bytes, int, int]] = []  # id, CRC of the packed object, offset
    offset = 12
    for name, kind, data in objects:
        packed = _header(_TYPES[kind], len(data)) + zlib.compress(data, _LEVEL)
        rows.append((bytes.fromhex(name), zlib.crc32(packed), offset))
        chunks.append(packed)
        offset += len(packed)
    if offset >= 1 << 31:
        raise GitError("more than 2 GB in one write", hint="publish smaller packages")
    chunks[0] = struct.pack(">4sII", b"PACK", 2, len(rows))
    body = b"".join(chunks)
    checksum = hashlib.new(algorithm, body, usedforsecurity=False).digest()
    rows.sort()
    return Pack(body + checksum, _index(rows, checksum, algorithm), len(rows))


def _header(kind: int, size: int) -> bytes:
    first, size = (kind << 4) | (size & 15), size >> 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    out.append(first)
    return bytes(out)


def _index(rows: list[tuple[bytes, int, int]], checksum: bytes, algorithm: str) -> bytes:
    counts = [0] * 256
    for row in rows:
        counts[row[0][0]] += 1
    size = len(rows)
    body = b"".join(
        (
            b"\xfftOc\0\0\0\2",
            struct.pack(">256I", *accumulate(counts)),
            *(row[0] for row in rows),
            struct.pack(f">{size}I", *(row[1] for row in rows)),
            struct.pack(f">{size}I", *(row[2] for row in rows)),
            checksum,
        )
    )
    return body + hashlib.new(algorithm, body, usedforsecurity=False).digest()
