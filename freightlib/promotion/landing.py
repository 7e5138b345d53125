"""Loads an open proposal, checks that it is what its lock says, and puts it onto the rendered branch."""

from __future__ import annotations

from attrs import evolve, frozen

from freightlib.errors import FreightError, GitError, PromotionBlockedError, RemoteRejectedError, UsageError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.moving import move_refs
from freightlib.git.trees import Entry, Mode
from freightlib.models import ROLLBACK_EXACT, App, RenderLock, Stage
from freightlib.models.project import REVIEW_PULL_REQUEST
from freightlib.plugins.contracts import Limits, PullRequest
from freightlib.promotion.exact_rollback import proposed_back
from freightlib.promotion.proposal import only_inside, proposal_branch
from freightlib.promotion.pull_requests import PullRequests
from freightlib.promotion.result import Outcome, Promotion
from freightlib.rendering.branch import BranchState
from freightlib.rendering.changes import changes
from freightlib.rendering.inputs import StageInputs, stage_inputs, stage_plan
from freightlib.rendering.run import StageRendering, render_inputs
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref, gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot
from freightlib.warehouse.verify.entry import verified


@frozen
class Waiting:
    """A checked proposal: its commit ``head``, its lock, its rendering, and the rendered branch (``base``)."""

    repository: Repository
    desk: PullRequests
    branch: str
    head: str
    proposal: BranchState
    lock: RenderLock
    base: BranchState
    rendering: StageRendering

    def blocked(self, why: str, hint: str) -> PromotionBlockedError:
        """Make the error for a proposal that must not land."""
        return _blocked(self.lock.stage, self.lock.freight.tag, why, hint)


def waiting_proposal(
    gitops: Repository, name: str, app: str | None, branch: str | None, limits: Limits | None
) -> Waiting:
    """Load the open proposal of the stage and check that it is what its lock says.

    Raises PromotionBlockedError if there is no proposal, or if it fails the check.
    """
    _, tip = gitops_tip(gitops, branch)
    target = project_at(tip).app(app)
    stage = _reviewed(target, name)
    desk = PullRequests.of(gitops, target)
    plan, _ = stage_plan(tip, target, stage, read_snapshot(tip, target))
    proposed = proposal_branch(target.name, name)
    proposal = BranchState.read(gitops, branch_ref(proposed), plan.path)
    again = f"propose it again: freight promote {name}"
    if proposal.tip is None:
        raise _blocked(name, None, f"there is no {proposed}, so nothing is proposed", again)
    if proposal.lock is None:
        raise _blocked(name, None, f"{proposed} holds no lock at {plan.path}", again)
    lock = proposal.lock
    base = BranchState.read(gitops, branch_ref(plan.branch), plan.path)
    if lock.rollback is not None and lock.rollback.kind == ROLLBACK_EXACT:
        rendering = _put_back(gitops, proposal, base, lock)
    else:
        rendering = _rendered(gitops, proposal, base, _locked_inputs(tip, target, name, lock), limits)
    return Waiting(gitops, desk, proposed, proposal.tip, proposal, lock, base, rendering)


def _rendered(
    gitops: Repository, proposal: BranchState, base: BranchState, inputs: StageInputs, limits: Limits | None
) -> StageRendering:
    name, tag = inputs.plan.stage.name, inputs.snapshot.freight.tag
    again = f"propose it again: freight promote {name}"
    why = _objection(gitops, proposal, base, inputs)
    if why:
        raise _blocked(name, tag, why, again)
    (rendering,) = render_inputs([inputs], limits)
    if proposal.lock is None or rendering.lock.manifests != proposal.lock.manifests:
        raise _blocked(name, tag, f"{_branch(proposal)} is not what its locked inputs render to", again)
    return rendering


def _put_back(gitops: Repository, proposal: BranchState, base: BranchState, lock: RenderLock) -> StageRendering:
    """Check the proposal of an exact rollback without rendering: it must be what the branch once held."""
    again = f"propose it again: freight rollback {lock.stage} --to {lock.freight.tag} --exact"
    if proposal.edited:
        why = "its manifests are not the ones that its lock names: they were changed by hand"
        raise _blocked(lock.stage, lock.freight.tag, why, again)
    made = proposed_back(gitops, base, lock)
    if made is None:
        why = f"{_branch(proposal)} is not what {_branch(base)} held at the commit that its lock names"
        raise _blocked(lock.stage, lock.freight.tag, why, again)
    why_moved = _moved(gitops, str(proposal.tip), base)
    if why_moved:
        raise _blocked(lock.stage, lock.freight.tag, why_moved, again)
    return made


def _branch(held: BranchState) -> str:
    return held.ref.removeprefix("refs/heads/")


def _reviewed(app: App, name: str) -> Stage:
    stage = app.stage(name)
    if stage.review != REVIEW_PULL_REQUEST:
        raise UsageError(
            f"stage {name} of {app.name} is not reviewed, so it has no proposal to land",
            hint=f"promote it: freight promote {name}",
            stage=name,
        )
    return stage


def _locked_inputs(tip: GitopsTree, app: App, name: str, lock: RenderLock) -> StageInputs:
    """Return the inputs that the lock names: the release as published now, and the policy at the locked commit."""
    snapshot = verified(tip, app, lock.freight.tag)
    policy = GitopsTree.at(tip.repository, lock.policy.commit)
    locked = project_at(policy, check_requires=False).app(app.name)
    return stage_inputs(policy, locked, locked.stage(name), snapshot)


