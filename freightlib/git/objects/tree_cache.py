"""A cache of parsed trees, limited by their number of entries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from freightlib.git.trees import Entry, Tree, is_empty_tree, parse_tree

_MOST: Final = 100_000  # entries; about 30 MB


class TreeCache:
    """The trees that were read last, by id."""

    def __init__(self) -> None:
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._size = 0

    def get(self, name: str, read: Callable[[str, str], bytes]) -> Tree:
        """Return a tree. If it is not in the cache, it is read with ``read("tree", name)``."""
        tree = self._trees.get(name)
        if tree is not None:
            self._trees.move_to_end(name)
            return tree
        # git knows the empty tree even if it is not stored
        tree = () if is_empty_tree(name) else parse_tree(read("tree", name), len(name) // 2)
        self._trees[name] = tree
        self._size += len(tree) + 1
        while self._size > _MOST and len(self._trees) > 1:
            self._size -= len(self._trees.popitem(last=False)[1]) + 1
        return tree

    def knows(self, entry: Entry) -> bool:
        """Return whether a tree in the cache holds an entry with this name and mode."""
        return any(
            entry.name == known.name and entry.mode == known.mode for tree in self._trees.values() for known in tree
        )
