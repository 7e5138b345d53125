"""Writes and removes marks: small files on the GitOps branch that gates read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from freightlib.documents import write_marker
from freightlib.documents.project_names import is_name
from freightlib.errors import MarkerError, ProjectError, UsageError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.moving import move_refs
from freightlib.git.retrying import retried
from freightlib.git.safe_names import check_path
from freightlib.git.trees import Entry, Mode
from freightlib.models import PROJECT_FILE, App, Marker, Snapshot
from freightlib.models.project import names_of
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.rendering.branch import BranchState
from freightlib.rendering.inputs import stage_plan
from freightlib.rendering.plan import expand
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref, gitops_tip, project_at
from freightlib.warehouse.marks import blocked_path, find_marker, merged_path, verified_path
from freightlib.warehouse.snapshots import read_snapshot

#: Kind of mark -> what the names in a call are.
_NAMES: Final = {
    "verified": "stages",
    "unverified": "stages",
    "blocked": "releases",
    "unblocked": "releases",
    "merged": "environments",
    "path": "files",
}
_REMOVING: Final = {"unverified": "verified", "unblocked": "blocked"}


@frozen
class Mark:
    """One mark after the call: its file ``path``, the release ``tag``, and the ``marker`` in that file.

    ``marker`` is ``None`` if the mark was removed. ``changed`` is true if this call set or removed it, or would do so
    in a dry run. ``commit`` is the commit of that change, else ``None``.
    """

    app: str
    kind: str
    name: str
    tag: str
    path: str
    marker: Marker | None
    changed: bool
    commit: str | None = None


@frozen
class _Request:
    """The request of a caller: marks of one ``kind`` for ``names`` (stages, releases, environments or files)."""

    kind: str
    names: tuple[str, ...]
    app: str | None
    freight: str | None
    reason: str | None
    author: Identity
    dry_run: bool

    def marker(self, snapshot: Snapshot) -> Marker:
        """Return the marker to write for a release."""
        kind = "marked" if self.kind == "path" else self.kind
        by = f"{self.author.name} <{self.author.email}>"
        freight = snapshot.freight
        return Marker(kind, freight.revision, freight.tag, self.author.when, by, self.reason)


def write_marks(
    repository: str | Path | Repository,
    kind: str,
    names: str | Sequence[str],
    *,
    freight: str | None,
    reason: str | None,
    app: str | None,
    branch: str | None,
    backend: str | None,
    author: Identity | None,
    sign: bool | None,
    now: datetime | None,
    dry_run: bool,
) -> tuple[Mark, ...]:
    """Set or remove marks of one ``kind`` in one commit; make no commit if nothing changes, or in a dry run.

    See ``freightlib.verbs.mark`` for what the arguments mean. Raises UsageError, MarkerError, UnsafePathError,
    SigningError, GitError.
    """
    unique = tuple(dict.fromkeys(names_of(names)))
    if not unique:
        raise UsageError(f"{kind}: nothing was named", hint=f"name one or more {_NAMES[kind]}")
    gitops = open_repository(repository, backend=backend)
    request = _Request(kind, unique, app, freight, _checked(reason), committer(gitops, author, now), dry_run)

    def attempt() -> tuple[Mark, ...]:
        ref, tip = gitops_tip(gitops, branch)
        target = project_at(tip).app(request.app)
        places = list(_places(gitops, tip, target, request))
        return _written(gitops, ref, tip, target, request, places)

    with signing(gitops, sign):
        return retried(gitops, attempt)


def _checked(reason: str | None) -> str | None:
    if reason is not None and (len(reason) > 1000 or not reason.isprintable()):
        raise UsageError(
            "the reason is longer than 1000 characters, or not one line of text", hint="shorten it to one line"
        )
    return reason or None


def _places(gitops: Repository, tip: GitopsTree, app: App, request: _Request) -> Iterator[tuple[str, str, Snapshot]]:
    """Yield each name with the path of its mark, and the release that is marked."""
    for name in request.names:
        if _NAMES[request.kind] == "releases":
            snapshot = read_snapshot(tip, app, name)
            yield name, blocked_path(app, snapshot.freight.tag), snapshot
        elif _NAMES[request.kind] == "stages":
            snapshot = _held_release(gitops, tip, app, name, request.freight)
            yield name, verified_path(app, name, snapshot.freight.tag), snapshot
        else:
            snapshot = read_snapshot(tip, app, request.freight)
            place = _merged if request.kind == "merged" else _given_path
            yield name, place(app, name, snapshot), snapshot


def _held_release(gitops: Repository, tip: GitopsTree, app: App, stage: str, freight: str | None) -> Snapshot:
    one = app.stage(stage)
    if freight is not None:
        return read_snapshot(tip, app, freight)
    plan, _ = stage_plan(tip, app, one, read_snapshot(tip, app))
    held = BranchState.read(gitops, branch_ref(plan.branch), plan.path, damaged="ignore")
    if held.tag is None or held.edited:
        why = "holds no release" if held.tag is None else "was changed by hand"
        raise UsageError(
            f"stage {stage} {why}", hint=f"promote one first, or name it: freight mark verified {stage} --freight TAG"
        )
    return read_snapshot(tip, app, held.tag)


def _merged(app: App, name: str, snapshot: Snapshot) -> str:
    if not is_name(name):
        raise UsageError(f"{name[:80]!r} cannot be an environment's name", hint="use lower case letters and digits")
    return merged_path(app, name, snapshot.freight.tag)


def _given_path(app: App, text: str, snapshot: Snapshot) -> str:
    freight = snapshot.freight
    facts = {
        "app": app.name,
        "marks": app.marks,
        "policy": app.policy,
        "tag": freight.tag,
        "revision": freight.revision,
    }
    try:
        path = expand(text, facts, "path")
    except ProjectError as error:
        raise UsageError(error.message.removeprefix(f"{PROJECT_FILE}: "), hint=error.hint, path=text) from error
    check_path(path)
    if path == PROJECT_FILE or f"{path}/".startswith(f"{app.warehouse}/") or not path.endswith((".yaml", ".yml")):
        raise UsageError(
            f"{path[:120]!r} cannot be a mark",
            hint="name a .yaml file outside of the warehouse, such as {marks}/ok/{tag}.yaml",
        )
    return path


def _written(  # noqa: PLR0917 (one call, all of it needed)
    gitops: Repository,
    ref: str,
    tip: GitopsTree,
    app: App,
    request: _Request,
    places: Sequence[tuple[str, str, Snapshot]],
) -> tuple[Mark, ...]:
    root, made = tip.tree, []
    removing = request.kind in _REMOVING
    for name, path, snapshot in places:
        existing = _existing(tip, path, snapshot, removing=removing)
        there = tip.entry(path) is not None
        changed = there if removing else not there
        marker = None if removing else existing or request.marker(snapshot)
        if changed and not request.dry_run:
            root = graft(gitops, root, path, None if marker is None else _entry(gitops, marker))
        made.append(Mark(app.name, request.kind, name, snapshot.freight.tag, path, marker, changed))
    if root == tip.tree:
        return tuple(made)
    commit = gitops.write_commit(root, (tip.commit,), _message(app, request, made), request.author)
    move_refs(gitops, (RefUpdate(ref, tip.commit, commit),), f"freight mark {request.kind}")
    return tuple(Mark(*_parts(one), commit if one.changed else None) for one in made)


def _parts(one: Mark) -> tuple[str, str, str, str, str, Marker | None, bool]:
    return one.app, one.kind, one.name, one.tag, one.path, one.marker, one.changed


def _existing(tip: GitopsTree, path: str, snapshot: Snapshot, *, removing: bool) -> Marker | None:
    try:
        return find_marker(tip, path, snapshot.freight)
    except MarkerError:
        if removing:  # remove it, even if it is not a valid marker
            return None
        raise


def _entry(gitops: Repository, marker: Marker) -> Entry:
    return Entry("", Mode.FILE, gitops.write_blob(write_marker(marker)))


def _message(app: App, request: _Request, marks: Sequence[Mark]) -> str:
    changed = [one for one in marks if one.changed]
    what = ", ".join(dict.fromkeys(one.tag for one in changed))
    where = "" if _NAMES[request.kind] == "releases" else f" {', '.join(one.name for one in changed)}"
    reason = f"{request.reason}\n\n" if request.reason else ""
    trailers = "".join(f"Freight-Tag: {tag}\n" for tag in dict.fromkeys(one.tag for one in changed))
    return f"Mark {app.name} {request.kind}{where}: {what}\n\n{reason}Freight-App: {app.name}\n{trailers}"
