"""The proposal branch of a reviewed stage: what it is called, whose commits are on it, when it goes."""

from __future__ import annotations

from attrs import evolve, frozen

from freightlib.errors import PromotionBlockedError
from freightlib.git.contract import Commit, Repository
from freightlib.git.grafting import IdStore, graft
from freightlib.git.trees import algorithm_of
from freightlib.models import RenderLock
from freightlib.models.text import one_line
from freightlib.promotion.commits import Writer, message
from freightlib.promotion.output import output_tree
from freightlib.promotion.result import Outcome, Promotion
from freightlib.rendering.branch import BranchState
from freightlib.rendering.run import StageRendering
from freightlib.warehouse.gitops_tree import branch_ref


@frozen
class Request:
    """How a promotion was asked for: ``dry_run`` writes nothing, ``force`` sets rules aside, such as the one that what
    others committed on a proposal is not dropped.
    """

    dry_run: bool = False
    force: bool = False


def proposal_branch(app: str, stage: str) -> str:
    """The branch that a reviewed stage's changes are proposed on: one for each stage, of a fixed name."""
    return f"proposal/{app}/{stage}"


def propose(
    writer: Writer, base: BranchState, promotion: Promotion, rendering: StageRendering, request: Request
) -> Promotion:
    """Put the rendering on the proposal branch, unless it proposes just that. A dry run only says so.

    Raises PromotionBlockedError when that would overwrite what others committed there.
    """
    branch = proposal_branch(promotion.app, promotion.stage)
    promotion = evolve(promotion, outcome=Outcome.PROPOSED, branch=branch)
    ref, onto = branch_ref(branch), branch_ref(promotion.base)
    proposed = _proposed(writer, ref, writer.tip(onto), promotion)
    if proposed is not None:
        # its own lock: an unrelated commit on the GitOps branch must not change what the pull request says
        return evolve(promotion, outcome=Outcome.UNCHANGED, lock=proposed)
    edits = _override(writer, ref, base, promotion, force=request.force)
    promotion = evolve(promotion, lock=evolve(promotion.lock, overrides=(*promotion.lock.overrides, *edits)))
    if request.dry_run:
        return promotion
    parent = writer.tip(onto)
    if parent is None:
        # a pull request needs a base: an empty first commit, so that the request shows every manifest as added
        parent = writer.commit(onto, None, writer.repository.write_tree(()), f"Start {promotion.base}\n")
    tree = output_tree(writer.repository, parent, promotion, rendering)
    return evolve(promotion, commit=writer.commit(ref, parent, tree, message(promotion)))


def withdraw(writer: Writer, base: BranchState, promotion: Promotion, request: Request) -> Promotion:
    """Take the proposal branch away, as nothing differs any more: because it has landed, or because it is overtaken.

    Raises PromotionBlockedError when others committed on it what is nowhere else.
    """
    branch = proposal_branch(promotion.app, promotion.stage)
    ref = branch_ref(branch)
    tip = writer.tip(ref)
    if tip is None:
        return promotion
    if _has_landed(writer.repository, tip, base, promotion):
        writer.delete(ref)
        return evolve(promotion, notes=(*promotion.notes, f"{branch} has landed and is removed"))
    _override(writer, ref, base, promotion, force=request.force)
    writer.delete(ref)
    return evolve(promotion, outcome=Outcome.WITHDRAWN, branch=branch)


def _proposed(writer: Writer, ref: str, base: str | None, promotion: Promotion) -> RenderLock | None:
    """The lock on the proposal branch, if it proposes these manifests, from these inputs, on this very base already."""
    tip = writer.tip(ref)
    if tip is None or base is None:
        return None
    held, commit = (
        BranchState.read(writer.repository, ref, promotion.path, tip=tip, damaged="ignore"),
        writer.repository.read_commit(tip),
    )
    if held.lock is None or held.edited or commit.parents != (base,):
        return None
    lock = promotion.lock
    same = held.lock.manifests == lock.manifests and held.lock.same_inputs(lock) and held.lock.rollback == lock.rollback
    return held.lock if same and only_inside(writer.repository, commit, promotion.path) else None


def _has_landed(repository: Repository, tip: str, base: BranchState, promotion: Promotion) -> bool:
    """Whether the rendered branch holds all that is on the proposal, by whichever kind of merge it came there.

    After a squash or rebase that is told by contents: the whole tree, or the output where nobody touched the rest.
    """
    if base.tip is None:
        return False
    commit, held = (
        repository.read_commit(tip),
        BranchState.read(repository, "", promotion.path, tip=tip, damaged="ignore"),
    )
    if commit.tree == repository.read_commit(base.tip).tree:
        return True
    if _same_output(held, base) and is_ours(repository, commit, promotion):
        return True
    return any(known.id == tip for known in repository.history(base.tip))


def _same_output(one: BranchState, other: BranchState) -> bool:
    if one.lock is None or other.lock is None or one.manifests != other.manifests:
        return False
    return one.lock.same_inputs(other.lock)


def _override(writer: Writer, ref: str, base: BranchState, promotion: Promotion, *, force: bool) -> tuple[str, ...]:
    """What is set aside when the branch's commits are dropped. Raises PromotionBlockedError without ``force``."""
    tip = writer.tip(ref)
    if tip is None:
        return ()
    commit = writer.repository.read_commit(tip)
    if is_ours(writer.repository, commit, promotion) or _has_landed(writer.repository, tip, base, promotion):
        return ()
    branch = ref.removeprefix("refs/heads/")
    told = f"{branch} was changed by hand: {tip[:12]} by {one_line(commit.author.name)[:60]}"
    if not force:
        raise PromotionBlockedError(
            f"{promotion.tag} was not promoted: {told} ({one_line(commit.message.partition(chr(10))[0])[:80]})",
            hint="bring that change into policy or the package, then drop it from the proposal with --force",
            stage=promotion.stage,
            tag=promotion.tag,
            branch=branch,
            commit=tip,
        )
    return (told,)


def is_ours(repository: Repository, commit: Commit, promotion: Promotion) -> bool:
    """Whether freightlib made this commit of a proposal: its parent with one stage's manifests and their lock.

    Only ids are compared. What differs outside the output path, a lock that does not name the manifests, a merge, and a
    message without the manifests' id are all somebody else's.
    """
    held = BranchState.read(repository, "", promotion.path, tip=commit.id, damaged="ignore")
    if held.lock is None or held.edited or len(commit.parents) != 1:
        return False
    if (held.lock.app, held.lock.stage) != (promotion.app, promotion.stage):
        return False
    told = f"\nFreight-Manifests: {held.lock.manifests}\n" in commit.message
    return told and only_inside(repository, commit, promotion.path)


def only_inside(repository: Repository, commit: Commit, path: str) -> bool:
    """Whether the commit changes nothing outside ``path`` against its first parent."""
    before = repository.read_commit(commit.parents[0])
    ids = IdStore(repository.read_tree, algorithm_of(commit.tree))
    return graft(ids, commit.tree, path, None) == graft(ids, before.tree, path, None)
