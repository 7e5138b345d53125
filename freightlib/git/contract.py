"""A git repository: commits, refs, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from attrs import frozen

from freightlib.git.trees import Entry, Tree
from freightlib.models import Signature


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


class GitBackend(Protocol):
    """A way to work on git repositories."""

    name: str

    def accepts(self, location: str, /) -> bool:
        """Whether this backend can open ``location`` (a path or an address) as it is."""
        ...

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """Open a repository: in place for a path, through a cache for an address.

        ``push``: moves of refs also go to the remote of a local repository, and count only when they arrived.
        ``objects_only``: full commit ids; only these are needed, for reading (a source repository), so an address
        is not mirrored. Raises GitError.
        """
        ...

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main") -> Repository:
        """Make a new repository at ``path``."""
        ...


@runtime_checkable
class PartialClone(Protocol):
    """What a repository may have beside: it holds only part of its objects, and gets more of them in one go."""

    def prefetch(self, tree: str) -> None:
        """Get every object of the tree that is not here yet. Raises RemoteError."""
        ...


@runtime_checkable
class RawTrees(Protocol):
    """What a repository may have beside: raw trees as fast as git itself reads them, for comparing thousands."""

    def skim_tree(self, tree: str, /) -> bytes:
        """A raw tree object, not checked against its id (``git log`` does not either; ``git fsck`` does).

        Raises CorruptObjectError when it is absent or damaged.
        """
        ...


@runtime_checkable
class Signing(Protocol):
    """What a repository may have beside: it signs the commits that it writes, and checks those that it has.

    Where it has not, commits are written unsigned, and asking for a signature is an error.
    """

    def signing(self, sign: bool | None, /) -> AbstractContextManager[None]:
        """Within the context, ``write_commit`` signs each commit (true), none (false), or as git is configured to
        (``None``, which holds outside too). ``write_commit`` then also raises SigningError.
        """
        ...

    def check_signatures(
        self, commits: Iterable[str], /, *, allowed_signers: Path | None = None
    ) -> Mapping[str, Signature]:
        """The verdict of ``git verify-commit`` on each of the commits (full ids), which are durable.

        ``allowed_signers`` is a file that stands in for ``gpg.ssh.allowedSignersFile``. Raises ToolError without git.
        """
        ...


@runtime_checkable
class Published(Protocol):
    """What a repository may say beside: the refs it moves are moved at a remote, where a forge sees them."""

    publishes: bool
