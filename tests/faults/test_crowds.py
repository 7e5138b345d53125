"""Many publishers and promoters at one remote at once: every release is there, once, in a straight line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.program import check_sound
from tests.cli import freight
from tests.faults.freightworld import FREIGHT, STAGES, Releases, check_history, publishing
from tests.faults.servers import http_site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def crowd(commands: Sequence[Sequence[Sequence[str]]], caches: Path, shared: int = 2) -> None:
    """Run each list of commands in a process of its own, all at once; ``shared`` of them use one cache."""
    running = []
    for number in range(len(commands)):
        cache = caches / ("shared" if number < shared else str(number))
        running.append(
            subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("crowd.py"))],
                env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one, own in zip(running, commands, strict=True):
        assert one.stdin is not None
        one.stdin.write("".join(json.dumps(command) + "\n" for command in own))
        one.stdin.close()
        one.stdin = None
    failed = []
    for one in running:
        _, err = one.communicate(timeout=400)
        if one.returncode:
            failed.append(err)
    assert not failed, failed


def shares(world: Releases, repo: str, each: int, publishers: int) -> list[list[list[str]]]:
    return [
        [publishing(world, world.revisions[who * each + turn], repo) for turn in range(each)]
        for who in range(publishers)
    ]


def test_eight_publishers_of_25_releases(tmp_path: Path) -> None:
    world = Releases(tmp_path, 200)
    start = world.gitops.git("rev-parse", "main")
    crowd(shares(world, f"file://{world.gitops.path}", 25, 8), tmp_path / "caches")
    check_history(world.gitops.path, 200, start)
    check_sound(world.gitops.path)
    done = freight("verify", "--repo", world.gitops.path, "--history", "--no-cache")
    assert done.returncode == 0, done.stdout
    assert "200 snapshots" in done.stdout


def test_eight_publishers_over_http(tmp_path: Path) -> None:
    world = Releases(tmp_path, 40)
    start = world.gitops.git("rev-parse", "main")
    with http_site(tmp_path) as site:
        crowd(shares(world, site.address("gitops.git"), 5, 8), tmp_path / "caches")
    check_history(world.gitops.path, 40, start)
    check_sound(world.gitops.path)


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_four_promoters_of_one_stage(scheme: str, tmp_path: Path) -> None:
    """One of them does it; the others find it done."""
    world = Releases(tmp_path, 3)
    repo = f"{scheme}{world.gitops.path}"
    for turn, revision in enumerate(world.revisions, start=1):
        done = freight(*publishing(world, revision, world.gitops.path))
        assert done.returncode == 0, done.stderr
        crowd([[["promote", "staging", "--repo", repo]]] * 4, tmp_path / "caches")
        assert world.gitops.git("rev-list", "--count", "stage/staging") == str(turn)
        assert revision in world.gitops.git("show", "stage/staging:freight.lock")
    check_sound(world.gitops.path)


def test_publishers_and_promoters_mixed(tmp_path: Path) -> None:
    """Stages go on holding releases that were published, each commit of theirs another one, while main moves on."""
    world = Releases(tmp_path, 20)
    start = world.gitops.git("rev-parse", "main")
    repo = f"file://{world.gitops.path}"
    assert freight(*publishing(world, world.revisions[0], world.gitops.path)).returncode == 0
    publishers = [
        [publishing(world, world.revisions[1 + 6 * who + turn], repo) for turn in range(6)] for who in range(3)
    ]
    promoters = [[["promote", *STAGES, "--repo", repo]] * 5] * 3
    crowd([*publishers, *promoters], tmp_path / "caches")
    check_history(world.gitops.path, 19, start)
    for stage in STAGES:
        commits = world.gitops.git("rev-list", f"stage/{stage}").splitlines()
        assert world.gitops.git("rev-list", "--merges", f"stage/{stage}") == ""
        locks = [world.gitops.git("show", f"{commit}:freight.lock") for commit in commits]
        assert len(set(locks)) == len(locks)
    held = {world.gitops.git("rev-parse", f"stage/{stage}^{{tree}}") for stage in STAGES}
    assert len(held) == len(STAGES)  # their locks name them
    check_sound(world.gitops.path)


def test_the_checker_sees_what_it_is_for(tmp_path: Path) -> None:
    world = Releases(tmp_path, 2)
    start = world.gitops.git("rev-parse", "main")
    for revision in world.revisions:
        assert freight(*publishing(world, revision, world.gitops.path)).returncode == 0
    check_history(world.gitops.path, 2, start)
    with pytest.raises(AssertionError, match="3 releases"):
        check_history(world.gitops.path, 3, start)
    git(tmp_path, "clone", "-q", str(world.gitops.path), "other")
    RepositoryBuilder(tmp_path / "other").commit({f"{FREIGHT}/current/manifests/web.yaml": "a: b\n"})
    git(tmp_path / "other", "push", "-q")
    with pytest.raises(AssertionError, match="adds"):
        check_history(world.gitops.path, 3, start)
    RepositoryBuilder(tmp_path / "other").commit({f"{FREIGHT}/git-{'1' * 40}/freight.yaml": "a: b\n"})
    git(tmp_path / "other", "reset", "-q", "--soft", "HEAD~2")
    RepositoryBuilder(tmp_path / "other").commit({})
    git(tmp_path / "other", "push", "-qf")
    with pytest.raises(AssertionError, match="mirror"):
        check_history(world.gitops.path, 3, start)
