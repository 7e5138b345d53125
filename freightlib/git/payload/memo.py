"""What the checks read from, and what they remember.

Equal ids are equal contents, so whatever was learned of an object under its id holds for the whole process.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from freightlib.git.trees import Tree

V = TypeVar("V")


class Objects(Protocol):
    """Reads git objects by id: any ``Repository``, or the files of a plain directory."""

    def read_tree(self, tree: str, /) -> Tree:
        """The entries of a tree. Raises CorruptObjectError when absent or damaged."""
        ...

    def read_blob(self, blob: str, /) -> bytes:
        """The contents of a blob. Raises CorruptObjectError when absent or damaged."""
        ...


class Memo(Generic[V]):
    """Values by key; the oldest go when there are more than ``limit``, so a long-lived process does not grow."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        """What is remembered under ``key``, or ``None``."""
        return self._values.get(key)

    def put(self, key: str, value: V) -> V:
        """Remember ``value``, and give it back."""
        if len(self._values) >= self._limit:
            for old in list(self._values)[: self._limit // 2]:
                # another thread may have been here first
                self._values.pop(old, None)
        self._values[key] = value
        return value
