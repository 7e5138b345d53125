"""Measures a tree, with repeated subtrees counted each time, before other code walks it.

A tree of ten entries that all name one tree of ten entries, ten levels deep, has eleven objects and ten thousand
million files. So sizes are computed by tree id, and each tree is read once.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from freightlib.errors import FreightError
from freightlib.git.payload.memo import Memo
from freightlib.git.trees import Mode, ReadTree

#: The limits: levels of directories, entries of any kind, symbolic links. Far above any deploy package.
LEVELS: Final = 100
ENTRIES: Final = 100_000
LINKS: Final = 2_000


class TooLargeError(FreightError):
    """A tree expands to more than a payload may hold."""

    code = "payload-too-large"


@frozen
class Size:
    """The number of ``entries``, ``files`` (all but directories), ``links`` and ``levels`` of an expanded tree."""

    entries: int = 0
    files: int = 0
    links: int = 0
    levels: int = 1


_SIZES: Final[Memo[Size]] = Memo(200_000)


def measure(read: ReadTree, tree: str, depth: int = 0) -> Size:
    """Return the size of a tree. Raises TooLargeError beyond the limits, CorruptObjectError for an unreadable tree."""
    size = _SIZES.get(tree)
    if size is None:
        if depth >= LEVELS:
            raise TooLargeError(f"directories nest more than {LEVELS} levels deep")
        size = _SIZES.put(tree, _add_up(read, tree, depth))
    if depth + size.levels > LEVELS:
        raise TooLargeError(f"directories nest more than {LEVELS} levels deep")
    return size


def _add_up(read: ReadTree, tree: str, depth: int) -> Size:
    entries = read(tree)
    links = sum(entry.mode == Mode.SYMLINK for entry in entries)
    total, files, levels = len(entries), sum(not entry.is_tree for entry in entries), 1
    for entry in entries:
        if entry.is_tree:
            below = measure(read, entry.id, depth + 1)
            total, files, links = total + below.entries, files + below.files, links + below.links
            levels = max(levels, below.levels + 1)
            _bounded(total, links)
    _bounded(total, links)
    return Size(total, files, links, levels)


def _bounded(entries: int, links: int) -> None:
    if entries > ENTRIES:
        raise TooLargeError(f"it expands to more than {ENTRIES:,} files and directories")
    if links > LINKS:
        raise TooLargeError(f"it holds more than {LINKS:,} symbolic links")
