"""Lists the past promotions of a stage, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from attrs import frozen

from freightlib.git.contract import Commit, Repository
from freightlib.models import LockedRollback
from freightlib.plugins.repositories import open_repository
from freightlib.rendering.branch import BranchState
from freightlib.rendering.branch_history import holdings
from freightlib.rendering.inputs import stage_plan
from freightlib.rendering.lock_changes import moved
from freightlib.warehouse.gitops_tree import branch_ref, gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot


@frozen
class PastPromotion:
    """One commit of a rendered branch that changed a stage's output.

    ``moved`` names what changed: rollback, freight, policy, options, renderer, override, or ``hand edit``. ``how`` says
    what kind of commit it is: ``promotion`` (made by freightlib), ``merge``, ``squash`` (somebody squashed promotions:
    the lock is valid, the message is theirs), or ``hand edit``. ``rollback`` is the record in the lock, if any.
    """

    commit: str
    when: datetime
    author: str
    subject: str
    tag: str | None
    moved: tuple[str, ...]
    how: str = "promotion"
    rollback: LockedRollback | None = None


def log(
    repository: str | Path | Repository,
    stage: str,
    *,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
) -> Iterator[PastPromotion]:
    """Return the commits of the stage's rendered branch that changed its output, newest first.

    The iterator reads the history on demand. A merge counts as one change. In a shallow clone it ends where the clone's
    history ends. Raises UsageError for an unknown stage, or if nothing was published yet.
    """
    gitops = open_repository(repository, backend=backend)
    _, tree = gitops_tip(gitops, branch)
    target = project_at(tree).app(app)
    plan, _ = stage_plan(tree, target, target.stage(stage), read_snapshot(tree, target))
    tip = gitops.ref(branch_ref(plan.branch))
    return iter(()) if tip is None else _past(gitops, branch_ref(plan.branch), plan.path, tip)


def _past(gitops: Repository, ref: str, path: str, tip: str) -> Iterator[PastPromotion]:
    for one in holdings(gitops, ref, path, tip):
        commit, held = one.commit, one.held
        if one.cut and held.output is None:
            return
        yield PastPromotion(
            commit=commit.id,
            when=commit.committer.when,
            author=commit.author.name,
            subject=commit.message.partition("\n")[0],
            tag=held.tag,
            moved=_moved(one.before, held),
            how=_how(commit, held),
            rollback=held.lock.rollback if held.lock else None,
        )


def _how(commit: Commit, held: BranchState) -> str:
    if held.edited or (held.lock is None and held.output is not None):
        return "hand edit"
    if len(commit.parents) > 1:
        return "merge"
    has_trailer = held.lock is None or f"\nFreight-Manifests: {held.lock.manifests}\n" in f"{commit.message}\n"
    return "promotion" if has_trailer else "squash"


def _moved(before: BranchState, after: BranchState) -> tuple[str, ...]:
    if after.edited or (after.lock is None and after.output != before.output):
        return ("hand edit",)
    if after.lock is None:
        return ()
    return moved(before.lock, after.lock)
