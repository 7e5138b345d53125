"""Whatever is done to a reviewed stage, in any order: nothing is lost, and promoting twice is promoting once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

import freightlib
from freightlib.errors import PromotionBlockedError
from freightlib.promotion.result import Outcome
from tests.examples import examples
from tests.reviewed_world import BASE, PATH, PROPOSAL, Reviewed

pytestmark = pytest.mark.slow

WORDS = ("one", "two", "three")


class Proposals(RuleBasedStateMachine):
    """``kept`` are commits that people made on a proposal and nobody dropped by force."""

    start: Reviewed

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        here = Path(self.home.name)
        self.world = self.start.copy(here)
        self.kept: str | None = None
        self.number = 0

    def teardown(self) -> None:
        self.world.gitops.git("fsck", "--strict")
        self.home.cleanup()

    def reachable(self, commit: str) -> bool:
        return bool(self.world.gitops.git("branch", "--contains", commit, "--format=%(refname)"))

    @rule(word=st.sampled_from(WORDS))
    def release(self, word: str) -> None:
        self.number += 1
        self.world.release(f"{word}{self.number if word == 'three' else ''}")

    @rule(force=st.booleans())
    def promote(self, force: bool) -> None:
        before = self.world.gitops.refs()
        try:
            shown = self.world.propose(dry_run=True, force=force)
            assert self.world.gitops.refs() == before
            made = self.world.propose(force=force)
        except PromotionBlockedError:
            assert not force
            assert self.world.gitops.refs() == before
            return
        assert (made.outcome, made.branch) == (shown.outcome, shown.branch)
        if force:
            self.kept = None
        after = self.world.gitops.refs()
        again = self.world.propose()
        assert (again.outcome, again.notes) == (Outcome.UNCHANGED, ())
        assert self.world.gitops.refs() == after
        if self.world.gitops.tip(PROPOSAL):
            assert self.world.gitops.git("rev-list", "--count", f"{BASE}..{PROPOSAL}") == "1"
            assert self.world.gitops.git("diff", "--name-only", BASE, PROPOSAL)

    @precondition(lambda self: self.world.gitops.tip(PROPOSAL))
    @rule(path=st.sampled_from([f"{PATH}/web.yaml", f"{PATH}/more.yaml", "other.yaml"]))
    def edit(self, path: str) -> None:
        self.number += 1
        self.kept = self.world.gitops.commit_to(PROPOSAL, {path: f"kind: Edited{self.number}\n"})

    @precondition(lambda self: self.world.gitops.tip(BASE))
    @rule()
    def move_the_base_elsewhere(self) -> None:
        self.number += 1
        self.world.gitops.commit_to(BASE, {f"elsewhere/{self.number}.yaml": "kind: Other\n"})

    @precondition(lambda self: self.world.gitops.tip(PROPOSAL))
    @rule(kind=st.sampled_from(["merge", "squash"]))
    def merge(self, kind: str) -> None:
        if self.world.gitops.git("diff", "--name-only", f"{BASE}...{PROPOSAL}") == "":
            return
        try:
            tree = self.world.gitops.git("merge-tree", "--write-tree", BASE, PROPOSAL)
        except AssertionError:
            return  # a conflict: no forge merges that
        if tree == self.world.gitops.git("rev-parse", f"{BASE}^{{tree}}"):
            return
        self.world.gitops.merge(PROPOSAL, BASE, kind)
        if kind == "squash":
            self.kept = None  # its contents are there now, its commit need not be

    @precondition(lambda self: self.world.gitops.tip(PROPOSAL))
    @rule()
    def land(self) -> None:
        before, proposed = self.world.gitops.refs(), self.world.gitops.tip(PROPOSAL)
        try:
            made = freightlib.land(self.world.gitops.path, "production", approved=proposed)
        except freightlib.FreightError:
            assert self.world.gitops.refs() == before
            return
        assert self.world.gitops.tip(PROPOSAL) is None
        assert self.world.gitops.git("rev-parse", f"{BASE}:{PATH}") == self.world.gitops.git(
            "rev-parse", f"{proposed}:{PATH}"
        )
        assert made.outcome is Outcome.LANDED

    @invariant()
    def nothing_of_people_is_lost(self) -> None:
        assert self.kept is None or self.reachable(self.kept)


def test_in_any_order(tmp_path: Path) -> None:
    Proposals.start = Reviewed(tmp_path)
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Proposals, settings=settings(max_examples=examples(15), stateful_step_count=12, suppress_health_check=checks)
    )
