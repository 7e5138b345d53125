"""Writes trees: puts an entry at a path, builds a tree of files, or only works out the ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from freightlib.errors import UnsafePathError
from freightlib.git.trees import Entry, Mode, ReadTree, Tree, object_id, pack_tree, split


class TreeStore(Protocol):
    """What grafting needs: read a tree by id, write one and get its id."""

    def read_tree(self, tree: str, /) -> Tree:
        """The entries of a tree, in git's order."""
        ...

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Store a tree and give its id."""
        ...


def graft(store: TreeStore, root: str | None, path: str, entry: Entry | None) -> str:
    """The id of ``root`` with ``entry`` put at ``path`` (its own name is ignored) or, for ``None``, removed.

    Only the trees on the way are written; directories that become empty vanish. ``root`` of ``None`` is the empty
    tree. Raises UnsafePathError when a file stands where a directory is needed.
    """
    parts = split(path)
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
                f"{path!r} cannot be written: {name!r} on the way is not a directory",
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
    """The id of a tree that holds ``files`` (path, entry). Raises UnsafePathError when one path is both a file and
    a directory, or stands twice.
    """
    nested: dict[str, object] = {}
    for path, entry in files:
        *directories, name = split(path)
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
        f"{path!r} stands twice, or is both a file and a directory", hint="rename one of the two", path=path
    )


class FileStore(TreeStore, Protocol):
    """A tree store that takes file contents too."""

    def write_blob(self, data: bytes, /) -> str:
        """Store a blob and give its id."""
        ...


class IdStore:
    """A store that only works out ids and keeps the trees it was given: what would be written, without writing."""

    def __init__(self, read: ReadTree | None = None, algorithm: str = "sha1") -> None:
        self._trees: dict[str, Tree] = {}
        self._read = read
        self._algorithm = algorithm

    def read_tree(self, tree: str, /) -> Tree:
        """A tree written here before, or one of the reader's."""
        if tree in self._trees or self._read is None:
            return self._trees[tree]
        return self._read(tree)

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """The id the tree would have."""
        kept = tuple(entries)
        tree = object_id("tree", pack_tree(kept), self._algorithm)
        self._trees[tree] = kept
        return tree

    def write_blob(self, data: bytes, /) -> str:
        """The id the blob would have."""
        return object_id("blob", data, self._algorithm)


def build_files(store: FileStore, files: Iterable[tuple[str, bytes]]) -> str:
    """The id of a tree that holds ``files`` (path, contents) as ordinary files."""
    return build(store, [(path, Entry("", Mode.FILE, store.write_blob(data))) for path, data in files])
