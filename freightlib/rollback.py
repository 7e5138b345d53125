"""Puts a release back that a stage held before, in one of two kinds that must be named.

    from freightlib import rollback

    for done in rollback("gitops", ["production"], to="git-<full commit id>", kind="exact"):
        print(done.stage, done.outcome, done.lock.rollback)

``exact`` puts the very bytes back that were deployed then, with the lock of then; ``current-policy`` renders that
release with the policy of today. Either is recorded in the lock, and proposed where the stage is reviewed. Gates are
not asked: the stage held that release before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from freightlib.apart import check_place
from freightlib.errors import FreightError, PromotionBlockedError, RecordError, RevisionError, UsageError
from freightlib.gitops import GitopsTree, branch_ref, gitops_tip, project_at
from freightlib.holdings import held_at, holdings
from freightlib.inputs import stage_inputs, stage_plan
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
from freightlib.models.freight import is_full_id, revision_of, tag_of
from freightlib.promote import Outcome, Promotion
from freightlib.promote.carrying import carry_out
from freightlib.promote.forging import with_pull_request
from freightlib.promote.proposal import Request
from freightlib.promote.subject import Subject
from freightlib.promote.telling import told
from freightlib.promote.writer import Writer
from freightlib.protocols import Identity, Limits, Repository
from freightlib.publish import retried
from freightlib.render import Rendering, render_inputs, verified
from freightlib.rendered import Held, manifest_entries, read_held
from freightlib.repositories import open_repository, signing
from freightlib.stages import StagePlan, app_of, stage_order
from freightlib.trees import IdStore, Mode, algorithm_of, build_files
from freightlib.warehouse import read_snapshot


class RollbackKind(StrEnum):
    """What is put back: the very bytes of then, or that release with the policy of today."""

    EXACT = ROLLBACK_EXACT
    CURRENT_POLICY = ROLLBACK_CURRENT_POLICY


_BOTH: Final = (
    "--exact puts the very bytes back that were deployed then, policy of then included; "
    "--with-current-policy renders that release with the policy of today"
)


@frozen
class _Step:
    """One stage of the call: what it holds, and the commit of its branch that held the release before."""

    stage: Stage
    plan: StagePlan
    held: Held
    commit: str
    past: Held

    def lock(self, lock: RenderLock, kind: RollbackKind) -> RenderLock:
        """The lock with the record of the rollback."""
        return evolve(lock, rollback=LockedRollback(kind.value, str(self.held.tag), self.commit))


def rollback(
    repository: str | Path | Repository,
    stages: Sequence[str],
    *,
    to: str,
    kind: RollbackKind | str | None = None,
    commit: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    dry_run: bool = False,
    limits: Limits | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
) -> tuple[Promotion, ...]:
    """Put the release ``to`` (a tag or full source commit id) back on ``stages``, all or none; results as ``promote``.

    ``kind`` is ``exact`` or ``current-policy``, and has no default. The bytes of an exact one are those of the newest
    commit of the stage's rendered branch that held the release unedited, or of ``commit`` (a revision of that branch,
    of one stage). ``current/`` stays what it is. ``dry_run`` writes nothing.

    Raises PromotionBlockedError (the stage never held it: promote it instead), UsageError (also for a release that was
    pruned, where it is to be rendered), VerificationError, ProjectError, RenderError, LockError, SigningError,
    GitError.
    """
    chosen = _kind(kind)
    tag = _tag(to)
    if not stages or (commit is not None and len(stages) != 1):
        raise UsageError(
            "a commit belongs to one stage's branch" if stages else "no stage was named",
            hint="name one stage: freight rollback production --to git-<full commit id> --exact",
        )
    gitops = open_repository(repository)
    who = author or Identity(*gitops.identity(), datetime.now(UTC).replace(microsecond=0))

    request = Request(dry_run, force=False)

    def attempt() -> tuple[list[tuple[Subject, Promotion]], dict[str, str | None]]:
        _, tip = gitops_tip(gitops, branch)
        target = app_of(project_at(tip), app)
        steps = [_step(tip, target, stage, tag, chosen, commit) for stage in stage_order(target, stages)]
        renderings = _renderings(tip, target, steps, tag, chosen, limits)
        writer = Writer(gitops, who, {one.held.ref: one.held.tip for one in reversed(steps)})
        made = [
            (subject, _carried_out(writer, subject, step, rendering, request))
            for step, rendering in zip(steps, renderings, strict=True)
            for subject in [_subject(gitops, step)]
        ]
        if not dry_run and (updates := writer.updates()):
            gitops.move_refs(updates, reason=f"freight rollback {tag}")
        return made, writer.before

    with signing(gitops, sign):
        made, before = retried(gitops, attempt)
    # outside: what a forge or a listener raises must not do it again
    if not dry_run:
        made = [(subject, with_pull_request(gitops, subject, one, request)) for subject, one in made]
    return tuple(one if dry_run else told(one, before) for _, one in made)


def held_back(lock: RenderLock | None, available: Freight, left: Freight | None) -> bool:
    """Whether a stage must be left alone by what promotes by itself, because it was rolled back.

    ``lock`` is what it holds (or what its open proposal does), ``available`` the release that it could take, ``left``
    the record of the release that it was rolled back from (``lock.rollback.left``; ``None``: it is not in the
    warehouse). It may move again once a release is there that was made after the one that was left.
    """
    if lock is None or lock.rollback is None:
        return False
    if left is None or available.tag in (lock.rollback.left, lock.freight.tag):
        return True
    return available.created_at <= left.created_at


def _kind(kind: RollbackKind | str | None) -> RollbackKind:
    if kind is None:
        raise UsageError("say which kind of rollback: --exact or --with-current-policy", hint=_BOTH)
    try:
        return RollbackKind(kind)
    except ValueError:
        raise UsageError(f"{str(kind)[:80]!r} is no kind of rollback", hint=_BOTH) from None


def _tag(to: str) -> str:
    tag = tag_of(to) if is_full_id(to) else to
    if revision_of(tag) is None:
        raise UsageError(f"{to[:80]!r} is not a release", hint="name it in full: git-<full commit id>", freight=to)
    return tag


# --- what the stage held before -------------------------------------------------------------------


def _step(  # noqa: PLR0917 (one stage of the call, all of it needed)
    tip: GitopsTree, app: App, stage: Stage, tag: str, kind: RollbackKind, commit: str | None
) -> _Step:
    gitops = tip.repository
    plan, _ = stage_plan(tip, app, stage, _any_release(tip, app, tag))
    held = read_held(gitops, branch_ref(plan.branch), plan.path)
    if held.lock is None or held.tip is None:
        raise _refused(stage, tag, "it holds no release yet", f"promote one: freight promote {stage.name}")
    check_place(gitops, plan, held)
    found = _newest(gitops, held, plan, tag, kind) if commit is None else _named(gitops, held, plan, tag, kind, commit)
    return _Step(stage, plan, held, *found)


def _any_release(tip: GitopsTree, app: App, tag: str) -> Snapshot:
    """The release that the stage's place is worked out for: a damaged ``current/`` must not stand in the way."""
    try:
        return read_snapshot(tip, app)
    except (RecordError, UsageError):
        return read_snapshot(tip, app, tag)


