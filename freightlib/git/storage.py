"""The interface between repositories on the disk and a git implementation (libgit2 or the git program).

``local.LocalRepository``, ``cached.CachedRepository`` and ``pushing.PushingRepository`` use only this interface. So
checks of names, updates of worktrees and pushes are the same for every git implementation.
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
        """Return kind and contents after verifying the hash, or ``None`` if not stored. Raises CorruptObjectError."""
        ...

    def skim(self, name: str) -> tuple[str, bytes] | None:
        """Like ``read``, but without verifying the hash. After ``None``, the object may still exist: call ``read``."""
        ...

    def has(self, name: str) -> bool:
        """Return whether an undamaged copy is stored."""
        ...


class ObjectStaging(Protocol):
    """Objects that are written but not yet stored: see ``staging.Staging``."""

    def get(self, name: str) -> tuple[str, bytes] | None:
        """Return a staged object's kind and contents, or ``None``."""
        ...

    def add(self, kind: str, data: bytes) -> str:
        """Stage an object unless it is already stored, and return its id."""
        ...

    def put(self, name: str, kind: str, data: bytes) -> None:
        """Stage an object that the caller knows to be missing. ``name`` is its id."""
        ...

    def flush(self) -> Path | None:
        """Store everything on the disk. Return the ``.keep`` file that protects it from ``git gc`` until refs moved."""
        ...


class Moving(Protocol):
    """A transaction on refs that are locked and were compared with their old values."""

    def commit(self) -> None:
        """Move all refs or none."""
        ...


class Storage(Protocol):
    """One repository on the disk: its objects, stored refs and configuration."""

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
        """The main or linked worktree, or ``None`` if the repository is bare."""
        ...

    @property
    def main_workdir(self) -> Path | None:
        """The main worktree, also if this is a linked one, or ``None`` if the repository is bare."""
        ...

    def head(self, git: Path) -> str | None:
        """Return the branch that HEAD names in a git directory of this repository, or ``None`` if it is detached."""
        ...

    def ref(self, name: str) -> str | None:
        """Return the id stored for a full ref, or ``None``. Symbolic refs are followed, tags are not peeled."""
        ...

    def symbolic(self, names: Sequence[str]) -> set[str]:
        """Return the symbolic refs among ``names``."""
        ...

    def refs(self, prefix: str) -> list[str]:
        """Return the full names of all refs that begin with ``prefix``, sorted."""
        ...

    def config(self, key: str) -> str | None:
        """Return the effective value of a setting, or ``None``."""
        ...

    def staging(self) -> ObjectStaging:
        """Return a new, empty staging area."""
        ...

    def moving(
        self, updates: Sequence[RefUpdate], followers: Sequence[WorkTree], who: tuple[str, str], reason: str
    ) -> AbstractContextManager[Moving]:
        """Lock all refs and compare them with their old values. The end of the context writes reflogs and unlocks.

        Reflogs name ``who`` and ``reason``. Entering raises RefConflictError, RefLockedError, StorageError, GitError.
        """
        ...
