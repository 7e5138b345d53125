r"""Functions on git trees: parse, pack, compute ids, walk, compare.

>>> from freightlib.git.trees import Entry, Mode, object_id, pack_tree, parse_tree
>>> blob = Entry("values.yaml", Mode.FILE, object_id("blob", b"replicas: 2\n"))
>>> tree = pack_tree([blob])
>>> object_id("tree", tree)
'804e7f2434ecd4ed21be7187b5a16467d09b0029'
>>> parse_tree(tree) == (blob,)
True

Names are text; bytes that are not UTF-8 are kept through ``surrogateescape``. Functions that need other trees take a
reader as an argument, so no function here opens a repository.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple, TypeAlias

from attrs import frozen

from freightlib.errors import CorruptObjectError, UnsafePathError


class Mode(IntEnum):
    """The modes git stores."""

    TREE = 0o040000
    FILE = 0o100644
    EXECUTABLE = 0o100755
    SYMLINK = 0o120000
    SUBMODULE = 0o160000


#: The bits of a mode that say what kind of entry it is.
_TYPE: Final = 0o170000


class Entry(NamedTuple):
    """One entry of a tree. ``mode`` is the stored number: usually one of ``Mode``; old repositories hold others."""

    name: str
    mode: int
    id: str

    @property
    def is_tree(self) -> bool:
        """True if the entry is a directory."""
        return self.mode == Mode.TREE


Tree: TypeAlias = tuple[Entry, ...]
ReadTree: TypeAlias = Callable[[str], Tree]


def object_id(kind: str, data: bytes, algorithm: str = "sha1") -> str:
    """Return the git id of an object of ``kind`` (blob, tree, commit, tag) with these contents."""
    digest = hashlib.new(algorithm, b"%s %d\0" % (kind.encode(), len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


EMPTY_TREE: Final = object_id("tree", b"")
_EMPTY_TREES: Final = {algorithm: object_id("tree", b"", algorithm) for algorithm in ("sha1", "sha256")}


def empty_tree(algorithm: str = "sha1") -> str:
    """Return the id of the tree without entries."""
    return _EMPTY_TREES[algorithm]


def is_empty_tree(tree: str) -> bool:
    """Return whether ``tree`` is the id of the empty tree. Git knows this tree even if it is not stored."""
    return tree in _EMPTY_TREES.values()


def algorithm_of(name: str) -> str:
    """Return the algorithm of a full id: ``sha1`` (40 digits) or ``sha256`` (64 digits)."""
    return "sha256" if len(name) == 64 else "sha1"


def encode_name(name: str) -> bytes:
    """Return the bytes of a name as git stores them."""
    return name.encode("utf-8", "surrogateescape")


#: Size of an id in bytes -> the pattern of an entry in a raw tree object.
_RAW_ENTRY: Final = {size: re.compile(rb"([0-7]+) ([^\0]*)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}
_USUAL_MODES: Final = {b"%o" % mode: int(mode) for mode in Mode}


def parse_tree(data: bytes, id_bytes: int = 20) -> Tree:
    """Return the entries of a raw tree object. Raises CorruptObjectError if the bytes are not a tree."""
    found = _RAW_ENTRY[id_bytes].findall(data)
    if sum(len(mode) + len(name) for mode, name, _ in found) + len(found) * (id_bytes + 2) != len(data):
        return _parse_slowly(data, id_bytes)  # it reports where the damage is
    modes = _USUAL_MODES
    return tuple(
        [
            Entry(name.decode("utf-8", "surrogateescape"), modes.get(mode) or int(mode, 8), raw.hex())
            for mode, name, raw in found
        ]
    )


def _parse_slowly(data: bytes, id_bytes: int) -> Tree:
    entries: list[Entry] = []
    position, end = 0, len(data)
    try:
        while position < end:
            space = data.index(b" ", position)
            nul = data.index(b"\0", space)
            after = nul + 1 + id_bytes
            if after > end:
                raise ValueError("cut short")
            name = data[space + 1 : nul].decode("utf-8", "surrogateescape")
            entries.append(Entry(name, int(data[position:space], 8), data[nul + 1 : after].hex()))
            position = after
    except ValueError as error:
        raise CorruptObjectError(
            f"a tree object is damaged at byte {position}: {error}", hint="run git fsck in that repository"
        ) from error
    return tuple(entries)


def _git_order(entry: Entry) -> bytes:
    # git sorts a directory as if its name ended in a slash
    name = encode_name(entry.name)
    return name + b"/" if entry.is_tree else name


def pack_tree(entries: Iterable[Entry]) -> bytes:
    """Return the raw tree object of ``entries``, in git's order. Names are not checked here: see ``check_name``.

    Raises UnsafePathError if two entries have the same name.
    """
    ordered = sorted(entries, key=_git_order)
    names = {entry.name for entry in ordered}
    if len(names) != len(ordered):
        twice = next(name for name in sorted(names) if sum(entry.name == name for entry in ordered) > 1)
        raise UnsafePathError(f"a tree cannot hold {twice!r} twice", hint="give each entry its own name", path=twice)
    return b"".join(b"%o %s\0%s" % (entry.mode, encode_name(entry.name), bytes.fromhex(entry.id)) for entry in ordered)


# --- walking and comparing ------------------------------------------------------------------------


def join(prefix: str, name: str) -> str:
    """Return ``prefix/name``, or ``name`` if ``prefix`` is empty (the root)."""
    return f"{prefix}/{name}" if prefix else name


def split_path(path: str) -> tuple[str, ...]:
    """Return the parts of a path in a tree; ``""`` and ``"."`` are the root. Raises UnsafePathError for absolute paths,
    empty parts, ``.`` and ``..``.
    """
    if path in ("", "."):
        return ()
    parts = tuple(path.rstrip("/").split("/"))
    if any(part in ("", ".", "..") for part in parts):
        raise UnsafePathError(
            f"the path {path!r} is not a plain relative path",
            hint="write it from the repository's root, with / between names and no . or ..",
            path=path,
        )
    return parts


def find(read: ReadTree, root: str, path: str) -> Entry | None:
    """Return the entry at ``path`` below the tree ``root``, or ``None``. The root is an entry with an empty name."""
    entry = Entry("", Mode.TREE, root)
    for part in split_path(path):
        if not entry.is_tree:
            return None
        found = next((child for child in read(entry.id) if child.name == part), None)
        if found is None:
            return None
        entry = found
    return entry


def walk(read: ReadTree, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Yield every entry below ``tree`` that is not a directory, as (path, entry), in git's order."""
    for entry in read(tree):
        path = join(prefix, entry.name)
        if entry.is_tree:
            yield from walk(read, entry.id, path)
        else:
            yield path, entry


