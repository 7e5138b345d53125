"""Reads stored objects: loose ones here, with their hash verified, packed ones through the reader passed in.

libgit2 (1.9.7) loops endlessly on a truncated loose object and blocks the interpreter (libgit2 #7342), so it must never
read one. It only reads packs.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from freightlib.errors import CorruptObjectError

Read = Callable[[str], tuple[str, bytes] | None]

_HEADER: Final = 32  # "commit 18446744073709551615\0" is 28 bytes
_HINT: Final = "run git fsck --full in that repository; fetch it again or restore it from a clone"


def object_directories(objects: Path) -> list[Path]:
    """Return ``objects`` and every alternate that it names, each once (git's info/alternates, nested ones included).

    In a hook that checks a push, the directory of the pushed objects is included.
    """
    found: list[Path] = []
    pushed = quarantine_of(objects)
    pending = [objects] if pushed is None else [pushed, objects]
    while pending:
        directory = pending.pop(0)
        if directory in found or not directory.is_dir():
            continue
        found.append(directory)
        listed = directory / "info" / "alternates"
        if listed.is_file():
            lines = listed.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            pending += [(directory / line).resolve() for line in lines if line and not line.startswith("#")]
    return found


class ObjectReader:
    """The objects of one repository, by id."""

    def __init__(
        self, directories: Sequence[Path], packed: Read, has_packed: Callable[[str], bool], skim: Read | None = None
    ) -> None:
        self._prefixes = [f"{directory}{os.sep}" for directory in directories]
        # a packed repository has no folders of loose objects, so packs are read first
        self._folders = {path.name for directory in directories for path in directory.iterdir() if len(path.name) == 2}
        self._packed = packed
        self.skim = skim or self.read
        self._has_packed = has_packed

    def read(self, name: str) -> tuple[str, bytes] | None:
        """Return kind and contents of an object, or ``None`` if it is not stored. Raises CorruptObjectError."""
        if name[:2] not in self._folders:
            packed = self._packed(name)
            if packed is not None:
                return packed
        return self._read_loose(name)

    def _read_loose(self, name: str) -> tuple[str, bytes] | None:
        damage: CorruptObjectError | None = None
        for prefix in self._prefixes:
            try:
                loose = _loose(prefix, name)
            except CorruptObjectError as error:
                damage = error  # a pack may hold a good copy, and git uses it too
                continue
            if loose is not None:
                return loose
        packed = self._packed(name)
        if packed is None and damage is not None:
            raise damage
        return packed

    def has(self, name: str) -> bool:
        """Return whether an undamaged copy is stored. So a damaged loose object is written again."""
        for prefix in self._prefixes:
            try:
                if _loose(prefix, name) is not None:
                    return True
            except CorruptObjectError:  # a pack may hold a good copy
                continue
        return self._has_packed(name)


def damaged(name: str, why: str) -> CorruptObjectError:
    """Return the error for a damaged object."""
    return CorruptObjectError(f"the object {name} is damaged: {why}", hint=_HINT, object=name)


def _loose(prefix: str, name: str) -> tuple[str, bytes] | None:
    try:
        descriptor = os.open(f"{prefix}{name[:2]}{os.sep}{name[2:]}", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise damaged(name, f"it cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        stored = file.read()
    return parse_loose(name, stored)


def parse_loose(name: str, stored: bytes) -> tuple[str, bytes]:
    """Return kind and contents of a loose object's file. Raises CorruptObjectError if it is damaged or not ``name``."""
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(stored, _HEADER)
        kind, _, rest = head.partition(b" ")
        size_text, nul, begin = rest.partition(b"\0")
        if not nul or not size_text.isdigit() or kind not in (b"blob", b"tree", b"commit", b"tag"):
            raise damaged(name, "its header is not one of git's")
        size = int(size_text)
        # read one byte more than the header says: so a stream that is too short or too long (a zip bomb) is detected
        data = begin + stream.decompress(stream.unconsumed_tail, max(size - len(begin) + 1, 1))
    except zlib.error as error:
        raise damaged(name, str(error)) from error
    if len(data) == size and not stream.eof:
        stream.decompress(stream.unconsumed_tail, 1)
    if len(data) != size or not stream.eof:
        raise damaged(name, "its file is cut short or too long")
    if hashlib.sha1(head[: len(head) - len(begin)] + data, usedforsecurity=False).hexdigest() != name:
        raise damaged(name, "its contents do not have that id")
    return kind.decode(), data


#: Git sets this variable for pre-receive and update hooks (githooks(5); git-receive-pack(1), Quarantine Environment).
VARIABLE = "GIT_QUARANTINE_PATH"


def quarantine_of(objects: Path) -> Path | None:
    """Return the folder of pushed objects if this process runs in a hook that checks a push to this repository.

    Git keeps pushed objects in this quarantine folder until it accepts the push. Otherwise returns ``None``.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    place = Path(named)
    try:
        return place if place.is_dir() and place.parent.samefile(objects) else None
    except OSError:
        return None