def _objection(gitops: Repository, proposal: BranchState, base: BranchState, inputs: StageInputs) -> str | None:
    """Return why the proposal is not what its lock says, comparing ids only; ``None`` if it is."""
    lock = proposal.lock
    assert lock is not None  # noqa: S101 (the caller looked)
    if (lock.app, lock.stage) != (inputs.plan.app.name, inputs.plan.stage.name):
        return f"its lock is that of {lock.app} {lock.stage}"
    if proposal.edited:
        return "its manifests are not the ones that its lock names: they were changed by hand"
    if not lock.same_inputs(inputs.lock(lock.manifests)):
        return "its lock names other inputs than its release, its policy and the renderer installed here give"
    if (inputs.plan.branch, inputs.plan.path) != (base.ref.removeprefix("refs/heads/"), base.path):
        return "the stage is now rendered to another branch or path"
    return _moved(gitops, str(proposal.tip), base)


def _moved(gitops: Repository, head: str, base: BranchState) -> str | None:
    """Return why the proposal is not a single commit that changes only the output which the branch holds now."""
    commit = gitops.read_commit(head)
    if len(commit.parents) != 1 or not only_inside(gitops, commit, base.path):
        return f"it changes more than {base.path}"
    before = BranchState.read(gitops, base.ref, base.path, tip=commit.parents[0], damaged="ignore")
    return None if before.output == base.output else f"{base.ref} has changed in {base.path} since"


def _blocked(stage: str, tag: str | None, why: str, hint: str) -> PromotionBlockedError:
    what = f"{tag} was not landed on {stage}" if tag else f"nothing was landed on {stage}"
    return PromotionBlockedError(f"{what}: {why}", hint=hint, stage=stage, tag=tag)


def landing_result(waiting: Waiting, found: PullRequest | None) -> Promotion:
    """Return the result of landing the proposal, before anything is written."""
    rendering = waiting.rendering
    return Promotion(
        app=rendering.app,
        stage=rendering.stage,
        outcome=Outcome.LANDED,
        branch=rendering.branch,
        base=rendering.branch,
        path=rendering.path,
        tag=waiting.lock.freight.tag,
        previous_tag=waiting.base.tag,
        commit=None,
        lock=waiting.lock,
        changes=changes(waiting.repository, waiting.base, rendering.files),
        notes=rendering.notes,
        edited=waiting.base.edited,
        pull_request=found,
    )


def landed(waiting: Waiting, result: Promotion, who: Identity) -> Promotion:
    """Move the rendered branch to the proposal and delete the proposal branch, in one step."""
    commit = _commit(waiting, who)
    moves = (
        RefUpdate(waiting.base.ref, waiting.base.tip, commit),
        RefUpdate(waiting.proposal.ref, waiting.head, None),
    )
    try:
        move_refs(waiting.repository, moves, f"freight promote --land {result.tag}")
    except RemoteRejectedError:
        if result.pull_request is None:
            raise
        return _merged(waiting, result, result.pull_request)
    result = evolve(result, commit=commit)
    return result if commit == waiting.head else _closed(waiting, result)


def _commit(waiting: Waiting, who: Identity) -> str:
    """Return the proposal's own commit or, if the branch has changed in other paths, a commit with the same output."""
    repository, base = waiting.repository, waiting.base
    proposed = repository.read_commit(waiting.head)
    if base.tip is None or proposed.parents == (base.tip,):
        return waiting.head
    output = Entry("", Mode.TREE, str(waiting.proposal.output))
    tree = graft(repository, repository.read_commit(base.tip).tree, base.path, output)
    return repository.write_commit(tree, (base.tip,), proposed.message, who)


def _merged(waiting: Waiting, result: Promotion, found: PullRequest) -> Promotion:
    """Let the forge merge the approved commit: the remote refuses pushes to the rendered branch."""
    waiting.desk.forge.merge(waiting.desk.place, found.number, waiting.head)
    repository, notes = waiting.repository, list(result.notes)
    try:
        repository.refresh()
        if repository.ref(waiting.proposal.ref) is not None:
            move_refs(repository, (RefUpdate(waiting.proposal.ref, waiting.head, None),), "freight promote --land")
    except GitError as error:  # it has landed; the next promotion removes the branch that is left
        notes.append(f"{waiting.branch} was merged but not removed: {error.message}")
    tip = repository.ref(waiting.base.ref)
    if tip == waiting.base.tip:
        notes.append(f"{waiting.desk.place.name} merged it; fetch {result.base} to see it here")
        return evolve(result, notes=tuple(notes))
    if BranchState.read(repository, waiting.base.ref, waiting.base.path, tip=tip).manifests != waiting.lock.manifests:
        notes.append(f"{result.base} now holds other manifests than those that were approved: check it")
    return evolve(result, commit=tip, notes=tuple(notes))


def _closed(waiting: Waiting, result: Promotion) -> Promotion:
    """Close the pull request: the forge cannot see that it has landed as another commit."""
    if not waiting.desk.reached:
        return result
    try:
        closed = waiting.desk.close(waiting.branch, result.base)
    except FreightError as error:
        return evolve(result, problem=waiting.desk.problem(error))
    return evolve(result, pull_request=closed or result.pull_request)
