"""Selects the commits of a stage to audit: the newest rendered one, or all since the last audit without errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from attrs import field, frozen

from freightlib.errors import CorruptObjectError, FreightError, UnsafePathError
from freightlib.git.grafting import IdStore
from freightlib.git.history.ancestry import Ancestry
from freightlib.git.history.changes import ChangedCommit, Trail
from freightlib.git.trees import find, join
from freightlib.models import LOCK, App, Finding, Freight, Image, Stage
from freightlib.proof.audited_before import last_sweep
from freightlib.proof.rendered_commit import RenderedCommit, StageLocation
from freightlib.proof.sources import Sources
from freightlib.rendering.plan import plan_stage
from freightlib.warehouse.gitops_tree import deployment_at
from freightlib.warehouse.snapshots import read_snapshot

# the place of a stage rarely depends on the release; this placeholder is used while nothing is published
_NO_RELEASE: Final = Freight(
    revision="0" * 40,
    image=Image("none", "sha256:" + "0" * 64),
    package_type="plain",
    created_at=datetime(1970, 1, 1, tzinfo=UTC),
)


@frozen
class Selection:
    """The commits of one stage to audit: rendered commits, newest first, and the findings from selecting them.

    ``tip`` is the tip of the branch at that time. ``place`` is ``None`` if the stage's branch is unknown.
    """

    place: StageLocation | None
    seen: tuple[RenderedCommit, ...] = ()
    findings: tuple[Finding, ...] = ()
    tip: str | None = field(default=None)


def place_of(sources: Sources, app: App, stage: Stage) -> StageLocation:
    """Return where the stage is rendered, by the tip of the GitOps branch. Raises ProjectError, UnsafePathError."""
    deployment, _ = deployment_at(sources.tip, app, stage)
    try:
        freight = read_snapshot(sources.tip, app).freight
    except FreightError:
        freight = _NO_RELEASE
    plan = plan_stage(app, stage, deployment, freight)
    return StageLocation(app, stage, plan.branch, plan.path)


def newest_rendered(sources: Sources, place: StageLocation, tip: str | None = None) -> Selection:
    """Select the newest rendered commit of the stage."""
    tip = tip or sources.repository.ref(place.ref)
    if tip is None:
        return Selection(place, findings=(_no_branch(sources, place),))
    steps = iter(Trail(sources.repository, tip, place.path, first_parent=True))
    return _look(sources, place, tip, steps, only_newest=True)


def unswept(sources: Sources, place: StageLocation, kind: str, since: str | None) -> Selection:
    """Select the commits not audited yet: those since the last audit of ``kind``, or after the commit ``since``.

    The newest rendered commit is always included.
    """
    repository = sources.repository
    tip = repository.ref(place.ref)
    sweep = None if since else last_sweep(repository, place, kind)
    if tip is None:
        gone = () if sweep is None else (_rewritten(place, sweep.commit, "the branch was deleted"),)
        return Selection(place, findings=(*gone, _no_branch(sources, place)))
    found: list[Finding] = []
    known = since
    if sweep is not None and sources.ancestry.holds(sweep.gitops):
        if Ancestry(repository, tip).holds(sweep.commit):
            known = sweep.commit
        else:
            found.append(_rewritten(place, sweep.commit, "that commit is no longer on the branch"))
    trail = Trail(repository, tip, place.path, known=known)
    look = _look(sources, place, tip, trail, held=known)
    if trail.missing:
        message = f"this clone does not have the parents of {len(trail.missing)} of its commits"
        found.append(place.finding("audit-unseen", place.prefix, message, missing=sorted(trail.missing)))
    if known is not None and not look.seen:
        look = newest_rendered(sources, place, tip)
    return Selection(place, look.seen, (*found, *look.findings), tip)


def brought(sources: Sources, place: StageLocation, old: str | None, new: str) -> Selection:
    """Select the rendered commits that a push of the stage's branch from ``old`` to ``new`` adds."""
    look = _look(sources, place, new, Trail(sources.repository, new, place.path, known=old), held=old)
    return Selection(place, look.seen, tuple(one for one in look.findings if one.code != "stage-empty"), new)


def _look(
    sources: Sources,
    place: StageLocation,
    tip: str,
    steps: Iterable[ChangedCommit],
    held: str | None = None,
    *,
    only_newest: bool = False,
) -> Selection:
    """Read the commits of ``steps``. One without a lock is selected if an earlier one has a lock: it was removed."""
    seen: list[RenderedCommit] = []
    findings: list[Finding] = []
    pending: list[RenderedCommit] = []  # without a lock, while no earlier commit with a lock is found
    for step in steps:
        one = _taken_apart(sources, place, step, findings)
        if one is None:
            continue
        if one.lock_entry is None:
            pending.append(one)
            continue
        seen += [*pending, one]
        pending.clear()
        if only_newest:
            break
    if held is not None and _had_lock(sources, place, held):
        seen += pending
    if only_newest:
        seen = seen[:1]
    if not seen and not findings and held is None:
        message = f"nothing was promoted to it yet on {place.branch}"
        findings.append(place.finding("stage-empty", place.prefix, message))
    return Selection(place, tuple(seen), tuple(findings), tip)


def _taken_apart(
    sources: Sources, place: StageLocation, step: ChangedCommit, findings: list[Finding]
) -> RenderedCommit | None:
    at = RenderedCommit(place, step.commit, step.entry, IdStore())
    try:
        return RenderedCommit.at(place, step.commit, step.entry, sources.repository.read_tree)
    except UnsafePathError as error:
        findings.append(at.finding("name-collision", place.prefix, error.message))
    except CorruptObjectError as error:
        findings.append(at.finding("unreadable", place.prefix, error.message, hint=error.hint))
    return None


def _had_lock(sources: Sources, place: StageLocation, commit: str) -> bool:
    root = sources.repository.read_commit(commit).tree
    return find(sources.repository.read_tree, root, join(place.prefix, LOCK)) is not None


def _no_branch(sources: Sources, place: StageLocation) -> Finding:
    remote = next(iter(_tracked(sources, place.branch)), None)
    if remote is None:
        return place.finding("stage-empty", place.prefix, "there is no such branch here", hint="")
    return place.finding(
        "audit-unseen",
        place.prefix,
        f"there is no such branch here, but {remote}",
        hint="fetch the branch: git fetch origin '+refs/heads/*:refs/heads/*' --update-head-ok",
        remote=remote,
    )


def _tracked(sources: Sources, branch: str) -> Iterator[str]:
    for name in sources.repository.refs("refs/remotes/"):
        if name.removeprefix("refs/remotes/").partition("/")[2] == branch:
            yield name


def _rewritten(place: StageLocation, commit: str, why: str) -> Finding:
    return place.finding("branch-rewritten", place.prefix, f"it was audited up to {commit}: {why}", swept=commit)
