"""Tells plugins of a promotion whose branches have moved."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from freightlib.plugins.hooks import PromotedEvent
from freightlib.plugins.registry import registry
from freightlib.promotion.result import Outcome, Promotion
from freightlib.warehouse.gitops_tree import branch_ref


def told(promotion: Promotion, before: Mapping[str, str | None]) -> Promotion:
    """The promotion after every plugin was told of it, with a note for each that failed."""
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
    failed: list[str] = []
    for implementation in registry().hook.freightlib_promoted.get_hookimpls():
        try:
            implementation.function(*(event for _ in implementation.argnames))
        except Exception as error:  # noqa: BLE001 (the refs have moved: a listener can only be reported)
            failed.append(f"the plugin {implementation.plugin_name} failed when told: {type(error).__name__}: {error}")
    return evolve(promotion, notes=(*promotion.notes, *failed))
