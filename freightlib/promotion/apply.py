"""Commits a rendering to the stage's branch or, for a reviewed stage, to its proposal branch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve

from freightlib.git.contract import Repository
from freightlib.git.retrying import retried
from freightlib.plugins.hooks import PromotedEvent
from freightlib.plugins.registry import registry
from freightlib.plugins.repositories import signing
from freightlib.promotion.commits import Writer, message
from freightlib.promotion.output import output_tree
from freightlib.promotion.proposal import Request, propose, withdraw
from freightlib.promotion.pull_requests import with_pull_request
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.stage_target import StageTarget
from freightlib.rendering.changes import changes
from freightlib.rendering.run import StageRendering
from freightlib.warehouse.gitops_tree import branch_ref


def apply(
    writer: Writer, subject: StageTarget, promotion: Promotion, rendering: StageRendering, request: Request
) -> Promotion:
    """Commit the rendering to the stage's branch or its proposal branch; return the updated Promotion.

    ``promotion`` names the branch and path and has the new lock. A dry run writes nothing. Raises PromotionBlockedError
    if this would overwrite commits of others on the proposal branch.
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


def _commit(writer: Writer, promotion: Promotion, rendering: StageRendering) -> Promotion:
    ref = branch_ref(promotion.branch)
    parent = writer.tip(ref)
    tree = output_tree(writer.repository, parent, promotion, rendering)
    return evolve(promotion, commit=writer.commit(ref, parent, tree, message(promotion)))


#: The promotion of each stage, and the branch tips that the decisions were based on.
Made: TypeAlias = tuple[Sequence[tuple[StageTarget, Promotion]], Mapping[str, str | None]]


def run_promotions(
    repository: Repository, attempt: Callable[[], Made], request: Request, sign: bool | None
) -> tuple[Promotion, ...]:
    """Call ``attempt`` until no other writer moves the same branches, then notify forges and plugins once.

    ``attempt`` writes commits and moves refs, except in a dry run. Forges and plugins are called after the retries, so
    that their errors never start a second promotion.
    """
    with signing(repository, sign):
        made, before = retried(repository, attempt)
    if request.dry_run:
        return tuple(promotion for _, promotion in made)
    return tuple(notify_plugins(with_pull_request(repository, *one, request), before) for one in made)


def notify_plugins(promotion: Promotion, before: Mapping[str, str | None]) -> Promotion:
    """Call the ``freightlib_promoted`` hooks; each failure becomes a note of the returned promotion."""
    if promotion.commit is None or promotion.outcome is Outcome.PROPOSED:
        return promotion
    event = PromotedEvent(
        app=promotion.app,
        stage=promotion.stage,
        branch=promotion.branch,
        commit=promotion.commit,
        previous=before[branch_ref(promotion.branch)],
        lock=promotion.lock,
    )
    failed = [
        f"the plugin {answer.plugin.name} failed after the promotion: {answer.problem} (freightlib_promoted)"
        for answer in registry().answers("freightlib_promoted", event)
        if answer.error is not None  # the refs have moved: a failure can only be reported
    ]
    return evolve(promotion, notes=(*promotion.notes, *failed))
