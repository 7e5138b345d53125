"""A git repository: commits, refs, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from freightlib.git.trees import Entry, Tree


@frozen
class Identity:
    """Who made a commit, and when (an aware datetime, whole seconds count)."""

    name: str
    email: str
    when: datetime


@frozen
class Commit:
    """A commit as stored; ``message`` is text (undecodable bytes kept through surrogateescape)."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str


@frozen
class RefUpdate:
    """One compare-and-swap: move ``ref`` (full name) from ``old`` (``None``: it must not exist) to ``new``
    (``None``: delete).
    """

    ref: str
    old: str | None
    new: str | None


class Repository(Protocol):
    """One git repository: an object store and its refs. Needs no work tree; ids are hex text.

    Written objects are readable at once through the same instance, but durable only when ``move_refs`` returns: it
    stores everything written since the last call, flushed to disk, and only then moves the refs. An instance
    belongs to one thread.
    """

    @property
    def location(self) -> str:
        """Where it is: a path or an address, without credentials."""
        ...

    @property
    def address(self) -> str:
        """What others know it by, without credentials: its ``origin``'s address, else its folder's name (a path on this
        machine would mean nothing to them).
        """
        ...

    @property
    def head(self) -> str | None:
        """The full name of the branch that HEAD names, or ``None`` when HEAD is detached."""
        ...

    def ref(self, name: str, /) -> str | None:
        """The commit id that the full ref ``name`` points at now, or ``None``."""
        ...

    def refs(self, prefix: str, /) -> Mapping[str, str]:
        """Every ref below ``prefix`` (such as ``refs/heads/``), full name -> commit id."""
        ...

    def resolve(self, revision: str, /) -> str:
        """The commit id of a ref, tag, branch or full id. Raises RevisionError when there is none."""
        ...

    def read_commit(self, commit: str, /) -> Commit:
        """A commit by id. Raises RevisionError when it is absent, CorruptObjectError when damaged."""
        ...

    def read_tree(self, tree: str, /) -> Tree:
        """The entries of a tree by id, in git's order. Raises CorruptObjectError when absent or damaged."""
        ...

    def read_blob(self, blob: str, /) -> bytes:
        """The contents of a blob by id. Raises CorruptObjectError when absent or damaged."""
        ...

    def write_blob(self, data: bytes, /) -> str:
        """Store a blob; its id."""
        ...

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Store a tree; its id. Raises UnsafePathError for a name git or freightlib refuses."""
        ...

    def copy_tree(self, source: Repository, tree: str, /) -> int:
        """Store every object of ``source``'s tree that is missing here; how many were. Raises UnsafePathError."""
        ...

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        """Store a commit; its id. Raises UnsafePathError for an author or message git would mangle."""
        ...

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        """Make everything written durable, then move all the refs or none, each by compare-and-swap.

        Raises RefConflictError (read again and retry), RefLockedError, StorageError, WorkTreeError (a checked-out
        branch is not clean in what would change), RemoteRejectedError.
        """
        ...

    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        """The commits reachable from ``tip`` that change ``path`` against their first parent, newest first."""
        ...

    def refresh(self) -> None:
        """See what others have moved since: fetch, for a remote; nothing to do for a local repository."""
        ...

    def identity(self) -> tuple[str, str]:
        """Name and email for commits: git's environment variables, then its configuration, then a neutral default."""
        ...
