"""Reads a plain directory as git objects, byte for byte.

Names, executable bits and links are taken from the file system. No filter or ignore rule is applied, and no link is
followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from freightlib.errors import CorruptObjectError
from freightlib.git.payload.size_limits import LEVELS
from freightlib.git.trees import Entry, Mode, Tree, join, object_id, pack_tree, parse_tree
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding

# A fifo must not block. A link that has replaced a file since the directory was listed must not be followed.
_OPEN: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Files:
    """Git objects computed from files. ``findings`` report unreadable files. ``algorithm`` is git's hash."""

    def __init__(self, algorithm: str = "sha1") -> None:
        self.algorithm = algorithm
        self.findings: list[Finding] = []
        self._trees: dict[str, Tree] = {}
        self._blobs: dict[str, bytes | Path] = {}

    def read_tree(self, tree: str, /) -> Tree:
        """Return the entries of a directory that was added."""
        if tree not in self._trees:
            raise CorruptObjectError(
                f"there is no tree {tree} among the files", hint="check the directory again", object=tree
            )
        return self._trees[tree]

    def read_blob(self, blob: str, /) -> bytes:
        """Read the contents of a file again. Raises CorruptObjectError if they have changed since it was added."""
        held = self._blobs.get(blob, b"")
        try:
            data = held if isinstance(held, bytes) else read_file(held)
        except OSError as error:
            raise CorruptObjectError(
                f"{held!s} cannot be read any more: {error.strerror or error}",
                hint="check the directory again",
                object=blob,
            ) from error
        if object_id("blob", data, self.algorithm) != blob:
            raise CorruptObjectError(
                f"{held!s} changed while it was read", hint="check the directory again", object=blob
            )
        return data

    def add(self, path: Path, shown: str, depth: int = 0) -> Entry | None:
        """Add the file or directory at ``path``, and return its entry with an empty name.

        ``shown`` is its path in findings. Returns ``None`` if there is nothing to store (no file, or an empty
        directory) or a finding was recorded.
        """
        try:
            return self._entry(path, shown, depth)
        except FileNotFoundError:
            pass  # nothing to store
        except CorruptObjectError as error:
            self.findings.append(finding("unreadable", shown, error.message, hint=error.hint))
        except OSError as error:
            self.findings.append(finding("unreadable", shown, f"it cannot be read: {error.strerror or error}"))
        return None

    def _entry(self, path: Path, shown: str, depth: int) -> Entry | None:
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            return self._directory(path, shown, depth)
        if stat.S_ISLNK(status.st_mode):
            return self._blob(Mode.SYMLINK, os.readlink(os.fsencode(path)), None)  # noqa: PTH115 (as bytes)
        if stat.S_ISREG(status.st_mode):
            mode = Mode.EXECUTABLE if status.st_mode & stat.S_IXUSR else Mode.FILE
            return self._blob(mode, read_file(path), path)
        self.findings.append(finding("special-file", shown, f"it is {_special(status.st_mode)}"))
        return None

    def _directory(self, path: Path, shown: str, depth: int) -> Entry | None:
        if depth > LEVELS:
            self.findings.append(
                finding("payload-too-large", shown, f"directories nest more than {LEVELS} levels deep")
            )
            return None
        entries = []
        for name in sorted(os.listdir(os.fsencode(path))):  # noqa: PTH208 (as bytes)
            text = name.decode("utf-8", "surrogateescape")
            entry = self.add(path / os.fsdecode(name), join(shown, text), depth + 1)
            if entry is not None:
                entries.append(entry._replace(name=text))
        return self.tree(entries) if entries else None

    def tree(self, entries: list[Entry]) -> Entry:
        """Add a directory with these entries."""
        data = pack_tree(entries)
        tree = object_id("tree", data, self.algorithm)
        self._trees[tree] = parse_tree(data, len(tree) // 2)
        return Entry("", Mode.TREE, tree)

    def _blob(self, mode: Mode, data: bytes, path: Path | None) -> Entry:
        blob = object_id("blob", data, self.algorithm)
        self._blobs[blob] = data if path is None else path
        return Entry("", mode, blob)


def read_file(path: Path) -> bytes:
    """Return the contents of a regular file. Raises CorruptObjectError if it is not a regular file, OSError."""
    descriptor = os.open(path, _OPEN)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CorruptObjectError(f"{path.name} is not a regular file any more", hint="check the directory again")
        return file.read()


def names(path: Path) -> Iterator[str]:
    """Yield the names in a directory, as text. Raises OSError."""
    for name in os.listdir(os.fsencode(path)):  # noqa: PTH208 (as bytes)
        yield name.decode("utf-8", "surrogateescape")


def _special(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a fifo"), (stat.S_ISSOCK, "a socket"), (stat.S_ISBLK, "a block device"))
    return next((name for test, name in kinds if test(mode)), "a device or another special file")
