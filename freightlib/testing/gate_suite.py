"""The conformance suite for gates: tests of the rules of ``freightlib.plugins.contracts.Gate``, to subclass.

    from freightlib.testing import GateSuite

    class TestMine(GateSuite):
        def make_gate(self):
            return Mine()

        def options(self):
            return [{"team": "shop"}]

Every check is a test, and its name is its rule. Gates are asked about a real repository, in four states of the upstream
stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from freightlib.documents.emit import emit
from freightlib.errors import FreightError, ProjectError
from freightlib.plugins.contracts import Gate, GateRequest, GateResult, Upstream
from freightlib.plugins.repositories import open_repository
from freightlib.testing.apps import AppBuilder
from freightlib.testing.environment import isolate
from freightlib.testing.rules import Rules
from freightlib.testing.samples import sample_package
from freightlib.warehouse.gitops_tree import gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_GATE: Final = Rules("Gate")
_OPTIONS: Final = Rules("Gate.effective_options")
_EVALUATE: Final = Rules("Gate.evaluate")
_NOW: Final = datetime(2026, 3, 23, 10, 0, tzinfo=UTC)


class GateSuite:
    """Subclass it in a test module, name the class ``Test...``, and define ``make_gate``."""

    def make_gate(self) -> Gate:
        """Return a new gate. Called for every check."""
        raise NotImplementedError("define make_gate: it returns a new gate for each check")

    def options(self) -> Sequence[Mapping[str, Any]]:
        """Return valid options, as written in the project file. Default: one mapping without options."""
        return ({},)

    def wrong_options(self) -> Sequence[Mapping[str, Any]]:
        """Return options that the gate must refuse, in addition to unknown ones. Default: none."""
        return ()

    @pytest.fixture(autouse=True)
    def _isolated(self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
        isolate(monkeypatch, tmp_path_factory.mktemp("home"))

    def test_it_says_what_it_is(self) -> None:
        """Name and ``for_policy`` have the right types, and every method exists."""
        gate = self.make_gate()
        _GATE.hold(isinstance(gate, Gate), "it must have every member of the protocol", type(gate).__name__)
        name: Any = gate.name
        _GATE.hold(
            isinstance(name, str) and _NAME.fullmatch(name) is not None, "its name is of a-z, 0-9 and -", repr(name)
        )
        policy: Any = gate.for_policy
        _GATE.hold(isinstance(policy, bool), "for_policy is true or false", repr(policy))

    def test_effective_options_are_complete_and_their_own(self) -> None:
        """Effective options are plain YAML values, and the effective options of these are the same."""
        for given in self.options():
            before = dict(given)
            found = self.make_gate().effective_options(given)
            _OPTIONS.equal(dict(given), before, "it must not change what it was given")
            try:
                emit(found)
            except FreightError as error:
                _OPTIONS.broken("they are plain YAML values", f"{error.message}: {found!r}")
            _OPTIONS.equal(self.make_gate().effective_options(found), found, "they must be their own effective options")

    def test_wrong_options_are_refused(self) -> None:
        """An unknown option and each wrong one raise ProjectError, with a hint and the option's path."""
        known = dict(next(iter(self.options())))
        for wrong in ({**known, "no-such-option": 1}, *self.wrong_options()):
            with _OPTIONS.raises(ProjectError, "a wrong option is a ProjectError") as raised:
                self.make_gate().effective_options(wrong)
            _OPTIONS.hold(
                bool(raised.error.hint and raised.error.data.get("path")),
                "the error has a hint, and the option as its path",
                f"{raised.error.hint!r}, {raised.error.data!r}",
            )

    def test_it_answers_in_every_state(self, tmp_path: Path) -> None:
        """The answer is a GateResult with a one-line message; ``until`` is in the future, or ``None`` if it passes."""
        for request in self._requests(tmp_path):
            result: Any = self.make_gate().evaluate(request)
            _EVALUATE.hold(isinstance(result, GateResult), "it gives a GateResult", repr(result))
            _EVALUATE.hold(
                bool(result.message) and "\n" not in result.message + result.hint,
                "message says why, in one line",
                repr((result.message, result.hint)),
            )
            _EVALUATE.hold(isinstance(result.passed, bool), "passed is true or false", repr(result.passed))
            if result.passed:
                _EVALUATE.equal(result.until, None, "until is None if the gate passes")
            elif result.until is not None:
                _EVALUATE.hold(result.until.tzinfo is not None, "until has a time zone", repr(result.until))
                _EVALUATE.hold(result.until > request.now, "until is after now", repr(result.until))

    def test_until_is_when_it_passes(self, tmp_path: Path) -> None:
        """At ``until``, with nothing else changed, the gate passes."""
        for request in self._requests(tmp_path):
            result = self.make_gate().evaluate(request)
            if result.until is not None:
                later = self.make_gate().evaluate(evolve(request, now=result.until))
                _EVALUATE.hold(later.passed, "it passes at until", later.message)

    def test_it_answers_the_same_again(self, tmp_path: Path) -> None:
        """The same request gets the same answer, also from the same gate: it has no own clock and no memory."""
        for request in self._requests(tmp_path):
            gate = self.make_gate()
            first = gate.evaluate(request)
            gate.evaluate(evolve(request, now=request.now + timedelta(days=400)))
            _EVALUATE.equal(gate.evaluate(request), first, "one request has one answer")

    def test_it_only_reads(self, tmp_path: Path) -> None:
        """Evaluating a gate moves no ref and stores no object."""
        for request in self._requests(tmp_path):
            before = request.repository.refs("refs/")
            objects = _objects(tmp_path)
            self.make_gate().evaluate(request)
            _EVALUATE.equal(request.repository.refs("refs/"), before, "it must move no ref")
            _EVALUATE.equal(_objects(tmp_path), objects, "it must store no object")

    def _requests(self, directory: Path) -> Iterator[GateRequest]:
        app = AppBuilder(directory / "app", sample_package("plain"), stages=("staging", "test"))
        gitops = open_repository(app.gitops.path)
        _, tip = gitops_tip(gitops)
        sample = project_at(tip).apps["sample"]
        snapshot = read_snapshot(tip, sample)
        tag = snapshot.freight.tag
        states: Sequence[Upstream | None] = (
            None,
            Upstream("staging", None, "its upstream staging holds no release yet"),
            Upstream("staging", tag, since=lambda: _NOW),
            Upstream("staging", tag, since=lambda: _NOW - timedelta(days=300)),
        )
        for given in self.options():
            options = self.make_gate().effective_options(given)
            for upstream in states:
                yield GateRequest(
                    app=sample,
                    stage=sample.stages["test" if upstream else "staging"],
                    snapshot=snapshot,
                    policy=tip,
                    repository=gitops,
                    upstream=(upstream,) if upstream else (),
                    held=None,
                    now=_NOW,
                    options=options,
                )


def _objects(directory: Path) -> list[str]:
    folder = directory / "app/gitops/.git/objects"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
