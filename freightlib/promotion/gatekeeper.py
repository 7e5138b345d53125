"""Decides whether a stage may take a release now: asks every gate, and collects the answers.

>>> from freightlib.promotion.gatekeeper import Admission, GateVerdict
>>> admission = Admission("shop", "test", "git-abc", gates=(GateVerdict("soak", False, "3h left"),))
>>> admission.passed, [f"{one.gate}: {one.message}" for one in admission.blocking]
(False, ['soak: 3h left'])

Gates are asked before anything is rendered. The list of gates, and everything they read, comes from the tip of the
GitOps branch, even if policy or freight comes from another commit. Otherwise somebody could choose easier rules by
choosing a revision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from attrs import evolve, field, frozen

from freightlib.errors import FreightError, PluginError, ProjectError
from freightlib.git.contract import Repository
from freightlib.models import App, Snapshot
from freightlib.plugins.contracts import Gate, GateRequest, Upstream
from freightlib.plugins.registry import registry
from freightlib.rendering.branch import BranchState, holds
from freightlib.rendering.branch_history import held_since
from freightlib.rendering.inputs import stage_plan
from freightlib.rendering.plan import StagePlan
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref, project_at

#: The gates that every stage has.
ALWAYS: Final = ("blocked", "upstream")


@frozen
class GateVerdict:
    """The answer of one gate: see ``freightlib.plugins.contracts.GateResult``."""

    gate: str
    passed: bool
    message: str
    until: datetime | None = None
    hint: str = ""
    final: bool = False
    data: Mapping[str, Any] = field(factory=dict, hash=False, repr=False)

    @property
    def words(self) -> str:
        """The gate and its message, as written in errors and in a lock's overrides."""
        return self.message if self.gate in ALWAYS else f"{self.gate}: {self.message}"


@frozen
class Admission:
    """The answers of all gates to the question whether ``stage`` may take the release ``tag`` now.

    ``held`` is what the stage holds. ``policy_only`` is true if that is this release, so only policy could change.
    """

    app: str
    stage: str
    tag: str
    held: str | None = None
    policy_only: bool = False
    gates: tuple[GateVerdict, ...] = ()

    @property
    def passed(self) -> bool:
        """True if every gate passed."""
        return not self.blocking

    @property
    def blocking(self) -> tuple[GateVerdict, ...]:
        """The gates that did not pass."""
        return tuple(one for one in self.gates if not one.passed)

    @property
    def until(self) -> datetime | None:
        """When all blocking gates will pass by themselves; ``None`` if one of them does not know."""
        times = [one.until for one in self.blocking]
        known = [one for one in times if one is not None]
        return max(known) if known and len(known) == len(times) else None


