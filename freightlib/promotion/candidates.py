"""What may move: an app's stages as they stand for one release, each with what it holds and what it would be given.

>>> from freightlib.promotion.candidates import Candidate, Pipeline
>>> [name for name in ("stage", "inputs", "held", "overrides") if name in Candidate.__slots__]
['stage', 'inputs', 'held', 'overrides']
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from freightlib.errors import PromotionBlockedError, UsageError
from freightlib.git.contract import Repository
from freightlib.models import App, Snapshot, Stage
from freightlib.promotion.gatekeeper import Admission, Gatekeeper, GateVerdict
from freightlib.rendering.branch import BranchState
from freightlib.rendering.inputs import StageInputs, stage_inputs
from freightlib.rendering.lock_changes import moved
from freightlib.rendering.output_paths import check_apart
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref


@frozen
class Candidate:
    """A stage of this call with what it holds now and what it would be given."""

    stage: Stage
    inputs: StageInputs
    held: BranchState
    overrides: tuple[str, ...]

    @property
    def moved(self) -> tuple[str, ...]:
        """What differs between the lock that is held and these inputs: see ``freightlib.rendering.lock_changes``."""
        held = self.held.lock
        return moved(held, self.inputs.lock(held.manifests if held else "", overrides=self.overrides))

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
    gatekeeper: Gatekeeper

    def candidates(self, stages: Sequence[Stage]) -> list[Candidate]:
        """The stages, in the order given, each with its inputs. Raises PromotionBlockedError for those that may not."""
        given: set[str] = set()
        admissions: list[Admission] = []
        found: list[Candidate] = []
        for stage in stages:
            admission = self.gatekeeper.admission(stage.name, self.snapshot, given)
            admissions.append(admission)
            if any(one.final or not self.force for one in admission.blocking):
                continue
            found.append(self._candidate(stage, [one.words for one in admission.blocking]))
            if stage.review is None:
                given.add(stage.name)
        if len(found) < len(admissions):
            raise blocked(admissions, force=self.force)
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

    def _held(self, ref: str, path: str) -> tuple[BranchState, tuple[str, ...]]:
        """What the stage holds; ``force`` treats a damaged lock as missing, and that is an override."""
        if not self.force:
            return self.gatekeeper.held(ref, path), ()
        held = self.gatekeeper.look(ref, path)
        return held, (f"its lock was damaged: {held.damage.message}",) if held.damage else ()


def blocked(admissions: Sequence[Admission], *, force: bool = False) -> PromotionBlockedError:
    """The error for a promotion that gates do not let pass; it carries what every gate of every stage said."""
    stopping = {
        admission.stage: tuple(one for one in admission.blocking if one.final or not force)
        for admission in admissions
        if not admission.passed
    }
    stopping = {stage: verdicts for stage, verdicts in stopping.items() if verdicts}
    reasons = {stage: [one.words for one in verdicts] for stage, verdicts in stopping.items()}
    first = next(iter(stopping))
    told = "; ".join(f"{stage} is blocked: {', '.join(why)}" for stage, why in reasons.items())
    return PromotionBlockedError(
        f"{admissions[0].tag} was not promoted: {told}",
        hint=_hint(stopping[first]),
        stage=first,
        tag=admissions[0].tag,
        blocked=reasons,
        gates={admission.stage: admission.gates for admission in admissions},
    )


def _hint(verdicts: Sequence[GateVerdict]) -> str:
    # what no force sets aside comes first: the rest would be in vain
    first = next((one for one in verdicts if one.final), verdicts[0])
    hint = first.hint or "wait for it, or ask freight promote --explain"
    if first.final:
        return hint
    return f"{hint}, or set {'the order' if first.gate == 'upstream' else 'the gate'} aside with --force"
