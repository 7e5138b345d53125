"""What a promotion comes to."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from freightlib.errors import ForgeError
from freightlib.models import RenderLock
from freightlib.plugins.contracts import PullRequest
from freightlib.rendering.changes import FileChange


class Outcome(StrEnum):
    """What became of one stage in a promotion."""

    PROMOTED = "promoted"
    #: Only the lock moved: other inputs gave the very same manifests.
    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    #: The stage is reviewed: the change is on a proposal branch, to be merged by a pull request.
    PROPOSED = "proposed"
    #: The stage is reviewed and nothing differs any more: its open proposal was taken back.
    WITHDRAWN = "withdrawn"
    #: A proposal that was approved is on the rendered branch now.
    LANDED = "landed"


@frozen
class Promotion:
    """What happened to one stage, or would (``dry_run``).

    ``branch`` is the branch that moved (for a proposal: the proposal branch, ``base`` the rendered branch it is for),
    ``tag`` the release, ``previous_tag`` what the stage held, ``commit`` the new commit (``None``: none was made),
    ``changes`` the manifest files that change, ``edited`` whether the branch had been changed by hand, ``moved`` what
    differs from what the stage held: freight, policy, options, renderer, override.
    ``pull_request`` is the one that the forge has for the proposal. ``problem`` is what the forge failed with after the
    branches had moved: promoting again completes what is missing.
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

    @property
    def overrides(self) -> tuple[str, ...]:
        """The rules that ``force`` set aside for this promotion."""
        return self.lock.overrides
