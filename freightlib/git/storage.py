"""What a repository on the disk needs from a git implementation; the rules above it are the same for all of them.

``local.LocalRepository``, ``cached.CachedRepository`` and ``pushing.PushingRepository`` are written against this: names
are checked, work trees follow, remotes are pushed to in one way, whoever reads and stores the objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from freightlib.git.contract import RefUpdate
from freightlib.git.directories import Layout
from freightlib.git.worktrees.clean import WorkTree


class Objects(Protocol):
    """Stored objects by full id."""

    def read(self, name: str) -> tuple[str, bytes] | None:
        """Kind and contents, whole and checked, or ``None`` when it is not stored. Raises CorruptObjectError."""
        ...

    def skim(self, name: str) -> tuple[str, bytes] | None:
        """As ``read``, but unchecked, and ``None`` may mean that only ``read`` can tell."""
        ...

    def has(self, name: str) -> bool:
        """Whether a whole copy is stored."""
        ...


class ObjectStaging(Protocol):
    """Objects written and not yet stored: see ``staging.Staging``."""

    def get(self, name: str) -> tuple[str, bytes] | None:
        """A staged object's kind and contents."""
        ...

    def add(self, kind: str, data: bytes) -> str:
        """Stage an object unless it is stored; its id."""
        ...

    def put(self, name: str, kind: str, data: bytes) -> None:
        """Stage an object that is known to be missing, and whose id is known."""
        ...

    def flush(self) -> Path | None:
        """Store everything on the disk; the guard against ``git gc``, to be removed once refs have moved."""
        ...


class Moving(Protocol):
    """Refs that are locked and compared, and move when told so."""

    def commit(self) -> None:
        """Move all of them, or none."""
        ...


class Storage(Protocol):
    """One repository on the disk: its objects, refs as stored, and configuration."""

    layout: Layout

    @property
    def algorithm(self) -> str:
        """The algorithm of its object ids: ``sha1`` or ``sha256``."""
        ...

    @property
    def objects(self) -> Objects:
        """Its objects, alternates included."""
        ...

    @property
    def workdir(self) -> Path | None:
        """The main or linked work tree, ``None`` when bare."""
        ...

    @property
    def main_workdir(self) -> Path | None:
        """The main work tree, also seen from a linked one, or ``None`` when the repository is bare."""
        ...

    def head(self, git: Path) -> str | None:
        """The branch that HEAD names in a git directory of this repository, or ``None`` when it is detached."""
        ...

    def ref(self, name: str) -> str | None:
        """The id stored for a full ref (symbolic ones followed, tags not peeled), or ``None``."""
        ...

    def symbolic(self, names: Sequence[str]) -> set[str]:
        """Those of the refs that only name another ref."""
        ...

    def refs(self, prefix: str) -> list[str]:
        """The full names of all refs that begin with ``prefix``, sorted."""
        ...

    def config(self, key: str) -> str | None:
        """A setting in effect, or ``None``."""
        ...

    def staging(self) -> ObjectStaging:
        """A new, empty staging area."""
        ...

    def moving(
        self, updates: Sequence[RefUpdate], followers: Sequence[WorkTree], who: tuple[str, str], reason: str
    ) -> AbstractContextManager[Moving]:
        """Lock all refs and compare them with the old values; the context lets go, and reflogs say who and why.

        Entering raises RefConflictError, RefLockedError, StorageError, GitError.
        """
        ...
