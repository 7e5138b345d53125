"""Whatever is done to a reviewed stage, in any order: nothing is lost, and promoting twice is promoting once."""

from __future__ import annotations

import shutil
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
from tests.reviewed_world import BASE, PATH, PROPOSAL, Reviewed, make_reviewed, merge_as_a_forge
from tests.worlds import World, git

pytestmark = pytest.mark.slow

WORDS = ("one", "two", "three")


class Proposals(RuleBasedStateMachine):
    """``kept`` are commits that people made on a proposal and nobody dropped by force."""

    start: Reviewed

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        here = Path(self.home.name)
        self.world = Reviewed(World(here / "app", here / "gitops", self.start.world.revision))
        shutil.copytree(self.start.world.source, self.world.world.source)
        shutil.copytree(self.start.gitops, self.world.gitops)
        self.kept: str | None = None
        self.number = 0

    def teardown(self) -> None:
        git(self.world.gitops, "fsck", "--strict")
        self.home.cleanup()

    def reachable(self, commit: str) -> bool:
        return bool(git(self.world.gitops, "branch", "--contains", commit, "--format=%(refname)"))

    @rule(word=st.sampled_from(WORDS))
    def release(self, word: str) -> None:
        self.number += 1
        self.world.release(f"{word}{self.number if word == 'three' else ''}")

    @rule(force=st.booleans())
    def promote(self, force: bool) -> None:
        before = self.world.refs()
        try:
            shown = self.world.promote(dry_run=True, force=force)
            assert self.world.refs() == before
            made = self.world.promote(force=force)
        except PromotionBlockedError:
            assert not force
            assert self.world.refs() == before
            return
        assert (made.outcome, made.branch) == (shown.outcome, shown.branch)
        if force:
            self.kept = None
        after = self.world.refs()
        again = self.world.promote()
        assert (again.outcome, again.notes) == (Outcome.UNCHANGED, ())
        assert self.world.refs() == after
        if self.world.tip(PROPOSAL):
            assert git(self.world.gitops, "rev-list", "--count", f"{BASE}..{PROPOSAL}") == "1"
            assert git(self.world.gitops, "diff", "--name-only", BASE, PROPOSAL)

    @precondition(lambda self: self.world.tip(PROPOSAL))
    @rule(path=st.sampled_from([f"{PATH}/web.yaml", f"{PATH}/more.yaml", "other.yaml"]))
    def edit(self, path: str) -> None:
        self.number += 1
        self.kept = self.world.on_branch(PROPOSAL, {path: f"kind: Edited{self.number}\n"})

    @precondition(lambda self: self.world.tip(BASE))
    @rule()
    def move_the_base_elsewhere(self) -> None:
        self.number += 1
        self.world.on_branch(BASE, {f"elsewhere/{self.number}.yaml": "kind: Other\n"})

    @precondition(lambda self: self.world.tip(PROPOSAL))
    @rule(kind=st.sampled_from(["merge", "squash"]))
    def merge(self, kind: str) -> None:
        if git(self.world.gitops, "diff", "--name-only", f"{BASE}...{PROPOSAL}") == "":
            return
        try:
            tree = git(self.world.gitops, "merge-tree", "--write-tree", BASE, PROPOSAL)
        except AssertionError:
            return  # a conflict: no forge merges that
        if tree == git(self.world.gitops, "rev-parse", f"{BASE}^{{tree}}"):
            return
        merge_as_a_forge(self.world.gitops, PROPOSAL, BASE, kind, Path(self.home.name) / "merge")
        if kind == "squash":
            self.kept = None  # its contents are there now, its commit need not be

    @precondition(lambda self: self.world.tip(PROPOSAL))
    @rule()
    def land(self) -> None:
        before, proposed = self.world.refs(), self.world.tip(PROPOSAL)
        try:
            made = freightlib.land(self.world.gitops, "production", approved=proposed)
        except freightlib.FreightError:
            assert self.world.refs() == before
            return
        assert self.world.tip(PROPOSAL) is None
        assert git(self.world.gitops, "rev-parse", f"{BASE}:{PATH}") == git(
            self.world.gitops, "rev-parse", f"{proposed}:{PATH}"
        )
        assert made.outcome is Outcome.LANDED

    @invariant()
    def nothing_of_people_is_lost(self) -> None:
        assert self.kept is None or self.reachable(self.kept)


def test_in_any_order(tmp_path: Path) -> None:
    Proposals.start = make_reviewed(tmp_path)
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Proposals, settings=settings(max_examples=examples(15), stateful_step_count=12, suppress_health_check=checks)
    )
