"""Checks that a proposal is approved as it is now: by the forge's reviews, or by the commit that the caller names."""

from __future__ import annotations

from freightlib.git.contract import Repository
from freightlib.plugins.contracts import PullRequest
from freightlib.promotion.pull_requests import PullRequests
from freightlib.rendering.branch import BranchState


def pull_request_of(desk: PullRequests, head: str, base: str) -> PullRequest | None:
    """Return the open pull request with its reviews, if the forge supports reviews. Raises ForgeError."""
    if not (desk.reached and desk.forge.reviews):
        return None
    found = desk.find(head, base)
    return desk.forge.reviewed(desk.place, found.number) if found is not None and found.state == "open" else None


def review_objection(desk: PullRequests, found: PullRequest | None, commit: str) -> str | None:
    """Return why the forge's reviews do not allow ``commit`` to land, or ``None``; ``None`` also without reviews."""
    if not (desk.reached and desk.forge.reviews):
        return None
    if found is None:
        return f"no pull request for it is open on {desk.place.name}"
    if found.head_commit != commit:
        return f"{found.url} shows {found.head_commit[:12]}, not {commit[:12]}"
    if found.objections:
        return f"{', '.join(found.objections)} asked for changes in {found.url}"
    return None if any(approval.commit == commit for approval in found.approvals) else _unapproved(found, commit)


def _unapproved(found: PullRequest, commit: str) -> str:
    if not found.approvals:
        return f"nobody has approved {found.url}"
    others = sorted({(approval.commit or "an unknown commit")[:17] for approval in found.approvals})
    return f"what was approved in {found.url} is {', '.join(others)}, not {commit[:12]}"


def named_objection(
    repository: Repository, desk: PullRequests, proposal: BranchState, base: BranchState, approved: str | None
) -> str | None:
    """Return why the commit ``approved`` does not cover what would land, or ``None``.

    It need not be the proposal's commit, for example if the proposal was moved to a newer base after the approval. But
    it must hold the same manifests from the same inputs, and its parent must hold the same output as the branch now.
    """
    if approved is None:
        knows = desk.reached and desk.forge.reviews
        return None if knows else f"the forge {desk.place.name} has no reviews, and no approved commit was given"
    if approved == proposal.tip:
        return None
    if desk.reached and desk.forge.reviews:
        return f"{approved[:12]} was approved, and {str(proposal.tip)[:12]} is proposed"
    held = BranchState.read(repository, proposal.ref, proposal.path, tip=approved)
    parents = repository.read_commit(approved).parents
    before = (
        BranchState.read(repository, base.ref, base.path, tip=parents[0], damaged="ignore").output if parents else None
    )
    if held.lock is None or held.edited or proposal.lock is None or held.manifests != proposal.manifests:
        return f"{approved[:12]} was approved, but its manifests differ from those of {str(proposal.tip)[:12]}"
    if not held.lock.same_inputs(proposal.lock):
        return f"{approved[:12]} was approved, but it was rendered from other inputs"
    return (
        None if before == base.output else f"{base.ref} has changed in {base.path} since {approved[:12]} was proposed"
    )
