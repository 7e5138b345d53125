"""Checks a payload: the files of its package type, its hygiene, and Git LFS pointers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from freightlib.git.payload.hygiene import hygiene_findings, located
from freightlib.git.payload.memo import Memo, Objects
from freightlib.git.payload.size_limits import TooLargeError, measure
from freightlib.git.trees import Mode
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding
from freightlib.warehouse.verify.package import package_findings

#: The first line of a Git LFS pointer (git-lfs/docs/spec.md); a pointer is shorter than 1024 bytes.
_LFS: Final = (b"version https://git-lfs.github.com/spec/v1", b"version https://hawser.github.com/spec/v1")
_LFS_SIZE: Final = 1024


_BELOW: Final[Memo[tuple[Finding, ...]]] = Memo(100_000)
_POINTERS: Final[Memo[bool]] = Memo(400_000)
_PAYLOADS: Final[Memo[tuple[Finding, ...]]] = Memo(20_000)


def payload_findings(objects: Objects, payload: str, package_type: str, prefix: str) -> tuple[Finding, ...]:
    """Return everything wrong with the payload tree as a package of that type, with paths below ``prefix``.

    Raises CorruptObjectError when an object cannot be read.
    """
    key = f"{package_type}:{payload}"
    known = _PAYLOADS.get(key)
    if known is None:
        known = _PAYLOADS.put(key, tuple(_payload(objects, payload, package_type)))
    return located(known, prefix)


def _payload(objects: Objects, payload: str, package_type: str) -> Iterator[Finding]:
    try:
        size = measure(objects.read_tree, payload)
    except TooLargeError as error:
        yield finding("payload-too-large", "", error.message)
        return
    if not size.files:
        yield finding("payload-empty", "", "the payload holds no file")
        return
    yield from package_findings(objects, payload, package_type)
    yield from hygiene_findings(objects, payload)
    yield from _pointers(objects, payload)


def _pointers(objects: Objects, tree: str) -> tuple[Finding, ...]:
    """Return the Git LFS pointers below a tree, with paths relative to it."""
    known = _BELOW.get(tree)
    if known is not None:
        return known
    found: list[Finding] = []
    for entry in objects.read_tree(tree):
        if entry.is_tree:
            found += located(_pointers(objects, entry.id), entry.name)
        elif entry.mode not in (Mode.SYMLINK, Mode.SUBMODULE) and _is_pointer(objects, entry.id):
            found.append(finding("lfs-pointer", entry.name, _pointer_message(entry.name)))
    return _BELOW.put(tree, tuple(found))


def _is_pointer(objects: Objects, blob: str) -> bool:
    known = _POINTERS.get(blob)
    return known if known is not None else _POINTERS.put(blob, is_lfs_pointer(objects.read_blob(blob)))


def is_lfs_pointer(data: bytes) -> bool:
    """Return whether ``data`` is a Git LFS pointer and not the file itself (git-lfs/docs/spec.md)."""
    return len(data) < _LFS_SIZE and data.startswith(_LFS) and data.split(b"\n", 1)[0].rstrip(b"\r") in _LFS


def _pointer_message(name: str) -> str:
    message = "it is a Git LFS pointer, not the file itself"
    if name.endswith((".tgz", ".tar.gz")):
        message += '; Helm would fail on this chart archive with "gzip: invalid header"'
    return message
