"""The proposal branch of a reviewed stage: its name, its base, and what it proposes already."""

from __future__ import annotations

from freightlib.gitops import branch_ref
from freightlib.promote.values import Promotion
from freightlib.promote.writer import Writer
from freightlib.rendered import read_held


def proposal_branch(app: str, stage: str) -> str:
    """The branch that a reviewed stage's changes are proposed on: one for each stage, of a fixed name."""
    return f"proposal/{app}/{stage}"


def proposal_parent(writer: Writer, promotion: Promotion) -> str:
    """The commit a proposal is based on: the rendered branch's tip.

    A pull request needs a base: where there is no branch yet, it is started with an empty commit, so that the first
    request shows every manifest as added.
    """
    ref = branch_ref(promotion.base)
    return writer.tip(ref) or writer.commit(ref, None, writer.repository.write_tree(()), f"Start {promotion.base}\n")


def is_proposed(writer: Writer, ref: str, parent: str | None, promotion: Promotion) -> bool:
    """Whether the proposal branch proposes these manifests, from these inputs, on this very base already."""
    held = read_held(writer.repository, ref, promotion.path, tip=writer.tip(ref))
    if held.tip is None or held.lock is None or writer.repository.read_commit(held.tip).parents != (parent,):
        return False
    lock = promotion.lock
    same = held.lock.manifests == lock.manifests and held.lock.rollback == lock.rollback
    return same and not held.edited and held.lock.same_inputs(lock)
