"""What may move: an app's stages as they stand for one release, each with what it holds and what it would be given.

>>> from freightlib.pipeline import Candidate, Pipeline
>>> [name for name in ("stage", "inputs", "held", "overrides") if name in Candidate.__slots__]
['stage', 'inputs', 'held', 'overrides']
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from attrs import frozen

from freightlib.apart import check_apart
from freightlib.errors import LockError, PromotionBlockedError, UsageError
from freightlib.gitops import GitopsTree, branch_ref
from freightlib.inputs import StageInputs, stage_inputs, stage_plan
from freightlib.models import App, Snapshot, Stage
from freightlib.protocols import Repository
from freightlib.rendered import Held, read_held


@frozen
class Candidate:
    """A stage of this call with what it holds now and what it would be given."""

    stage: Stage
    inputs: StageInputs
    held: Held
    overrides: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether the stage holds exactly what these inputs gave, so that rendering can be spared."""
        if self.held.lock is None or self.held.edited:
            return False
        return self.held.lock.same_inputs(self.inputs.lock(self.held.lock.manifests))


@frozen
class Pipeline:
    """An app's stages as they stand for one release, with the policy at one commit."""

    gitops: Repository
    gitops_ref: str
    policy: GitopsTree
    app: App
    snapshot: Snapshot
    force: bool

    def candidates(self, stages: Sequence[Stage]) -> list[Candidate]:
        """The stages, in the order given, each with its inputs. Raises PromotionBlockedError for those that may not."""
        lacking = cache(self._lacking)  # many stages may wait for one upstream
        given: set[str] = set()
        blocked: dict[str, list[str]] = {}
        found: list[Candidate] = []
        for stage in stages:
            waiting = [upstream for upstream in stage.upstream if upstream not in given]
            reasons = [reason for upstream in waiting if (reason := lacking(upstream))]
            if reasons and not self.force:
                blocked[stage.name] = reasons
                continue
            found.append(self._candidate(stage, reasons))
            if stage.review is None:
                given.add(stage.name)
        if blocked:
            raise _blocked(self.app, self.snapshot, blocked)
        check_apart(candidate.inputs for candidate in found)
        return found

    def _candidate(self, stage: Stage, overrides: Sequence[str]) -> Candidate:
        inputs = stage_inputs(self.policy, self.app, stage, self.snapshot)
        ref = branch_ref(inputs.plan.branch)
        if ref == self.gitops_ref:
            raise UsageError(
                f"stage {stage.name} would be rendered onto {inputs.plan.branch}, the GitOps branch itself",
                hint="give it a branch of its own in freightlib.yaml: output.branch",
                stage=stage.name,
            )
        held, damage = self._held(ref, inputs.plan.path)
        return Candidate(stage, inputs, held, (*overrides, *damage))

    def _held(self, ref: str, path: str) -> tuple[Held, tuple[str, ...]]:
        """What the stage holds; with ``force`` a damaged lock is as none, and that is an override."""
        try:
            return read_held(self.gitops, ref, path), ()
        except LockError as error:
            if not self.force:
                raise
            return read_held(self.gitops, ref, path, ignore_lock=True), (f"its lock was damaged: {error.message}",)

    def _lacking(self, upstream: str) -> str | None:
        """Why ``upstream`` does not hold the release, or ``None`` when it does."""
        plan, _ = stage_plan(self.policy, self.app, self.app.stages[upstream], self.snapshot)
        held = read_held(self.gitops, branch_ref(plan.branch), plan.path)
        if held.lock is None:
            return f"its upstream {upstream} holds no release yet"
        if held.edited:
            return f"its upstream {upstream} was changed by hand"
        if held.lock.freight.snapshot != self.snapshot.tree or held.tag != self.snapshot.freight.tag:
            return f"its upstream {upstream} holds {held.tag}"
        return None


def _blocked(app: App, snapshot: Snapshot, blocked: dict[str, list[str]]) -> PromotionBlockedError:
    reasons = "; ".join(f"{stage} is blocked: {', '.join(why)}" for stage, why in blocked.items())
    first = next(iter(blocked))
    upstream = " ".join(app.stages[first].upstream)
    return PromotionBlockedError(
        f"{snapshot.freight.tag} was not promoted: {reasons}",
        hint=f"promote it upstream first (freight promote {upstream}), or set the order aside with --force",
        stage=first,
        tag=snapshot.freight.tag,
        blocked=blocked,
    )