@frozen
class Gatekeeper:
    """Asks the gates of an app's stages, with the GitOps branch at ``tip`` and the time at ``now`` (aware)."""

    gitops: Repository
    tip: GitopsTree
    app: App
    now: datetime
    _upstreams: dict[tuple[str, str], Upstream] = field(factory=dict, eq=False, repr=False)
    _held: dict[tuple[str, str], BranchState] = field(factory=dict, eq=False, repr=False)

    @classmethod
    def at(
        cls, gitops: Repository, tip: GitopsTree, app: App, now: datetime | None = None, *, foreign: bool = False
    ) -> Gatekeeper:
        """Make a gatekeeper for an app of the project file at ``tip``.

        ``foreign`` is true if ``app`` comes from another commit: its gates are then read at the tip. An app or stage
        that does not exist at the tip keeps its own gates.
        """
        if foreign:
            try:
                current = project_at(tip).apps.get(app.name)
            except ProjectError:
                current = None
            if current is not None:
                app = evolve(current, stages={**app.stages, **current.stages})
        return cls(gitops, tip, app, now or datetime.now(UTC))

    def held(self, ref: str, path: str) -> BranchState:
        """Return what the branch held when it was first read: one read serves all gates. Raises LockError."""
        return self.look(ref, path).intact()

    def look(self, ref: str, path: str) -> BranchState:
        """Return the same as ``held``, but treat a damaged lock as missing."""
        if (ref, path) not in self._held:
            self._held[ref, path] = BranchState.read(self.gitops, ref, path, damaged="ignore")
        return self._held[ref, path]

    def admission(self, stage: str, snapshot: Snapshot, given: Collection[str] = ()) -> Admission:
        """Ask every gate of ``stage`` about the release; ``given`` are the stages that get it in the same call.

        Raises ProjectError for a wrong option of a gate, PluginError for an unknown gate.
        """
        one = self.app.stages[stage]
        freight = snapshot.freight
        plan, _ = stage_plan(self.tip, self.app, one, snapshot)
        held = self.look(branch_ref(plan.branch), plan.path)
        policy_only = holds(held, freight.tag, snapshot.tree)
        request = GateRequest(
            app=self.app,
            stage=one,
            snapshot=snapshot,
            policy=self.tip,
            repository=self.gitops,
            upstream=tuple(self._upstream(name, snapshot, given) for name in one.upstream),
            held=held.tag,
            now=self.now,
            options={},
        )
        verdicts = tuple(
            _asked(gate, evolve(request, options=options))
            if gate.for_policy or not policy_only
            else GateVerdict(gate.name, True, f"{stage} holds it already")
            for gate, options in _gates(plan)
        )
        return Admission(self.app.name, stage, freight.tag, held.tag, policy_only, verdicts)

    def _upstream(self, name: str, snapshot: Snapshot, given: Collection[str]) -> Upstream:
        if name in given:
            return Upstream(name, snapshot.freight.tag, since=lambda: self.now)
        key = (name, snapshot.tree)
        if key not in self._upstreams:  # several stages may have the same upstream
            self._upstreams[key] = self._looked_up(name, snapshot)
        return self._upstreams[key]

    def _looked_up(self, name: str, snapshot: Snapshot) -> Upstream:
        tag = snapshot.freight.tag
        plan, _ = stage_plan(self.tip, self.app, self.app.stages[name], snapshot)
        held = self.look(branch_ref(plan.branch), plan.path)
        if held.damage is not None:
            return Upstream(name, None, f"its upstream {name} has a damaged lock: {held.damage.message}")
        if held.lock is None:
            return Upstream(name, None, f"its upstream {name} holds no release yet")
        if held.edited:
            return Upstream(name, held.tag, f"its upstream {name} was changed by hand")
        if not holds(held, tag, snapshot.tree):
            return Upstream(name, held.tag, f"its upstream {name} holds {held.tag}")
        return Upstream(name, held.tag, since=partial(held_since, self.gitops, held, tag, snapshot.tree))


def _gates(plan: StagePlan) -> Iterator[tuple[Gate, Mapping[str, Any]]]:
    known = registry()
    for name in ALWAYS:
        yield known.gate(name), {}
    for name, options in plan.gates:
        if name not in ALWAYS:
            gate = known.gate(name)
            yield gate, gate.effective_options(options)


def _asked(gate: Gate, request: GateRequest) -> GateVerdict:
    """The gate's answer. Whatever a plugin's gate raises is its answer, too: no, with the plugin's name."""
    try:
        result = gate.evaluate(request)
    except FreightError as error:
        problem = error.data.get("problem")
        message = error.message
        if isinstance(error, PluginError) and problem is not None:
            message = (
                f"the gate {gate.name} of {error.data['distribution']} failed: {problem} (freightlib_gates: evaluate)"
            )
        data = {"code": error.code, **error.data}
        return GateVerdict(gate.name, False, _line(message), hint=error.hint, data=data)
    return GateVerdict(
        gate.name,
        result.passed,
        _line(result.message),
        result.until,
        _line(result.hint),
        result.final,
        result.data,
    )


def _line(text: str) -> str:
    """Return a plugin's text as one line, because errors, tables and locks contain it."""
    return " ".join(part for line in str(text).splitlines() if (part := line.strip()))
