"""Puts back a release that a stage held before, exactly as it was or with today's policy.

    from freightlib import rollback

    for done in rollback("gitops", ["production"], to="git-<full commit id>", exact=True):
        print(done.stage, done.outcome, done.lock.rollback)

``exact=True`` restores the exact bytes that were deployed, with their lock. ``exact=False`` renders that release with
today's policy. The lock records the rollback, and a reviewed stage gets a proposal. Gates are not asked, because the
stage held that release before.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from attrs import evolve

from freightlib.errors import FreightError, UsageError
from freightlib.git.contract import Identity, Repository
from freightlib.git.moving import move_refs
from freightlib.models import App
from freightlib.models.freight import is_full_id, revision_of, tag_of
from freightlib.models.project import names_of
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import committer, open_repository
from freightlib.promotion.apply import Made, apply, run_promotions
from freightlib.promotion.commits import Writer
from freightlib.promotion.exact_rollback import restored
from freightlib.promotion.proposal import Request
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.rollback_steps import RollbackKind, RollbackStep, refused, step_of
from freightlib.promotion.stage_target import StageTarget
from freightlib.rendering.inputs import stage_inputs
from freightlib.rendering.run import StageRendering, render_inputs
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot
from freightlib.warehouse.verify.entry import verified


def rollback(
    repository: str | Path | Repository,
    stages: str | Sequence[str],
    *,
    to: str,
    exact: bool,
    commit: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Promotion, ...]:
    """Put the release ``to`` (a tag or full source commit id) back on all ``stages`` or on none.

    ``exact`` has no default: true restores the bytes that were deployed, false renders that release with today's
    policy. An exact rollback takes the bytes from the newest commit of the rendered branch that held the release
    unedited, or from ``commit`` (a revision of that branch; only with one stage). ``current/`` does not change.
    ``dry_run`` writes nothing. The results are those of ``promote``.

    Raises PromotionBlockedError (the stage never held it: promote it instead), UsageError (also for a pruned release
    that would be rendered), VerificationError, ProjectError, RenderError, LockError, SigningError, GitError.
    """
    kind = RollbackKind.EXACT if exact else RollbackKind.CURRENT_POLICY
    tag, names = _tag(to), names_of(stages)
    if not names or (commit is not None and len(names) != 1):
        raise UsageError(
            "a commit belongs to one stage's branch" if names else "no stage was named",
            hint="name one stage: freight rollback production --to git-<full commit id> --exact",
        )
    gitops = open_repository(repository, backend=backend)
    who = committer(gitops, author, now)
    request = Request(dry_run, force=False)

    def attempt() -> Made:
        _, tip = gitops_tip(gitops, branch)
        target = project_at(tip).app(app)
        steps = [step_of(tip, target, stage, tag, kind, commit) for stage in target.ordered(names)]
        renderings = _renderings(tip, target, steps, tag, kind, limits)
        writer = Writer(gitops, who, {one.held.ref: one.held.tip for one in reversed(steps)})
        made = [
            (subject, _carried_out(writer, subject, step, rendering, request))
            for step, rendering in zip(steps, renderings, strict=True)
            for subject in [_subject(gitops, step)]
        ]
        if not dry_run and (updates := writer.updates()):
            move_refs(gitops, updates, f"freight rollback {tag}")
        return made, writer.before

    return run_promotions(gitops, attempt, request, sign)


def _tag(to: str) -> str:
    tag = tag_of(to) if is_full_id(to) else to
    if revision_of(tag) is None:
        raise UsageError(f"{to[:80]!r} is not a release", hint="name it in full: git-<full commit id>", freight=to)
    return tag


def _renderings(  # noqa: PLR0917
    tip: GitopsTree, app: App, steps: Sequence[RollbackStep], tag: str, kind: RollbackKind, limits: Limits | None
) -> list[StageRendering]:
    if kind is RollbackKind.EXACT:
        return [_as_it_was(tip.repository, step) for step in steps]
    snapshot = verified(tip, app, tag)
    made = render_inputs([stage_inputs(tip, app, step.stage, snapshot) for step in steps], limits)
    return [evolve(one, lock=step.lock(one.lock, kind)) for step, one in zip(steps, made, strict=True)]


def _as_it_was(repository: Repository, step: RollbackStep) -> StageRendering:
    lock = step.past.lock
    assert lock is not None  # noqa: S101 (a step has one)
    made = restored(repository, step.past, step.lock(lock, RollbackKind.EXACT))
    if made is None:
        why = f"{step.commit[:12]} has file modes or links that no promotion writes"
        raise refused(step.stage, lock.freight.tag, why, "render it: --with-current-policy")
    return made


def _subject(repository: Repository, step: RollbackStep) -> StageTarget:
    lock = step.past.lock
    freight = None
    if lock is not None:
        with suppress(FreightError):  # a clone may lack the record; it is needed for texts only
            then = GitopsTree.at(repository, lock.freight.commit)
            freight = read_snapshot(then, step.plan.app, lock.freight.tag).freight
    return StageTarget(step.plan.app, step.stage, step.held, freight)


def _carried_out(
    writer: Writer, subject: StageTarget, step: RollbackStep, rendering: StageRendering, request: Request
) -> Promotion:
    plan, held = step.plan, step.held
    lock = rendering.lock
    start = Promotion.unmoved(plan, held, lock.freight.tag, lock, notes=rendering.notes)
    done = apply(writer, subject, start, rendering, request)
    untouched = done.outcome is Outcome.UNCHANGED and done.branch == done.base
    return evolve(done, lock=held.lock) if untouched and held.lock is not None else done
