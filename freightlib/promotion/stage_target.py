"""One stage of a promotion: what it holds now, and the release that it will get."""

from __future__ import annotations

from attrs import frozen

from freightlib.models import App, Freight, Stage
from freightlib.models.project import REVIEW_PULL_REQUEST
from freightlib.rendering.branch import BranchState


@frozen
class StageTarget:
    """One stage of a promotion or rollback: what it ``held`` before, and the ``freight`` that it gets.

    ``freight`` is ``None`` if this clone does not have its record.
    """

    app: App
    stage: Stage
    held: BranchState
    freight: Freight | None

    @property
    def reviewed(self) -> bool:
        """True if the stage is reviewed: its new release is first put on a proposal branch."""
        return self.stage.review == REVIEW_PULL_REQUEST
