"""The result of a promotion."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from attrs import field, frozen

from freightlib.errors import ForgeError
from freightlib.models import RenderLock
from freightlib.plugins.contracts import PullRequest
from freightlib.rendering.branch import BranchState
from freightlib.rendering.changes import FileChange
from freightlib.rendering.plan import StagePlan


class Outcome(StrEnum):
    """The outcome of a promotion for one stage."""

    PROMOTED = "promoted"
    #: Only the lock changed: other inputs gave the same manifests.
    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    #: The stage is reviewed: the change is on a proposal branch, and a pull request merges it.
    PROPOSED = "proposed"
    #: The stage is reviewed and holds the release already: its open proposal was deleted.
    WITHDRAWN = "withdrawn"
    #: An approved proposal is now on the rendered branch.
    LANDED = "landed"


@frozen
class Promotion:
    """The promotion of one stage: what happened, or would happen (``dry_run``).

    ``branch`` is the branch that moved; for a proposal it is the proposal branch, and ``base`` the rendered branch.
    ``tag`` is the release, ``previous_tag`` what the stage held, ``commit`` the new commit (``None``: none was made).
    ``changes`` are the manifest files that change, ``edited`` says whether the branch had been changed by hand, and
    ``moved`` names what differs from before: freight, policy, options, renderer, override.

    ``pull_request`` is the one on the forge for the proposal. ``problem`` is an error of the forge after the branches
    had moved: promote again to complete the work.
    """

    app: str
    stage: str
    outcome: Outcome
    branch: str
    base: str
    path: str
    tag: str
    previous_tag: str | None
    commit: str | None
    lock: RenderLock
    changes: tuple[FileChange, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    edited: bool = False
    moved: tuple[str, ...] = ()
    pull_request: PullRequest | None = None
    problem: ForgeError | None = field(default=None, eq=False)

    @classmethod
    def unmoved(cls, plan: StagePlan, held: BranchState, tag: str, lock: RenderLock, **facts: Any) -> Promotion:
        """Return the promotion of a stage to ``tag`` before anything has moved, with ``lock`` as its lock so far."""
        return cls(
            app=plan.app.name,
            stage=plan.stage.name,
            outcome=Outcome.UNCHANGED,
            branch=plan.branch,
            base=plan.branch,
            path=plan.path,
            tag=tag,
            previous_tag=held.tag,
            commit=None,
            lock=lock,
            edited=held.edited,
            **facts,
        )

    @property
    def overrides(self) -> tuple[str, ...]:
        """The rules that ``force`` set aside for this promotion."""
        return self.lock.overrides
