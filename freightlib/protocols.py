"""What plugs in: a git backend with its repositories, a renderer, a gate, a forge. Each contract fits on one screen.

>>> from freightlib.protocols import RefUpdate
>>> RefUpdate("refs/heads/main", old=None, new="0" * 40).old is None
True

Instances of these protocols come from plugins (see ``freightlib.hooks``); the core never names one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from attrs import Factory, field, frozen

from freightlib.models import App, ForgeSpec, Freight, Manifest, Rendered, Signature, Snapshot, Stage
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
class Skimming(Protocol):
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


@frozen
class Difference:
    """One place where a second rendering of the same inputs is not the first.

    ``path`` is the manifest's, ``resource`` names what it is (``Secret shop/db``; empty where that cannot be read),
    ``place`` is the field in it (``data["ca.crt"]``; empty: the whole). ``kind`` is ``value``, ``order`` (the same
    items in another order), ``missing`` (in the first only), ``added`` (in the second only) or ``text`` (the same data
    in other words: comments, spaces). ``first`` and ``second`` are what stood there; both may be secret, so they are
    for judging, never for showing.
    """

    path: str
    resource: str
    place: str
    kind: str
    first: Any = field(default=None, repr=False, eq=False)
    second: Any = field(default=None, repr=False, eq=False)


@frozen
class Cause:
    """A call in a package's sources that may give something else each time.

    ``function`` is called in ``line`` of ``template``. ``hint`` says what to do instead. ``hidden``: renderings that
    follow each other may agree nonetheless.
    """

    function: str
    template: str
    line: int
    hint: str = ""
    hidden: bool = False


@runtime_checkable
class Explaining(Protocol):
    """What a renderer may have beside: it knows the language of its packages, and so what makes renderings differ."""

    def suspects(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Sequence[Cause]:
        """Every call behind these manifests whose result may change, whether or not it did. Cheap."""
        ...

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[Rendered]:
        """Render the same inputs again, once or more, so that differences show: with nothing remembered from the
        rendering that gave ``manifests``, in another process, at another time, as far as it can.
        """
        ...

    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        """For each difference the call that most likely made it, or ``None``."""
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


# --- before rendering -----------------------------------------------------------------------------


class PolicyFiles(Protocol):
    """The files of the GitOps branch at one commit: at its tip of now, wherever the freight was read from."""

    @property
    def commit(self) -> str:
        """The commit's id."""
        ...

    def entry(self, path: str, /) -> Entry | None:
        """The entry at ``path`` (a file, a symlink, a directory), or ``None``."""
        ...

    def read(self, path: str, /) -> bytes | None:
        """The contents of the file ``path``, or ``None`` when it is absent or a directory."""
        ...


@frozen
class Upstream:
    """What an upstream stage holds: the release ``tag``, and why that is not the one in question (``problem``)."""

    stage: str
    tag: str | None = None
    problem: str | None = None
    _since: Callable[[], datetime | None] = field(default=lambda: None, repr=False, eq=False)

    @property
    def since(self) -> datetime | None:
        """Since when it holds the release in question without a break, by the commit that brought it to the stage's
        branch; ``None`` when it does not hold it.
        """
        return None if self.problem else self._since()


@frozen
class GateRequest:
    """May ``stage`` take the release in ``snapshot``? Everything a gate may ask to tell.

    ``policy`` are the files of the GitOps branch at its tip of now, never of the commit that freight was read from.
    ``upstream`` are the stages of the stage's ``from``; ``held`` is the tag that the stage itself holds. ``now`` is an
    aware time, ``options`` the gate's own, effective ones.
    """

    app: App
    stage: Stage
    snapshot: Snapshot
    policy: PolicyFiles = field(repr=False)
    repository: Repository = field(repr=False)
    upstream: tuple[Upstream, ...]
    held: str | None
    now: datetime
    options: Mapping[str, Any] = field(hash=False)


@frozen
class GateResult:
    """A gate's answer: ``message`` says why, for people, in one line; ``hint`` what to do about it.

    ``until`` is when it will pass by itself, where that is known. ``final``: not even ``force`` sets this answer aside.
    """

    passed: bool
    message: str
    until: datetime | None = None
    hint: str = ""
    final: bool = False
    data: Mapping[str, Any] = field(factory=dict, hash=False)


@runtime_checkable
class Gate(Protocol):
    """Judges whether a stage may take a release now, before anything is rendered. Reads only; quick; thread-safe.

    ``for_policy``: whether it also judges changes of policy alone, for the release that the stage holds already (a
    time window does; what a release has to go through before it comes to the stage does not).
    """

    name: str
    for_policy: bool

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Every option with its default filled in, checked, as plain YAML values.

        ``options`` are the keys beside ``name`` in the project file, placeholders expanded. Raises ProjectError naming
        the option (``path``) that is unknown or wrong.
        """
        ...

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """The answer. What it raises counts as a gate that does not pass, and is told as the plugin's fault."""


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
