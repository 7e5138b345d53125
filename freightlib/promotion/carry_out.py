"""Puts a rendering in the place of what a stage held: on its branch, or, where it is reviewed, on its proposal."""

from __future__ import annotations

from attrs import evolve

from freightlib.promotion.commits import Writer, output_tree
from freightlib.promotion.messages import message
from freightlib.promotion.proposal import Request, propose, withdraw
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.subject import Subject
from freightlib.rendering.changes import changes
from freightlib.rendering.run import Rendering
from freightlib.warehouse.gitops_tree import branch_ref


def carry_out(
    writer: Writer, subject: Subject, promotion: Promotion, rendering: Rendering, request: Request
) -> Promotion:
    """What became of ``promotion``, which says where it goes and has the new lock. A dry run writes nothing.

    Raises PromotionBlockedError when that would overwrite what others committed on a proposal.
    """
    held = subject.held
    promotion = evolve(promotion, changes=changes(writer.repository, held, rendering.files))
    same = not promotion.changes and held.lock is not None
    if subject.reviewed:
        if same:
            return withdraw(writer, held, promotion, request)
        return propose(writer, held, promotion, rendering, request)
    if same and held.lock is not None and held.lock.same_inputs(promotion.lock) and not held.edited:
        return promotion
    promotion = evolve(promotion, outcome=Outcome.RECORDED if same else Outcome.PROMOTED)
    return promotion if request.dry_run else _commit(writer, promotion, rendering)


def _commit(writer: Writer, promotion: Promotion, rendering: Rendering) -> Promotion:
    ref = branch_ref(promotion.branch)
    parent = writer.tip(ref)
    tree = output_tree(writer.repository, parent, promotion, rendering)
    return evolve(promotion, commit=writer.commit(ref, parent, tree, message(promotion)))
