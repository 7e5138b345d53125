"""What is given what: a stage, what it held before, and the release that it gets."""

from __future__ import annotations

from attrs import frozen

from freightlib.models import App, Freight, Stage
from freightlib.models.project import REVIEW_PULL_REQUEST
from freightlib.rendering.branch import BranchState


@frozen
class StageTarget:
    """One stage of a promotion or rollback: what it ``held`` before, and the ``freight`` that it is given.

    ``freight`` is ``None`` where its record is not in this clone.
    """

    app: App
    stage: Stage
    held: BranchState
    freight: Freight | None

    @property
    def reviewed(self) -> bool:
        """Whether what it is given is proposed, and reviewed, first."""
        return self.stage.review == REVIEW_PULL_REQUEST
