"""Finds what refers to a release: ``current/``, stages, their open proposals, and their rollback windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from freightlib.errors import UsageError
from freightlib.git.contract import Repository
from freightlib.models import App, Snapshot
from freightlib.promotion.proposal import proposal_branch
from freightlib.rendering.branch import BranchState
from freightlib.rendering.branch_history import holdings
from freightlib.rendering.inputs import stage_plan
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref

_HEADS = "refs/heads/"


@frozen
class References:
    """Tag -> what refers to it, in words; ``notes`` say what could not be read."""

    by_tag: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def references(tree: GitopsTree, app: App, current: Snapshot, window: int) -> References:
    """Find everything that refers to a release of ``app``.

    For each stage, the ``window`` releases that it held before the present one count too. Local and remote-tracking
    branches are both read, because a clone may have only one of them. Raises LockError if a stage's lock is damaged,
    UsageError if this clone lacks the history of a stage.
    """
    found: dict[str, dict[str, list[str]]] = {current.freight.tag: {"mirrored by": ["current/"]}}
    notes: list[str] = []
    for stage in app.stages.values():
        plan, _ = stage_plan(tree, app, stage, current)
        branches = _refs(tree.repository, plan.branch)
        if not branches:
            notes.append(f"stage {stage.name} has no branch {plan.branch} here, so it counts as holding nothing")
        for ref in branches:
            for tag, why in _by_stage(tree.repository, ref, plan.path, window):
                found.setdefault(tag, {}).setdefault(why, []).append(stage.name)
        proposal = proposal_branch(app.name, stage.name)
        for ref in _refs(tree.repository, proposal):
            proposed = BranchState.read(tree.repository, ref, plan.path).tag
            if proposed is not None:
                found.setdefault(proposed, {}).setdefault("proposed on", []).append(proposal)
    return References({tag: tuple(_words(why)) for tag, why in found.items()}, tuple(notes))


def _words(why: Mapping[str, list[str]]) -> Iterator[str]:
    for what, names in why.items():
        yield f"{what} {', '.join(dict.fromkeys(names))}"


def _refs(repository: Repository, branch: str) -> list[str]:
    """Return the local branch and its remote-tracking branches."""
    own = branch_ref(branch)
    there = [] if repository.ref(own) is None else [own]
    short = own.removeprefix(_HEADS)
    return there + [name for name in repository.refs("refs/remotes/") if name.endswith(f"/{short}")]


def _by_stage(repository: Repository, ref: str, path: str, window: int) -> Iterator[tuple[str, str]]:
    held = BranchState.read(repository, ref, path)
    if held.lock is not None:
        yield held.lock.freight.tag, "held by"
        if held.lock.rollback is not None:
            yield held.lock.rollback.left, "left in a rollback of"
    for tag in _before(repository, held, window):
        yield tag, "in the rollback window of"


def _before(repository: Repository, held: BranchState, window: int) -> Iterator[str]:
    """Yield the last ``window`` releases that the branch held before the present one."""
    seen = {held.tag}
    if window < 1 or held.tip is None:
        return
    for one in holdings(repository, held.ref, held.path, held.tip):
        if one.held.tag is not None and one.held.tag not in seen:
            seen.add(one.held.tag)
            yield one.held.tag
            if len(seen - {held.tag}) == window:
                return
        if one.cut:
            raise UsageError(
                f"this clone does not show what {held.ref.removeprefix(_HEADS)} held before {one.commit.id[:12]}",
                hint="fetch its whole history first: git fetch --unshallow",
                commit=one.commit.id,
            )
