"""Promotes a release to stages: verifies it, renders it, and commits manifests and lock to the rendered branches.

    from freightlib import promote

    for promotion in promote("gitops", ["staging", "test"]):
        print(promotion.stage, promotion.outcome, promotion.tag, promotion.commit)

Stages are promoted in pipeline order, upstream first. A stage takes only a release that its upstream stages hold, or
get in the same call. All branches move together, or none moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve

from freightlib.errors import UsageError
from freightlib.git.contract import Identity, Repository
from freightlib.git.moving import move_refs
from freightlib.models import App, Stage
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import committer, open_repository
from freightlib.promotion.apply import Made, apply, run_promotions
from freightlib.promotion.candidates import Candidate, Pipeline
from freightlib.promotion.commits import Writer
from freightlib.promotion.gatekeeper import Gatekeeper
from freightlib.promotion.proposal import Request, withdraw
from freightlib.promotion.pull_requests import PullRequests
from freightlib.promotion.result import Promotion
from freightlib.promotion.stage_target import StageTarget
from freightlib.rendering.output_paths import check_room
from freightlib.rendering.run import StageRendering, render_inputs
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.verify.entry import verified


def promote(
    repository: str | Path | Repository,
    stages: str | Sequence[str],
    *,
    freight: str | None = None,
    policy: str | None = None,
    force: bool = False,
    check_deterministic: bool = False,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> tuple[Promotion, ...]:
    """Promote a release to ``stages``; the results are in pipeline order.

    ``freight`` is a tag or full source commit id (default: the release in ``current/``), ``policy`` a revision of the
    GitOps repository (default: the tip of the GitOps branch). ``now`` is the time for gates and commits (with a time
    zone; default: the current time). ``sign`` says whether the commits are signed (default: as git is configured).
    ``dry_run`` writes nothing.

    ``force`` promotes a stage although a gate does not pass or its lock is damaged, and records that in the new lock.
    It also lets a renamed stage take over the output path of its old name. It never promotes a release that somebody
    blocked. ``check_deterministic`` renders every stage twice, whatever ``render.renderTwice`` says, even a stage whose
    inputs have not changed.

    A reviewed stage gets a proposal branch. After all branches have moved, the forge is asked for the pull request; an
    error of the forge is the promotion's ``problem``. Commits of others on a proposal branch block the call, unless
    ``force`` drops them.

    Raises PromotionBlockedError (nothing was written), VerificationError, ProjectError, RenderError, GitError.
    """
    if not stages:
        raise UsageError("no stage was named", hint="name one or more: freight promote staging test")
    gitops = open_repository(repository, backend=backend)
    who, request = committer(gitops, author, now), Request(dry_run, force)

    def attempt() -> Made:
        ref, tip = gitops_tip(gitops, branch)
        policy_tree = GitopsTree.at(gitops, policy) if policy else tip
        target = project_at(policy_tree).app(app)
        snapshot = verified(tip, target, freight)
        gatekeeper = Gatekeeper.at(gitops, tip, target, now, foreign=policy is not None)
        pipeline = Pipeline(gitops, ref, policy_tree, target, snapshot, force, gatekeeper)
        ordered = target.ordered(stages)
        _check_forge(gitops, target, ordered)
        candidates = pipeline.candidates(ordered)
        rendered = _rendered(gitops, candidates, limits, twice=check_deterministic, force=force)
        # if two candidates saw one branch at different tips, keep the first: the update then fails as a conflict
        writer = Writer(gitops, who, {one.held.ref: one.held.tip for one in reversed(candidates)})
        made = [(subject_of(one), _promote_one(writer, one, rendered, request)) for one in candidates]
        if not dry_run and (updates := writer.updates()):
            move_refs(gitops, updates, f"freight promote {snapshot.freight.tag}")
        return made, writer.before

    return run_promotions(gitops, attempt, request, sign)


def _check_forge(gitops: Repository, app: App, stages: Sequence[Stage]) -> None:
    """Raise PluginError for a forge that is not installed, before anything is written."""
    if any(stage.review for stage in stages):
        PullRequests.of(gitops, app)


def _rendered(
    gitops: Repository, candidates: Sequence[Candidate], limits: Limits | None, *, twice: bool, force: bool
) -> dict[str, StageRendering]:
    """Render each stage whose inputs are new; return stage -> rendering. Raises RenderError, and what checks raise."""
    # a stage with unchanged inputs is rendered only for the determinism check
    waiting = [one for one in candidates if twice or one.inputs.plan.twice == "always" or not one.settled]
    for one in waiting:
        check_room(gitops, one.inputs, one.held, renamed=force)
    made = render_inputs([one.inputs for one in waiting], limits, check_deterministic=twice)
    return dict(zip((one.stage.name for one in waiting), made, strict=True))


def _promote_one(
    writer: Writer, candidate: Candidate, rendered: Mapping[str, StageRendering], request: Request
) -> Promotion:
    plan, held, rendering = candidate.inputs.plan, candidate.held, rendered.get(candidate.stage.name)
    settled = rendering is None or candidate.settled
    lock = held.lock if settled and held.lock is not None else candidate.inputs.lock("")
    result = Promotion.unmoved(plan, held, candidate.inputs.snapshot.freight.tag, lock, moved=candidate.moved)
    subject = subject_of(candidate)
    if rendering is None or settled:
        result = evolve(result, notes=() if rendering is None else rendering.notes)
        return withdraw(writer, held, result, request) if subject.reviewed else result
    result = evolve(result, lock=evolve(rendering.lock, overrides=candidate.overrides), notes=rendering.notes)
    return apply(writer, subject, result, rendering, request)


def subject_of(candidate: Candidate) -> StageTarget:
    """Return the stage, what it holds and its release from a candidate."""
    inputs = candidate.inputs
    return StageTarget(inputs.plan.app, candidate.stage, candidate.held, inputs.snapshot.freight)
