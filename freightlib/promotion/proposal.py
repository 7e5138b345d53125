"""Manages the proposal branch of a reviewed stage: its name, its commit, and when it is deleted."""

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
    """The options of a promotion: ``dry_run`` writes nothing, ``force`` sets rules aside.

    One of these rules is that commits of others on a proposal branch are not dropped.
    """

    dry_run: bool = False
    force: bool = False


def proposal_branch(app: str, stage: str) -> str:
    """Return the name of the proposal branch of a reviewed stage."""
    return f"proposal/{app}/{stage}"


def propose(
    writer: Writer, base: BranchState, promotion: Promotion, rendering: StageRendering, request: Request
) -> Promotion:
    """Commit the rendering to the proposal branch, unless the same is proposed there already. A dry run writes nothing.

    Raises PromotionBlockedError if this would overwrite commits of others there.
    """
    branch = proposal_branch(promotion.app, promotion.stage)
    promotion = evolve(promotion, outcome=Outcome.PROPOSED, branch=branch)
    ref, onto = branch_ref(branch), branch_ref(promotion.base)
    proposed = _proposed(writer, ref, writer.tip(onto), promotion)
    if proposed is not None:
        # keep the lock of the proposal: an unrelated commit on the GitOps branch must not change the pull request
        return evolve(promotion, outcome=Outcome.UNCHANGED, lock=proposed)
    edits = _override(writer, ref, base, promotion, force=request.force)
    promotion = evolve(promotion, lock=evolve(promotion.lock, overrides=(*promotion.lock.overrides, *edits)))
    if request.dry_run:
        return promotion
    parent = writer.tip(onto)
    if parent is None:
        # a pull request needs a base: with an empty first commit it shows every manifest as added
        parent = writer.commit(onto, None, writer.repository.write_tree(()), f"Start {promotion.base}\n")
    tree = output_tree(writer.repository, parent, promotion, rendering)
    return evolve(promotion, commit=writer.commit(ref, parent, tree, message(promotion)))


def withdraw(writer: Writer, base: BranchState, promotion: Promotion, request: Request) -> Promotion:
    """Delete the proposal branch if there is one: the stage already holds what would be proposed.

    The proposal has landed, or it is out of date. Raises PromotionBlockedError if others have commits on it that are
    nowhere else.
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
    """Return the lock on the proposal branch if it already proposes these manifests, inputs and base, else ``None``."""
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
    """Return True if the rendered branch contains the proposal, after any kind of merge.

    After a squash or rebase the contents are compared: the whole tree, or the output if nobody changed anything else.
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
    """Return the override for dropping commits of others. Raises PromotionBlockedError without ``force``."""
    tip = writer.tip(ref)
    if tip is None:
        return ()
    commit = writer.repository.read_commit(tip)
    if is_ours(writer.repository, commit, promotion) or _has_landed(writer.repository, tip, base, promotion):
        return ()
    branch = ref.removeprefix("refs/heads/")
    edit = f"{branch} was changed by hand: {tip[:12]} by {one_line(commit.author.name)[:60]}"
    if not force:
        raise PromotionBlockedError(
            f"{promotion.tag} was not promoted: {edit} ({one_line(commit.message.partition(chr(10))[0])[:80]})",
            hint="make that change in policy or in the package, then drop it from the proposal with --force",
            stage=promotion.stage,
            tag=promotion.tag,
            branch=branch,
            commit=tip,
        )
    return (edit,)


def is_ours(repository: Repository, commit: Commit, promotion: Promotion) -> bool:
    """Return True if freightlib made this commit of a proposal: it changes only one stage's manifests and lock.

    Only ids are compared. A commit is somebody else's if it changes other paths, if its lock does not name its
    manifests, if it is a merge, or if its message lacks the manifests' id.
    """
    held = BranchState.read(repository, "", promotion.path, tip=commit.id, damaged="ignore")
    if held.lock is None or held.edited or len(commit.parents) != 1:
        return False
    if (held.lock.app, held.lock.stage) != (promotion.app, promotion.stage):
        return False
    has_trailer = f"\nFreight-Manifests: {held.lock.manifests}\n" in commit.message
    return has_trailer and only_inside(repository, commit, promotion.path)


def only_inside(repository: Repository, commit: Commit, path: str) -> bool:
    """Return True if the commit changes nothing outside ``path``, compared with its first parent."""
    before = repository.read_commit(commit.parents[0])
    ids = IdStore(repository.read_tree, algorithm_of(commit.tree))
    return graft(ids, commit.tree, path, None) == graft(ids, before.tree, path, None)