def _newest(repository: Repository, held: Held, plan: StagePlan, tag: str, kind: RollbackKind) -> tuple[str, Held]:
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
        raise _refused(plan.stage, tag, why, f"render it: freight rollback {plan.stage.name} --with-current-policy")
    if cut:
        why = f"this clone does not show all that {plan.branch} held"
        raise _refused(plan.stage, tag, why, "fetch its whole history first: git fetch --unshallow")
    never = f"it never held that release on {plan.branch}"
    raise _refused(plan.stage, tag, never, f"promote it: freight promote {plan.stage.name} --freight {tag}")


def _named(  # noqa: PLR0917
    repository: Repository, held: Held, plan: StagePlan, tag: str, kind: RollbackKind, revision: str
) -> tuple[str, Held]:
    commit = revision if is_full_id(revision) else repository.resolve(revision)
    see = f"name one that freight log {plan.stage.name} lists"
    if not _was_tip(repository, held, commit):
        raise _refused(plan.stage, tag, f"{plan.branch} was never at {commit[:12]}", see)
    past = held_at(repository, held.ref, held.path, commit)
    if not _is_of(past, plan, tag):
        raise _refused(plan.stage, tag, f"it held {past.tag or 'no release'} at {commit[:12]}", see)
    if kind is RollbackKind.EXACT and past.edited:
        raise _refused(plan.stage, tag, f"its manifests were changed by hand at {commit[:12]}", see)
    return commit, past


