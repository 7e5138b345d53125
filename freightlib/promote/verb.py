"""The verb: judges the stages, renders what is new, and moves all branches in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from freightlib.apart import check_room
from freightlib.diff import changes
from freightlib.errors import UsageError
from freightlib.gitops import GitopsTree, branch_ref, gitops_tip, project_at
from freightlib.models.project import REVIEW_PULL_REQUEST
from freightlib.pipeline import Candidate, Pipeline
from freightlib.promote.messages import message
from freightlib.promote.proposal import is_proposed, proposal_branch, proposal_parent
from freightlib.promote.telling import told
from freightlib.promote.values import Outcome, Promotion
from freightlib.promote.writer import Writer, output_tree
from freightlib.protocols import Identity, Limits, Repository
from freightlib.publish import retried
from freightlib.render import Rendering, render_inputs, verified
from freightlib.rendered import Held
from freightlib.repositories import open_repository, signing
from freightlib.stages import app_of, stage_order


def promote(
    repository: str | Path | Repository,
    stages: Sequence[str],
    *,
    app: str | None = None,
    freight: str | None = None,
    policy: str | None = None,
    branch: str | None = None,
    dry_run: bool = False,
    force: bool = False,
    limits: Limits | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
) -> tuple[Promotion, ...]:
    """Promote a release to ``stages``; the results are in pipeline order.

    ``freight`` is a tag or full source commit id (default: what ``current/`` names), ``policy`` a revision of the
    GitOps repository (default: the tip of the GitOps branch). ``dry_run`` writes nothing. ``force`` promotes a stage
    whose upstream does not hold the release, or whose lock is damaged, and records that in the new lock; it also lets
    a stage take over the output path of another one (a stage that was renamed). ``sign`` says whether the commits are
    signed (default: as git is configured to).

    Raises PromotionBlockedError (nothing was written), VerificationError, ProjectError, RenderError, SigningError,
    GitError.
    """
    if not stages:
        raise UsageError("no stage was named", hint="name one or more: freight promote staging test")
    gitops = open_repository(repository)
    who = author or Identity(*gitops.identity(), datetime.now(UTC).replace(microsecond=0))

    def attempt() -> tuple[tuple[Promotion, ...], dict[str, str | None]]:
        ref, tip = gitops_tip(gitops, branch)
        policy_tree = GitopsTree.at(gitops, policy) if policy else tip
        target = app_of(project_at(policy_tree), app)
        snapshot = verified(tip, target, freight)
        pipeline = Pipeline(gitops, ref, policy_tree, target, snapshot, force)
        candidates = pipeline.candidates(stage_order(target, stages))
        waiting = [candidate for candidate in candidates if not candidate.settled]
        for candidate in waiting:
            check_room(gitops, candidate.inputs, candidate.held, renamed=force)
        rendered = dict(
            zip(
                (candidate.stage.name for candidate in waiting),
                render_inputs([candidate.inputs for candidate in waiting], limits),
                strict=True,
            )
        )
        # the first look at a branch counts: were it seen at two tips, the older one fails the comparison
        writer = Writer(gitops, who, {one.held.ref: one.held.tip for one in reversed(candidates)})
        made = tuple(
            _promote_one(writer, candidate, rendered.get(candidate.stage.name), dry_run) for candidate in candidates
        )
        if not dry_run and (updates := writer.updates()):
            gitops.move_refs(updates, reason=f"freight promote {snapshot.freight.tag}")
        return made, writer.before

    with signing(gitops, sign):
        made, before = retried(gitops, attempt)
    # told outside: what a listener raises must not promote again
    return tuple(told(one, before) for one in made)


def _promote_one(writer: Writer, candidate: Candidate, rendering: Rendering | None, dry_run: bool) -> Promotion:
    plan, held = candidate.inputs.plan, candidate.held
    result = Promotion(
        app=plan.app.name,
        stage=plan.stage.name,
        outcome=Outcome.UNCHANGED,
        branch=plan.branch,
        base=plan.branch,
        path=plan.path,
        tag=candidate.inputs.snapshot.freight.tag,
        previous_tag=held.tag,
        commit=None,
        lock=held.lock if rendering is None and held.lock is not None else candidate.inputs.lock(""),
        edited=held.edited,
    )
    if rendering is None:
        return result
    result = evolve(result, lock=evolve(rendering.lock, overrides=candidate.overrides), notes=rendering.notes)
    reviewed = plan.stage.review == REVIEW_PULL_REQUEST
    return carry_out(writer, result, held, rendering, reviewed=reviewed, dry_run=dry_run)


def carry_out(
    writer: Writer, result: Promotion, held: Held, rendering: Rendering, *, reviewed: bool, dry_run: bool
) -> Promotion:
    """Put a rendering in the place of what the stage held. ``result`` says which stage, and has the new lock."""
    found = changes(writer.repository, held, rendering.files)
    same = not found and held.lock is not None
    if same and (reviewed or (held.lock is not None and held.lock.same_inputs(result.lock) and not held.edited)):
        return result
    outcome = Outcome.RECORDED if same else Outcome.PROPOSED if reviewed else Outcome.PROMOTED
    result = evolve(result, outcome=outcome, changes=found)
    if reviewed:
        result = evolve(result, branch=proposal_branch(result.app, result.stage))
    return result if dry_run else _commit(writer, result, rendering)


def _commit(writer: Writer, promotion: Promotion, rendering: Rendering) -> Promotion:
    proposed = promotion.outcome is Outcome.PROPOSED
    parent = proposal_parent(writer, promotion) if proposed else writer.tip(branch_ref(promotion.base))
    ref = branch_ref(promotion.branch)
    if proposed and is_proposed(writer, ref, parent, promotion):
        return evolve(promotion, outcome=Outcome.UNCHANGED)
    tree = output_tree(writer.repository, parent, promotion, rendering)
    return evolve(promotion, commit=writer.commit(ref, parent, tree, message(promotion)))
