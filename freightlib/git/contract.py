"""The contract of git backends: commits, refs, repositories, and their optional capabilities."""

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
    """The author or committer of a commit, and the time (an aware datetime, in whole seconds)."""

    name: str
    email: str
    when: datetime


@frozen
class Commit:
    """A stored commit. ``message`` is text; bytes that cannot be decoded are kept through ``surrogateescape``."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str


@frozen
class RefUpdate:
    """One compare-and-swap: move ``ref`` (a full name) from ``old`` (``None``: the ref must not exist) to ``new``
    (``None``: delete the ref).
    """

    ref: str
    old: str | None
    new: str | None


class Repository(Protocol):
    """One git repository: an object store and its refs. It needs no worktree. Ids are hex text.

    Written objects can be read at once through the same instance, but are durable only when ``move_refs`` returns. That
    method first flushes everything written since the last call to the disk, then moves the refs. An instance belongs to
    one thread.
    """

    @property
    def location(self) -> str:
        """The path or address of the repository, without credentials."""
        ...

    @property
    def address(self) -> str:
        """The address that people on other machines know, without credentials: that of ``origin``, else the name of the
        repository's folder.
        """
        ...

    @property
    def head(self) -> str | None:
        """The full name of the branch that HEAD names, or ``None`` when HEAD is detached."""
        ...

    def ref(self, name: str, /) -> str | None:
        """Return the commit id that the full ref ``name`` points at now, or ``None``."""
        ...

    def refs(self, prefix: str, /) -> Mapping[str, str]:
        """Return every ref below ``prefix`` (such as ``refs/heads/``): full name -> commit id."""
        ...

    def resolve(self, revision: str, /) -> str:
        """Return the commit id of a ref, tag, branch or full id. Raises RevisionError if there is no such commit."""
        ...

    def read_commit(self, commit: str, /) -> Commit:
        """Return a commit by id. Raises RevisionError if it is missing, CorruptObjectError if it is damaged."""
        ...

    def read_tree(self, tree: str, /) -> Tree:
        """Return the entries of a tree by id, in git's order. Raises CorruptObjectError if it is missing or damaged."""
        ...

    def read_blob(self, blob: str, /) -> bytes:
        """Return the contents of a blob by id. Raises CorruptObjectError if it is missing or damaged."""
        ...

    def write_blob(self, data: bytes, /) -> str:
        """Store a blob and return its id."""
        ...

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Store a tree and return its id. Raises UnsafePathError for a name that git or freightlib refuses."""
        ...

    def copy_tree(self, source: Repository, tree: str, /) -> int:
        """Store every object of ``source``'s tree that is missing here; return their number. Raises UnsafePathError."""
        ...

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        """Store a commit and return its id. Raises UnsafePathError for an author or message that git would mangle."""
        ...

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        """Make everything written durable, then move all the refs or none, each by compare-and-swap.

        Raises RefConflictError (read again and retry), RefLockedError, StorageError, WorkTreeError (the branch is
        checked out, and files that would change are not clean), RemoteRejectedError.
        """
        ...

    def history(self, tip: str, path: str = "", /) -> Iterator[Commit]:
        """Yield the commits reachable from ``tip`` that change ``path`` against their first parent, newest first."""
        ...

    def refresh(self) -> None:
        """Fetch refs that others have moved. For a local repository, this does nothing."""
        ...

    def identity(self) -> tuple[str, str]:
        """Return name and email for commits: from git's environment variables, its configuration, or a default."""
        ...


class GitBackend(Protocol):
    """Opens and creates git repositories through one implementation of git."""

    name: str

    def accepts(self, location: str, /) -> bool:
        """Return whether this backend can open ``location`` (a path or an address)."""
        ...

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """Open a repository: in place for a path, through a cache for an address.

        With ``push``, a local repository first pushes each move of refs to its remote. ``objects_only`` are full commit
        ids: the caller only reads these (from a source repository), so an address is not fetched in whole. Raises
        GitError.
        """
        ...

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main") -> Repository:
        """Create a repository at ``path``."""
        ...


@runtime_checkable
class PartialClone(Protocol):
    """An optional capability of a Repository: it is a partial clone, and can fetch many missing objects at once."""

    def prefetch(self, tree: str) -> None:
        """Fetch every missing object of the tree. Raises RemoteError."""
        ...


@runtime_checkable
class RawTrees(Protocol):
    """An optional capability of a Repository: read raw tree objects without verifying their hash.

    This makes it fast to compare thousands of trees.
    """

    def skim_tree(self, tree: str, /) -> bytes:
        """Return a raw tree object without verifying its hash (like ``git log``, unlike ``git fsck``).

        Raises CorruptObjectError if it is missing or cannot be read.
        """
        ...


@runtime_checkable
class Signing(Protocol):
    """An optional capability of a Repository: sign the commits that it writes, and check signatures.

    A repository without it writes unsigned commits; a caller that requires signatures gets an error.
    """

    def signing(self, sign: bool | None, /) -> AbstractContextManager[None]:
        """Set whether ``write_commit`` signs commits within the context: always (true), never (false), or as git is
        configured (``None``, also the default outside). ``write_commit`` then also raises SigningError.
        """
        ...

    def check_signatures(
        self, commits: Iterable[str], /, *, allowed_signers: Path | None = None
    ) -> Mapping[str, Signature]:
        """Return the verdict of ``git verify-commit`` on each commit (full ids of commits that are stored durably).

        ``allowed_signers`` is a file to use instead of ``gpg.ssh.allowedSignersFile``. Raises ToolError without git.
        """
        ...


@runtime_checkable
class Published(Protocol):
    """An optional capability of a Repository: ``publishes`` is true if it moves refs at a remote, where a forge sees
    them.
    """

    publishes: bool