def _was_tip(repository: Repository, held: Held, commit: str) -> bool:
    at = held.tip
    while at is not None and at != commit:
        try:
            at = next(iter(repository.read_commit(at).parents), None)
        except RevisionError:
            return False  # a clone without the earlier history
    return at is not None


def _is_of(past: Held, plan: StagePlan, tag: str) -> bool:
    lock = past.lock
    return lock is not None and (lock.app, lock.stage, lock.freight.tag) == (plan.app.name, plan.stage.name, tag)


def _refused(stage: Stage, tag: str, why: str, hint: str) -> PromotionBlockedError:
    return PromotionBlockedError(
        f"{stage.name} was not rolled back to {tag}: {why}", hint=hint, stage=stage.name, tag=tag
    )


# --- what it gets ---------------------------------------------------------------------------------


def _renderings(  # noqa: PLR0917
    tip: GitopsTree, app: App, steps: Sequence[_Step], tag: str, kind: RollbackKind, limits: Limits | None
) -> list[Rendering]:
    if kind is RollbackKind.EXACT:
        return [_as_it_was(tip.repository, step) for step in steps]
    snapshot = verified(tip, app, tag)
    made = render_inputs([stage_inputs(tip, app, step.stage, snapshot) for step in steps], limits)
    return [evolve(one, lock=step.lock(one.lock, kind)) for step, one in zip(steps, made, strict=True)]


def _as_it_was(repository: Repository, step: _Step) -> Rendering:
    lock = step.past.lock
    assert lock is not None  # noqa: S101 (a step has one)
    files = _files(repository, step.past)
    if build_files(IdStore(algorithm=algorithm_of(lock.manifests)), files.items()) != lock.manifests:
        why = f"{step.commit[:12]} holds what no promotion writes there (modes, links)"
        raise _refused(step.stage, lock.freight.tag, why, "render it: --with-current-policy")
    return Rendering(
        app=step.plan.app.name,
        stage=step.stage.name,
        branch=step.plan.branch,
        path=step.plan.path,
        lock=step.lock(lock, RollbackKind.EXACT),
        files=files,
        manifests=(),
    )


def _files(repository: Repository, past: Held) -> Mapping[str, bytes]:
    found = manifest_entries(repository, past)
    return {path: repository.read_blob(found[path].id) for path in sorted(found) if found[path].mode != Mode.SUBMODULE}


def _subject(repository: Repository, step: _Step) -> Subject:
    lock = step.past.lock
    freight = None
    if lock is not None:
        with suppress(FreightError):  # a clone that lacks it: it is only told of
            then = GitopsTree.at(repository, lock.freight.commit)
            freight = read_snapshot(then, step.plan.app, lock.freight.tag).freight
    return Subject(step.plan.app, step.stage, step.held, freight)


def _carried_out(writer: Writer, subject: Subject, step: _Step, rendering: Rendering, request: Request) -> Promotion:
    plan, held = step.plan, step.held
    start = Promotion(
        app=plan.app.name,
        stage=plan.stage.name,
        outcome=Outcome.UNCHANGED,
        branch=plan.branch,
        base=plan.branch,
        path=plan.path,
        tag=rendering.lock.freight.tag,
        previous_tag=held.tag,
        commit=None,
        lock=rendering.lock,
        notes=rendering.notes,
        edited=held.edited,
    )
    done = carry_out(writer, subject, start, rendering, request)
    untouched = done.outcome is Outcome.UNCHANGED and done.branch == done.base
    return evolve(done, lock=held.lock) if untouched and held.lock is not None else done
