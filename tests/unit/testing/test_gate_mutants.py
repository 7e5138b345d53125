"""Gates with one fault each, and the check of the suite that tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from freightlib.plugins.contracts import Gate, GateRequest, GateResult
from freightlib.promotion.gates.soak import Soak
from freightlib.testing import GateSuite
from tests.unit.testing.judge import broken


class Silent(Soak):
    def evaluate(self, request: GateRequest, /) -> GateResult:
        return evolve(super().evaluate(request), message="")


class Loud(Soak):
    name = "Loud Gate"


class Undecided(Soak):
    for_policy = None  # type: ignore[assignment]


class Truthy(Soak):
    def evaluate(self, request: GateRequest, /) -> Any:
        return super().evaluate(request).passed


class Impatient(Soak):
    def evaluate(self, request: GateRequest, /) -> GateResult:
        result = super().evaluate(request)
        return evolve(result, until=result.until and result.until - timedelta(seconds=1))


class Clocked(Soak):
    """Goes by its own clock."""

    def evaluate(self, request: GateRequest, /) -> GateResult:
        return evolve(super().evaluate(request), data={"at": datetime.now().astimezone()})


class Remembers(Soak):
    def evaluate(self, request: GateRequest, /) -> GateResult:
        self.passed = getattr(self, "passed", False) or super().evaluate(request).passed
        return evolve(super().evaluate(request), passed=self.passed, until=None)


class Writes(Soak):
    def evaluate(self, request: GateRequest, /) -> GateResult:
        path = Path(request.repository.location)
        loose = next(path.glob(".git")) / "objects/00"
        loose.mkdir(exist_ok=True)
        (loose / f"{'0' * 37}{len(list(loose.iterdir()))}").write_bytes(b"")
        return super().evaluate(request)


class Lenient(Soak):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return super().effective_options({"time": options.get("time", "1h")})


class Drifts(Soak):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return {"time": f"1d{super().effective_options(options)['time']}".replace("1d1d", "2d")}


MUTANTS: list[tuple[type[Soak], str]] = [
    (Silent, "test_it_answers_in_every_state"),
    (Loud, "test_it_says_what_it_is"),
    (Undecided, "test_it_says_what_it_is"),
    (Truthy, "test_it_answers_in_every_state"),
    (Impatient, "test_until_is_when_it_passes"),
    (Clocked, "test_it_answers_the_same_again"),
    (Remembers, "test_it_answers_the_same_again"),
    (Writes, "test_it_only_reads"),
    (Lenient, "test_wrong_options_are_refused"),
    (Drifts, "test_effective_options_are_complete_and_their_own"),
]


def judged(kind: type[Soak]) -> GateSuite:
    class Judged(GateSuite):
        def make_gate(self) -> Gate:
            return kind()

        def options(self) -> list[Mapping[str, Any]]:
            return [{"time": "24h"}]

    return Judged()


def test_a_sound_gate_keeps_every_rule(tmp_path: Path) -> None:
    assert broken(judged(Soak), tmp_path) == {}


@pytest.mark.parametrize(("kind", "check"), MUTANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_suite_sees_each_fault(kind: type[Soak], check: str, tmp_path: Path) -> None:
    assert list(broken(judged(kind), tmp_path, check)) == [check]