class Change(StrEnum):
    """The way in which an entry differs between two trees."""

    ADDED = "added"
    MISSING = "missing"
    CONTENT = "content"
    MODE = "mode"
    TYPE = "type"


@frozen
class TreeDifference:
    """One differing path: ``expected`` is the left tree's entry, ``found`` the right one's."""

    path: str
    change: Change
    expected: Entry | None
    found: Entry | None


def compare_trees(read: ReadTree, expected: str, found: str, prefix: str = "") -> Iterator[TreeDifference]:
    """Yield every path that differs between two trees, in path order. Subtrees with equal ids are not read.

    For an added or missing directory, each file in it is yielded.
    """
    if expected == found:
        return
    left = {entry.name: entry for entry in read(expected)}
    right = {entry.name: entry for entry in read(found)}
    for name in sorted(left.keys() | right.keys()):
        yield from _compare_entry(read, join(prefix, name), left.get(name), right.get(name))


def _compare_entry(read: ReadTree, path: str, left: Entry | None, right: Entry | None) -> Iterator[TreeDifference]:
    if left == right:
        return
    if left is not None and right is not None:
        if left.is_tree and right.is_tree:
            yield from compare_trees(read, left.id, right.id, path)
            return
        yield TreeDifference(path, _change(left, right), left, right)
        return
    if left is not None:
        yield from (TreeDifference(p, Change.MISSING, entry, None) for p, entry in _below(read, path, left))
    if right is not None:
        yield from (TreeDifference(p, Change.ADDED, None, entry) for p, entry in _below(read, path, right))


def _below(read: ReadTree, path: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
    if entry.is_tree and read(entry.id):
        yield from walk(read, entry.id, path)
    else:
        yield path, entry


def _change(left: Entry, right: Entry) -> Change:
    # the upper bits are the type: 100664 from old versions of git is a file too
    if left.mode & _TYPE != right.mode & _TYPE:
        return Change.TYPE
    return Change.CONTENT if left.id != right.id else Change.MODE
