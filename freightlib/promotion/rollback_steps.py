"""Finds the commit of a rendered branch that a rollback goes back to."""

from __future__ import annotations

from enum import StrEnum

from attrs import evolve, frozen

from freightlib.errors import PromotionBlockedError, RecordError, UsageError
from freightlib.git.contract import Repository
from freightlib.models import (
    ROLLBACK_CURRENT_POLICY,
    ROLLBACK_EXACT,
    App,
    Freight,
    LockedRollback,
    RenderLock,
    Snapshot,
    Stage,
)
from freightlib.models.freight import is_full_id
from freightlib.rendering.branch import BranchState
from freightlib.rendering.branch_history import holdings, was_tip
from freightlib.rendering.inputs import stage_plan
from freightlib.rendering.output_paths import check_place
from freightlib.rendering.plan import StagePlan
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref
from freightlib.warehouse.snapshots import read_snapshot


@frozen
class RollbackStep:
    """One stage of a rollback: what it holds, and the commit of its branch that held the release before."""

    stage: Stage
    plan: StagePlan
    held: BranchState
    commit: str
    past: BranchState

    def lock(self, lock: RenderLock, kind: RollbackKind) -> RenderLock:
        """Return the lock with the record of this rollback."""
        return evolve(lock, rollback=LockedRollback(kind.value, str(self.held.tag), self.commit))


def step_of(  # noqa: PLR0917 (one stage of the call, all of it needed)
    tip: GitopsTree, app: App, stage: Stage, tag: str, kind: RollbackKind, commit: str | None
) -> RollbackStep:
    """Return the step to the newest commit that held the release, or to ``commit`` (a revision of the branch).

    Raises PromotionBlockedError if the stage never held that release; for an exact rollback, also if it was always
    changed by hand.
    """
    gitops = tip.repository
    plan, _ = stage_plan(tip, app, stage, _any_release(tip, app, tag))
    held = BranchState.read(gitops, branch_ref(plan.branch), plan.path)
    if held.lock is None or held.tip is None:
        raise refused(stage, tag, "it holds no release yet", f"promote one: freight promote {stage.name}")
    check_place(gitops, plan, held)
    found = _newest(gitops, held, plan, tag, kind) if commit is None else _named(gitops, held, plan, tag, kind, commit)
    return RollbackStep(stage, plan, held, *found)


def _any_release(tip: GitopsTree, app: App, tag: str) -> Snapshot:
    """Return a release to plan the stage with: that in ``current/`` or, if it is damaged, the one to go back to."""
    try:
        return read_snapshot(tip, app)
    except (RecordError, UsageError):
        return read_snapshot(tip, app, tag)


def _newest(
    repository: Repository, held: BranchState, plan: StagePlan, tag: str, kind: RollbackKind
) -> tuple[str, BranchState]:
    assert held.tip is not None  # noqa: S101 (the caller looked)
    edited: str | None = None
    cut = False
    for one in holdings(repository, held.ref, held.path, held.tip):
        cut = one.cut
        if not _is_of(one.held, plan, tag):
            continue
        if kind is RollbackKind.CURRENT_POLICY or not one.held.edited:
            return one.commit.id, one.held
        edited = edited or one.commit.id
    if edited is not None:
        why = f"its manifests were changed by hand whenever it held that release (as in {edited[:12]})"
        raise refused(plan.stage, tag, why, f"render it: freight rollback {plan.stage.name} --with-current-policy")
    if cut:
        why = f"this clone does not have the whole history of {plan.branch}"
        raise refused(plan.stage, tag, why, "fetch its whole history first: git fetch --unshallow")
    never = f"it never held that release on {plan.branch}"
    raise refused(plan.stage, tag, never, f"promote it: freight promote {plan.stage.name} --freight {tag}")


def _named(  # noqa: PLR0917
    repository: Repository, held: BranchState, plan: StagePlan, tag: str, kind: RollbackKind, revision: str
) -> tuple[str, BranchState]:
    commit = revision if is_full_id(revision) else repository.resolve(revision)
    see = f"name one that freight log {plan.stage.name} lists"
    if not was_tip(repository, held, commit):
        raise refused(plan.stage, tag, f"{plan.branch} was never at {commit[:12]}", see)
    past = BranchState.read(repository, held.ref, held.path, tip=commit, damaged="ignore")
    if not _is_of(past, plan, tag):
        raise refused(plan.stage, tag, f"it held {past.tag or 'no release'} at {commit[:12]}", see)
    if kind is RollbackKind.EXACT and past.edited:
        raise refused(plan.stage, tag, f"its manifests were changed by hand at {commit[:12]}", see)
    return commit, past


def _is_of(past: BranchState, plan: StagePlan, tag: str) -> bool:
    lock = past.lock
    return lock is not None and (lock.app, lock.stage, lock.freight.tag) == (plan.app.name, plan.stage.name, tag)


def refused(stage: Stage, tag: str, why: str, hint: str) -> PromotionBlockedError:
    """Make the error for a stage that cannot go back to that release."""
    return PromotionBlockedError(
        f"{stage.name} was not rolled back to {tag}: {why}", hint=hint, stage=stage.name, tag=tag
    )


class RollbackKind(StrEnum):
    """The kind of a rollback: the exact bytes that were deployed, or that release with the policy of today."""

    EXACT = ROLLBACK_EXACT
    CURRENT_POLICY = ROLLBACK_CURRENT_POLICY


def held_back(lock: RenderLock | None, available: Freight, left: Freight | None) -> bool:
    """Return True if automatic promotion must not move a stage because it was rolled back.

    ``lock`` is the lock of the stage, or of its open proposal. ``available`` is the release that it could take.
    ``left`` is the record of the release that it was rolled back from (``lock.rollback.left``; ``None``: not in the
    warehouse). The stage may move again to a release that was made after that one.
    """
    if lock is None or lock.rollback is None:
        return False
    if left is None or available.tag in (lock.rollback.left, lock.freight.tag):
        return True
    return available.created_at <= left.created_at
