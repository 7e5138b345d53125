"""The reader of objects that checks use, and a cache for their results.

Equal ids mean equal contents, so a result that is cached under an id stays valid for the whole process.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from freightlib.git.trees import Tree

V = TypeVar("V")


class Objects(Protocol):
    """Reads git objects by id: any ``Repository``, or the files of a plain directory."""

    def read_tree(self, tree: str, /) -> Tree:
        """Return the entries of a tree. Raises CorruptObjectError if it is missing or damaged."""
        ...

    def read_blob(self, blob: str, /) -> bytes:
        """Return the contents of a blob. Raises CorruptObjectError if it is missing or damaged."""
        ...


class Memo(Generic[V]):
    """A cache of values by key. Beyond ``limit`` the oldest are removed, so that a long-lived process does not grow."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        """Return the value under ``key``, or ``None``."""
        return self._values.get(key)

    def put(self, key: str, value: V) -> V:
        """Store ``value`` under ``key``, and return it."""
        if len(self._values) >= self._limit:
            for old in list(self._values)[: self._limit // 2]:
                # another thread may have removed it already
                self._values.pop(old, None)
        self._values[key] = value
        return value
