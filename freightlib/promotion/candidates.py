"""Finds the stages that may take a release: checks their gates, and reads what each holds and its new inputs."""

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
    """One stage of a promotion: what it holds now, and the inputs of its new rendering.

    ``overrides`` are the rules that ``force`` sets aside.
    """

    stage: Stage
    inputs: StageInputs
    held: BranchState
    overrides: tuple[str, ...]

    @property
    def moved(self) -> tuple[str, ...]:
        """What differs between the stage's lock and these inputs: see ``freightlib.rendering.lock_changes``."""
        held = self.held.lock
        return moved(held, self.inputs.lock(held.manifests if held else "", overrides=self.overrides))

    @property
    def settled(self) -> bool:
        """True if the stage was rendered from these same inputs, so that it need not be rendered again."""
        if self.held.lock is None or self.held.edited:
            return False
        return self.held.lock.same_inputs(self.inputs.lock(self.held.lock.manifests))


@frozen
class Pipeline:
    """The stages of an app, for one release and the policy at one commit."""

    gitops: Repository
    gitops_ref: str
    policy: GitopsTree
    app: App
    snapshot: Snapshot
    force: bool
    gatekeeper: Gatekeeper

    def candidates(self, stages: Sequence[Stage]) -> list[Candidate]:
        """Return the stages in the given order, with their inputs. Raises PromotionBlockedError if one is blocked."""
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
                hint="set another branch for it in freightlib.yaml: output.branch",
                stage=stage.name,
            )
        held, damage = self._held(ref, inputs.plan.path)
        return Candidate(stage, inputs, held, (*overrides, *damage))

    def _held(self, ref: str, path: str) -> tuple[BranchState, tuple[str, ...]]:
        """Return what the stage holds, and overrides: ``force`` treats a damaged lock as missing, and records that."""
        if not self.force:
            return self.gatekeeper.held(ref, path), ()
        held = self.gatekeeper.look(ref, path)
        return held, (f"its lock was damaged: {held.damage.message}",) if held.damage else ()


def blocked(admissions: Sequence[Admission], *, force: bool = False) -> PromotionBlockedError:
    """Make the error for a promotion that gates block; it has the answers of every gate of every stage."""
    stopping = {
        admission.stage: tuple(one for one in admission.blocking if one.final or not force)
        for admission in admissions
        if not admission.passed
    }
    stopping = {stage: verdicts for stage, verdicts in stopping.items() if verdicts}
    reasons = {stage: [one.words for one in verdicts] for stage, verdicts in stopping.items()}
    first = next(iter(stopping))
    problems = "; ".join(f"{stage} is blocked: {', '.join(why)}" for stage, why in reasons.items())
    return PromotionBlockedError(
        f"{admissions[0].tag} was not promoted: {problems}",
        hint=_hint(stopping[first]),
        stage=first,
        tag=admissions[0].tag,
        blocked=reasons,
        gates={admission.stage: admission.gates for admission in admissions},
    )


def _hint(verdicts: Sequence[GateVerdict]) -> str:
    # a gate that --force cannot set aside comes first: without it the other hints do not help
    first = next((one for one in verdicts if one.final), verdicts[0])
    hint = first.hint or "wait until it passes, or see freight promote --explain"
    if first.final:
        return hint
    return f"{hint}, or set {'the order' if first.gate == 'upstream' else 'the gate'} aside with --force"
