"""Decides what each stage gets in an automatic promotion; changes nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum

from attrs import Factory, evolve, field, frozen

from freightlib.errors import FreightError, LockError
from freightlib.git.contract import Repository
from freightlib.models import App, RenderLock, Snapshot, Stage
from freightlib.promotion.gatekeeper import Admission, Gatekeeper
from freightlib.promotion.proposal import proposal_branch
from freightlib.promotion.result import Promotion
from freightlib.promotion.rollback_steps import held_back
from freightlib.rendering.branch import BranchState
from freightlib.rendering.inputs import stage_inputs, stage_plan
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref
from freightlib.warehouse.snapshots import read_snapshot, tags


class AutoResult(StrEnum):
    """The result of one stage in ``promote_auto``."""

    #: It got another release, or a proposal for one (see the step's ``promotion``).
    FREIGHT = "freight"
    #: It got new policy for the release that it holds.
    POLICY = "policy"
    #: It holds what it should.
    SETTLED = "settled"
    #: It has to wait: ``why`` says for what.
    BLOCKED = "blocked"
    #: It has no ``auto: true``, so it moves only when somebody promotes it.
    MANUAL = "manual"
    #: It could not be promoted: ``error`` says why.
    FAILED = "failed"


@frozen
class AutoStep:
    """One stage in ``promote_auto``: its ``result`` and, in words, ``why``.

    ``tag`` is the release that it gets or keeps (``None``: it has none). ``admission`` is what its gates answered for
    the release that it could take next, ``promotion`` what was done (``None``: nothing), ``error`` what went wrong.
    """

    app: str
    stage: str
    result: AutoResult
    why: str
    tag: str | None = None
    admission: Admission | None = field(default=None, repr=False)
    promotion: Promotion | None = field(default=None, repr=False)
    error: FreightError | None = field(default=None, eq=False)
    #: True if this step must run before its upstream stages move on.
    before: bool = False


@frozen
class Planner:
    """Decides for the stages of one app; ask for upstream stages first.

    ``holds`` is what each stage holds now, ``will_hold`` what it will hold after the decisions so far: stage -> tag.
    """

    gitops: Repository = field(repr=False)
    tip: GitopsTree
    app: App
    gatekeeper: Gatekeeper
    holds: dict[str, str | None] = field(factory=dict)
    will_hold: dict[str, str | None] = field(factory=dict)
    _read: dict[str | None, Snapshot] = field(factory=dict, repr=False)
    _published: frozenset[str] = field(
        default=Factory(lambda self: frozenset(tags(self.tip, self.app)), takes_self=True), repr=False
    )

    def step(self, stage: Stage) -> AutoStep:
        """Decide what the stage gets. An error of this stage alone becomes a step with the result ``failed``."""
        try:
            step = self._step(stage)
        except FreightError as error:
            step = AutoStep(self.app.name, stage.name, AutoResult.FAILED, error.message, error=error)
            self.holds.setdefault(stage.name, None)
        gets = step.result is AutoResult.FREIGHT and stage.review is None
        self.will_hold[stage.name] = step.tag if gets else self.holds.get(stage.name)
        return step

    def _step(self, stage: Stage) -> AutoStep:
        step = AutoStep(self.app.name, stage.name, AutoResult.MANUAL, "it has no auto: true")
        if not self._published:
            return evolve(step, result=AutoResult.BLOCKED, why="nothing is published yet")
        held = self._held(stage)
        step = evolve(step, tag=held.tag)
        if not stage.auto:
            return step
        if held.edited:
            why = f"it was changed by hand: check that change, then run freight promote {stage.name}"
            return evolve(step, result=AutoResult.BLOCKED, why=why)
        waiting: AutoStep | None = None
        for tag, before in self._candidates(stage):
            taken = self._freight(evolve(step, before=before), stage, held, tag)
            if taken.result is AutoResult.FREIGHT:
                return taken
            waiting = waiting or taken
        return self._policy(waiting or step, stage, held)

    def _held(self, stage: Stage) -> BranchState:
        plan, _ = stage_plan(self.tip, self.app, stage, self._snapshot(None))
        held = BranchState.read(self.gitops, branch_ref(plan.branch), plan.path)
        self.holds[stage.name] = None if held.edited else held.tag
        return held

    def _snapshot(self, tag: str | None) -> Snapshot:
        if tag not in self._read:
            self._read[tag] = read_snapshot(self.tip, self.app, tag)
        return self._read[tag]

    def _candidates(self, stage: Stage) -> Iterator[tuple[str, bool]]:
        """Yield each release that the stage could take, and whether its upstream stages will move on from it."""
        current = self._snapshot(None).freight.tag
        if not stage.upstream:
            yield current, False
            return
        after, now = self._common(stage, self.will_hold), self._common(stage, self.holds)
        if after is not None:
            yield after, False
        if now is not None and now != after:
            yield now, True
        if after is None and now is None:
            yield current, False  # the step then shows what the gates say about it

    def _common(self, stage: Stage, tags_: Mapping[str, str | None]) -> str | None:
        found = {self._known(name, tags_) for name in stage.upstream}
        tag = found.pop() if len(found) == 1 else None
        return tag if tag in self._published else None

    def _known(self, name: str, tags_: Mapping[str, str | None]) -> str | None:
        if name not in tags_:  # not one of the stages of this call
            try:
                self._held(self.app.stages[name])
            except FreightError:  # its gates report this, and its own step if it has one
                self.holds[name] = None
            self.will_hold.setdefault(name, self.holds[name])
        return tags_[name]

    def _freight(self, step: AutoStep, stage: Stage, held: BranchState, tag: str) -> AutoStep:
        snapshot = self._snapshot(tag)
        given = () if step.before else [name for name in stage.upstream if self.will_hold[name] != self.holds[name]]
        admission = self.gatekeeper.admission(stage.name, snapshot, given)
        step = evolve(step, admission=admission)
        if admission.policy_only:
            return evolve(step, result=AutoResult.SETTLED, why=f"it holds {tag}")
        if waits := self._rolled_back(stage, held, snapshot):
            return evolve(step, result=AutoResult.BLOCKED, why=waits)
        if self._is_older(snapshot, held):
            back = f"freight promote {stage.name} --freight {tag}"
            why = f"it holds {held.tag}, which is newer than {tag}: to go back, run {back}"
            return evolve(step, result=AutoResult.BLOCKED, why=why)
        if not admission.passed:
            words = "; ".join(one.words for one in admission.blocking)
            return evolve(step, result=AutoResult.BLOCKED, why=f"{tag} waits: {words}")
        return evolve(step, result=AutoResult.FREIGHT, tag=tag, why="every gate passes")

    def _rolled_back(self, stage: Stage, held: BranchState, snapshot: Snapshot) -> str | None:
        """Return why a rolled-back stage waits: there is no release newer than the one it was rolled back from."""
        lock = self._rollback(stage, held)
        if lock is None or lock.rollback is None:
            return None
        left = lock.rollback.left
        record = self._snapshot(left).freight if left in self._published else None
        if not held_back(lock, snapshot.freight, record):
            return None
        return f"it was rolled back from {left}: it waits for a newer release, or run freight promote {stage.name}"

    def _rollback(self, stage: Stage, held: BranchState) -> RenderLock | None:
        """Return the lock of a rollback that the stage holds, or that its open proposal would bring."""
        if held.lock is not None and held.lock.rollback is not None:
            return held.lock
        if stage.review is None:
            return None
        with suppress(LockError):  # a lock that cannot be read records no rollback
            ref = branch_ref(proposal_branch(self.app.name, stage.name))
            lock = BranchState.read(self.gitops, ref, held.path).lock
            if lock is not None and lock.rollback is not None and lock.rollback.left == held.tag:
                return lock
        return None

    def _is_older(self, snapshot: Snapshot, held: BranchState) -> bool:
        current = self._snapshot(None).freight.tag
        if held.tag is None or snapshot.freight.tag == current or held.tag not in self._published:
            return False
        return snapshot.freight.created_at < self._snapshot(held.tag).freight.created_at

    def _policy(self, step: AutoStep, stage: Stage, held: BranchState) -> AutoStep:
        if held.lock is None or held.tag is None:
            return step
        if self._rollback(stage, held) is not None:
            return step  # new policy would undo the rollback, or remove its record from the lock
        if held.tag not in self._published:
            return evolve(step, why=f"{step.why}; its own release {held.tag} is no longer in the warehouse")
        snapshot = self._snapshot(held.tag)
        lock = stage_inputs(self.tip, self.app, stage, snapshot).lock(held.lock.manifests)
        if _by_policy(lock) == _by_policy(held.lock):
            return step
        admission = self.gatekeeper.admission(stage.name, snapshot)
        if not admission.passed:
            words = "; ".join(one.words for one in admission.blocking)
            return evolve(step, result=AutoResult.BLOCKED, why=f"new policy waits: {words}")
        more = "" if step.result is AutoResult.SETTLED else f"; {step.why}"
        return evolve(
            step, result=AutoResult.POLICY, tag=held.tag, before=False, why=f"policy moved, {held.tag} stays{more}"
        )


def _by_policy(lock: RenderLock) -> RenderLock:
    """Return the part of a lock that policy decides: without commits, and without versions of renderers."""
    render = evolve(
        lock.render, engine="", version="", transforms=tuple(evolve(one, version="") for one in lock.render.transforms)
    )
    return evolve(
        lock,
        freight=evolve(lock.freight, commit=""),
        policy=evolve(lock.policy, commit=""),
        render=render,
        manifests="",
        overrides=(),
    )
