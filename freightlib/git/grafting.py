"""Writes trees: puts an entry at a path, builds a tree of files, or only computes the ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from freightlib.errors import UnsafePathError
from freightlib.git.trees import Entry, Mode, ReadTree, Tree, object_id, pack_tree, split_path


class TreeStore(Protocol):
    """A store that reads and writes trees by id."""

    def read_tree(self, tree: str, /) -> Tree:
        """Return the entries of a tree, in git's order."""
        ...

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Store a tree and return its id."""
        ...


def graft(store: TreeStore, root: str | None, path: str, entry: Entry | None) -> str:
    """Put ``entry`` at ``path`` of the tree ``root`` (``None``: remove what is there); return the new tree's id.

    The name of ``entry`` is ignored. Only the trees along the path are written; directories that become empty are
    removed. ``root`` of ``None`` is the empty tree. Raises UnsafePathError if a part of the path is a file.
    """
    parts = split_path(path)
    if not parts:
        return entry.id if entry is not None else store.write_tree(())
    return _graft(store, root, parts, entry, path) or store.write_tree(())


def _graft(store: TreeStore, root: str | None, parts: tuple[str, ...], entry: Entry | None, path: str) -> str | None:
    name, rest = parts[0], parts[1:]
    entries = {child.name: child for child in (store.read_tree(root) if root else ())}
    if not rest:
        new = None if entry is None else entry._replace(name=name)
    else:
        child = entries.get(name)
        if child is not None and not child.is_tree:
            raise UnsafePathError(
                f"{path!r} cannot be written: {name!r} in this path is not a directory",
                hint="move that file away in its own commit first",
                path=path,
            )
        below = _graft(store, child.id if child else None, rest, entry, path)
        new = None if below is None else Entry(name, Mode.TREE, below)
    entries.pop(name, None)
    if new is not None:
        entries[name] = new
    return store.write_tree(entries.values()) if entries else None


def build(store: TreeStore, files: Iterable[tuple[str, Entry]]) -> str:
    """Write a tree that holds ``files`` (path, entry) and return its id. Raises UnsafePathError if a path is both a
    file and a directory, or is given twice.
    """
    nested: dict[str, object] = {}
    for path, entry in files:
        *directories, name = split_path(path)
        level = nested
        for directory in directories:
            below = level.setdefault(directory, {})
            if not isinstance(below, dict):
                raise _both(path)
            level = below
        if name in level:
            raise _both(path)
        level[name] = entry
    return _build(store, nested)


def _build(store: TreeStore, level: dict[str, object]) -> str:
    entries = []
    for name, value in level.items():
        if isinstance(value, dict):
            entries.append(Entry(name, Mode.TREE, _build(store, value)))
        elif isinstance(value, Entry):
            entries.append(value._replace(name=name))
    return store.write_tree(entries)


def _both(path: str) -> UnsafePathError:
    return UnsafePathError(
        f"{path!r} is given twice, or is both a file and a directory", hint="rename one of the two", path=path
    )


class FileStore(TreeStore, Protocol):
    """A tree store that also stores file contents."""

    def write_blob(self, data: bytes, /) -> str:
        """Store a blob and return its id."""
        ...


class IdStore:
    """A store that computes ids without writing anything. It remembers the trees that were given to it."""

    def __init__(self, read: ReadTree | None = None, algorithm: str = "sha1") -> None:
        self._trees: dict[str, Tree] = {}
        self._read = read
        self._algorithm = algorithm

    def read_tree(self, tree: str, /) -> Tree:
        """Return a tree that was given to this store, or one of the reader."""
        if tree in self._trees or self._read is None:
            return self._trees[tree]
        return self._read(tree)

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Return the id that the tree would have."""
        kept = tuple(entries)
        tree = object_id("tree", pack_tree(kept), self._algorithm)
        self._trees[tree] = kept
        return tree

    def write_blob(self, data: bytes, /) -> str:
        """Return the id that the blob would have."""
        return object_id("blob", data, self._algorithm)


def build_files(store: FileStore, files: Iterable[tuple[str, bytes]]) -> str:
    """Write a tree that holds ``files`` (path, contents) as ordinary files, and return its id."""
    return build(store, [(path, Entry("", Mode.FILE, store.write_blob(data))) for path, data in files])
