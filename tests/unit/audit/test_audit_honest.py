"""Histories as teams make them, in any order: nothing in them is found."""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import freightlib
from freightlib.errors import PromotionBlockedError
from tests.examples import examples
from tests.unit.audit.support import Rendered

PRODUCTION, PROPOSAL = "stage/production", "proposal/shop/production"


def release(world: Rendered, number: int) -> None:
    world.release({"deploy/web.yaml": f"kind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {number}}}\n"})


def record(world: Rendered, number: int) -> None:
    """A release whose manifests are those of the one before."""
    world.release({"src/main.py": f"print({number})\n"})


def policy(world: Rendered, number: int) -> None:
    world.gitops.commit({"apps/shop/deployments/staging/deployment.yaml": f"name: staging\nenvType: e{number}\n"})


def unrelated(world: Rendered, number: int) -> None:
    world.gitops.commit({"README.md": f"{number}\n"})


def options(world: Rendered, number: int) -> None:
    """Other options for every stage, by the project file."""
    text = (world.gitops.path / "freightlib.yaml").read_text()
    world.gitops.commit({"freightlib.yaml": re.sub(r'team: "[^"]*"', f'team: "t{number}"', text)})


def promote(world: Rendered, number: int) -> None:
    stages = (["staging"], ["staging", "test"], ["staging", "test", "production"])[number % 3]
    freightlib.promote(world.gitops.path, stages, app="shop")


def older(world: Rendered, number: int) -> None:
    tags = world.gitops.git("ls-tree", "--name-only", "main:warehouses/shop/freight").split()[1:]
    freightlib.promote(world.gitops.path, ["test"], app="shop", freight=tags[number % len(tags)], force=True)


def merge(world: Rendered, number: int) -> None:
    """The proposal comes onto production: fast forward, merge, squash with and without its message."""
    if not world.gitops.git("for-each-ref", f"refs/heads/{PROPOSAL}"):
        return  # it has landed, and a promotion since has removed it
    tree, message = (
        world.gitops.git("rev-parse", f"{PROPOSAL}^{{tree}}"),
        world.gitops.git("log", "-1", "--format=%B", PROPOSAL),
    )
    if world.gitops.git("merge-base", PRODUCTION, PROPOSAL) != world.gitops.git("rev-parse", PRODUCTION):
        return  # no longer based on what production holds: a forge would ask for an update
    made = {
        0: lambda: world.gitops.git("rev-parse", PROPOSAL),
        1: lambda: world.gitops.git("commit-tree", tree, "-p", PRODUCTION, "-p", PROPOSAL, "-m", "Merge pull request"),
        2: lambda: world.gitops.git("commit-tree", tree, "-p", PRODUCTION, "-m", message),
        3: lambda: world.gitops.git("commit-tree", tree, "-p", PRODUCTION, "-m", "Promote (#7)"),
    }[number % 4]()
    world.gitops.git("update-ref", f"refs/heads/{PRODUCTION}", made)


def revert(world: Rendered, number: int) -> None:
    """The newest promotion of a stage is undone, as ``git revert`` does."""
    branch = ("stage/test", PRODUCTION)[number % 2]
    if len(world.gitops.git("rev-list", "--first-parent", branch).split()) > 2:
        tree = world.gitops.git("rev-parse", f"{branch}~1^{{tree}}")
        commit = world.gitops.git("commit-tree", tree, "-p", branch, "-m", 'Revert "Promote"')
        world.gitops.git("update-ref", f"refs/heads/{branch}", commit)


def beside(world: Rendered, number: int) -> None:
    world.put({"NOTES.md": f"{number}\n"}, ("stage/staging", "stage/test", PRODUCTION)[number % 3])


STEPS = (release, record, policy, unrelated, options, promote, promote, older, merge, merge, revert, beside)


@settings(
    max_examples=examples(8), phases=(Phase.explicit, Phase.generate)
)  # each takes seconds: shrinking would take minutes
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=4, max_size=9))
def test_an_honest_history_gives_no_finding(made: Rendered, steps: list[tuple[object, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", f"{folder}/cache")
        world = made.copy(Path(folder) / "world")
        for step, number in steps:
            with contextlib.suppress(PromotionBlockedError):  # its upstream does not hold the release
                step(world, number)  # type: ignore[operator]
        for options_ in ({}, {"all_commits": True}, {"all_commits": True, "rerender": True}):
            assert world.audit(app=None, **options_).findings == ()
        world.gitops.git("fsck", "--strict")
