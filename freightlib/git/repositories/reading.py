"""Reads objects by id and the history of a path, in the same way for every repository."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Final

from freightlib.errors import RevisionError
from freightlib.git.contract import Commit
from freightlib.git.history.changes import changing
from freightlib.git.objects.commits import parse_commit
from freightlib.git.objects.loose import damaged
from freightlib.git.objects.tree_cache import TreeCache
from freightlib.git.trees import Tree, is_empty_tree

FULL_ID: Final = re.compile(r"[0-9a-f]{40}")
_FULL_IDS: Final = {"sha1": FULL_ID, "sha256": re.compile(r"[0-9a-f]{64}")}
_SHORT: Final = re.compile(r"[0-9a-fA-F]{4,39}")


class Reading(ABC):
    """The reading half of ``git.contract.Repository``. A subclass implements ``_get``, which finds an object.

    ``algorithm`` is the algorithm of the repository's object ids: ``sha1`` or ``sha256``.
    """

    def __init__(self, algorithm: str = "sha1") -> None:
        self.algorithm = algorithm
        self._trees = TreeCache()

    def is_id(self, text: str) -> bool:
        """Return whether ``text`` is a full object id of this repository's algorithm."""
        return _FULL_IDS[self.algorithm].fullmatch(text) is not None

    @property
    @abstractmethod
    def location(self) -> str:
        """The path or address of the repository."""

    @property
    def address(self) -> str:
        """The address that people on other machines know. By default the same as ``location``."""
        return self.location

    @abstractmethod
    def _get(self, name: str) -> tuple[str, bytes] | None:
        """Return kind and contents of an object, or ``None``."""

    def _peel(self, name: str) -> str | None:
        for _ in range(10):  # tags of tags
            found = self._get(name)
            if found is None or found[0] in ("tree", "blob"):
                return None
            if found[0] == "commit":
                return name
            name = found[1].partition(b"\n")[0].removeprefix(b"object ").decode("ascii", "replace")
        return None

    def raw(self, kind: str, name: str) -> bytes:
        """Return the contents of an object. Raises CorruptObjectError if it is missing, damaged or of another kind."""
        found = self._get(name)
        if found is None:
            raise damaged(name, f"it is missing from {self.location}")
        if found[0] != kind:
            raise damaged(name, f"it is a {found[0]}, not a {kind}")
        return found[1]

    def read_commit(self, commit: str, /) -> Commit:
        """See ``contract.Repository``."""
        found = self._get(commit)
        if found is None or found[0] != "commit":
            raise unknown(commit, self.location)
        return parse_commit(commit, found[1])

    def read_tree(self, tree: str, /) -> Tree:
        """See ``contract.Repository``."""
        return self._trees.get(tree, self.raw)

    def skim_tree(self, tree: str, /) -> bytes:
        """See ``contract.RawTrees``. This default verifies the hash."""
        return b"" if is_empty_tree(tree) else self.raw("tree", tree)

    def read_blob(self, blob: str, /) -> bytes:
        """See ``contract.Repository``."""
        return self.raw("blob", blob)

    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        """See ``contract.Repository``, and ``changes.changing`` for the order."""
        return changing(self.read_commit, self.read_tree, tip, path)


def unknown(revision: str, location: str) -> RevisionError:
    """Return the error for an unknown revision."""
    if _SHORT.fullmatch(revision):
        return RevisionError(
            f"{revision!r} is not a full commit id, nor a branch or tag of {location!r}",
            hint=f"give the full id (40 digits): git rev-parse {revision}",
            revision=revision,
        )
    return RevisionError(
        f"there is no commit {revision!r} in {location!r}",
        hint="check the spelling, or fetch it first; branches, tags and full commit ids are understood",
        revision=revision,
    )
