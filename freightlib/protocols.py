"""What plugs in: a git backend with its repositories, a renderer, a forge. Each contract fits on one screen.

>>> from freightlib.protocols import RefUpdate
>>> RefUpdate("refs/heads/main", old=None, new="0" * 40).old is None
True

Instances of these protocols come from plugins (see ``freightlib.hooks``); the core never names one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import Factory, field, frozen

from freightlib.models import ForgeSpec, Freight, Manifest, Rendered
from freightlib.trees import Entry, Tree


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


@runtime_checkable
class Fetching(Protocol):
    """What a repository may have beside: it holds only part of its objects, and gets more of them in one go."""

    def prefetch(self, tree: str) -> None:
        """Get every object of the tree that is not here yet. Raises RemoteError."""
        ...


@runtime_checkable
class Publishing(Protocol):
    """What a repository may say beside: the refs it moves are moved at a remote, where a forge sees them."""

    publishes: bool


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


# --- rendering ------------------------------------------------------------------------------------


@frozen
class PackageFile:
    """One file of a frozen payload: its path in it, stored mode, and contents (a symlink's contents are its target)."""

    path: str
    mode: int
    data: bytes


@frozen
class Fingerprint:
    """What renders, exactly: the ``engine`` (``helm-sdk``, ``helm``) and its ``version`` as it names itself."""

    engine: str
    version: str


@frozen
class PolicyPath:
    """A policy file a renderer reads, from the repository's root. A directory path means all files below it."""

    path: str
    optional: bool = False


@frozen
class Limits:
    """What one render may take: ``seconds`` of wall clock, ``memory`` in bytes of address space beyond the engine's
    own, ``output`` in bytes; ``isolation`` is ``"process"``, or ``"none"`` for packages the caller trusts.
    """

    seconds: float = 60.0
    memory: int = 4 << 30
    output: int = 64 << 20
    isolation: str = "process"


@frozen
class RenderRequest:
    """Everything a renderer gets; it reads nothing else and never touches git.

    ``package`` is the payload, ``package_tree`` its tree id (equal ids are equal payloads, so a renderer may keep
    what it made of one). ``policy`` holds the files of ``policy_paths`` by path, ``None`` for an optional one that is
    absent. ``options`` are the effective ones: what ``effective_options`` gave.
    """

    app: str
    stage: str
    freight: Freight
    package: tuple[PackageFile, ...] = field(repr=False)
    package_tree: str
    policy: Mapping[str, bytes | None] = field(repr=False, hash=False)
    options: Mapping[str, Any] = field(hash=False)
    limits: Limits = Factory(Limits)


@runtime_checkable
class Renderer(Protocol):
    """Turns a frozen package and a stage's policy into manifests. Must be deterministic and thread-safe.

    ``default_options`` names the facts of a stage (``releaseName``, ``namespace``; see ``stages.StagePlan.defaults``)
    that this renderer takes as options, to be filled in where the user set none.
    """

    name: str
    package_types: frozenset[str]
    default_options: frozenset[str]

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Every option with its default filled in, checked, as plain YAML values: what the lock records.

        ``options`` are the ``render:`` keys of the project file beside ``renderer`` and ``layout``, placeholders
        expanded. Raises ProjectError naming the option (``path``) that is unknown or wrong.
        """
        ...

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """The engine that would render with these effective options. Cheap. Raises ToolError when there is none."""
        ...

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """The policy files that rendering with these effective options reads, in the order in which they count."""
        ...

    def prepare(self, renders: int, /) -> None:
        """Told early that about ``renders`` will follow, to start what takes time; may do nothing."""
        ...

    def render(self, request: RenderRequest, /) -> Rendered:
        """Render. Raises RenderError (IsolationError when stopped), with the engine's own message."""
        ...

    def close(self) -> None:
        """Release what was started; the next render starts it again."""
        ...


# --- after rendering ------------------------------------------------------------------------------


@frozen
class TransformRequest:
    """Manifests between render and layout, and the transform's own effective options for this app and stage."""

    app: str
    stage: str
    manifests: tuple[Manifest, ...] = field(repr=False)
    options: Mapping[str, Any] = field(hash=False)


@runtime_checkable
class Transform(Protocol):
    """Rewrites manifests after a renderer made them, where the project file names it (``render.transforms``).

    Must be deterministic and thread-safe. ``version`` is raised whenever the same manifests and options would give
    others than before: name, version and options stand in the lock.
    """

    name: str
    version: str

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Every option with its default filled in, checked, as plain YAML values.

        Raises ProjectError naming the option (``path``) that is unknown or wrong.
        """
        ...

    def transform(self, request: TransformRequest, /) -> Sequence[Manifest]:
        """All manifests, changed or not. Raises RenderError, ManifestError."""
        ...


# --- review ---------------------------------------------------------------------------------------


@frozen
class Approval:
    """Somebody's approval that still stands: ``by`` whom, of which ``commit`` (``None``: the forge does not say)."""

    by: str
    commit: str | None


@frozen
class PullRequest:
    """A pull request as the forge has it. ``head`` and ``base`` are branches, ``head_commit`` what is proposed;
    ``state`` is ``open``, ``closed`` or ``merged``. ``Forge.reviewed`` alone fills in the ``approvals`` that stand, and
    ``objections``: who asked for changes and has not taken that back.
    """

    number: int
    url: str
    head: str
    base: str
    head_commit: str
    state: str
    title: str
    body: str = field(repr=False)
    approvals: tuple[Approval, ...] = ()
    objections: tuple[str, ...] = ()


@frozen
class PullRequestText:
    """A pull request as it should be: branches by name, and what it says (``body`` is Markdown)."""

    head: str
    base: str
    title: str
    body: str = field(repr=False)


@runtime_checkable
class Forge(Protocol):
    """Where pull requests are: GitHub, GitLab, Forgejo. ``reviews``: it knows who approved which commit.

    ``place`` says which repository on which server. Credentials come from the environment and appear nowhere. Only
    what may be asked twice is retried, and not without end. Everything raises ForgeError, and ProjectError when
    ``place`` lacks what the forge needs.
    """

    name: str
    reviews: bool

    def find(self, place: ForgeSpec, head: str, base: str, /) -> PullRequest | None:
        """The open pull request from ``head`` into ``base``, else the newest closed or merged one, or ``None``."""
        ...

    def open(self, place: ForgeSpec, wanted: PullRequestText, /) -> PullRequest | None:
        """Open it; the open one of these branches when there is one already. ``None``: people open it themselves."""
        ...

    def update(self, place: ForgeSpec, number: int, wanted: PullRequestText, /) -> PullRequest:
        """Give an open pull request another title and body."""
        ...

    def close(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """Close it without merging; one that is closed or merged stays as it is."""
        ...

    def reviewed(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """The pull request with its reviews."""
        ...

    def merge(self, place: ForgeSpec, number: int, head_commit: str, /) -> None:
        """Merge it if its head is still ``head_commit``. Raises ForgeError (``moved`` when it is not)."""
        ...
