"""Lock files left behind: whose they are is told; they are removed when their owner is provably gone, and only then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from freightlib.errors import RefLockedError, RemoteError
from freightlib.git.contract import RefUpdate
from freightlib.git.remotes import cache
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git
from freightlib.testing.commits import MAIN, commit_to

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INDEX = """
from freightlib.git.worktrees.following import held
from freightlib.git.worktrees.clean import WorkTree
tree = WorkTree(Path(sys.argv[1]), Path(sys.argv[1], ".git"), "refs/heads/main")
with held(tree.git, [tree]):
    wait()
"""
CACHE = """
from freightlib.git.remotes.cache import locked
with locked(Path(sys.argv[1])):
    wait()
"""
ORPHAN = """
from freightlib.git.remotes.cache import locked
from freightlib.git.program import run_git
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    run_git(["-c", "alias.wait=!touch started; sleep 2; touch ended", "wait"], directory=Path(sys.argv[1]))
"""


@contextmanager
def holder(script: str, place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of freightlib's that holds something until it is killed."""
    start = (
        "import sys, time\nfrom pathlib import Path\ndef wait():\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start + script, str(place)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_ref_lock_of_gits(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    commit_to(repository, {"a": b"1"})
    lock = tmp_path / "g/refs/heads/main.lock"
    lock.touch()
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    with pytest.raises(RefLockedError, match=r"git or another program, since 2023-11-14T22:13:20Z") as caught:
        commit_to(repository, {"a": b"2"})
    assert "remove that file" in caught.value.hint
    assert lock.exists()


def test_a_lock_of_packed_refs(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"}, "refs/heads/other")
    git(tmp_path / "g", "pack-refs", "--all")
    lock = tmp_path / "g/packed-refs.lock"
    lock.touch()
    with pytest.raises(RefLockedError, match=r"packed-refs\.lock.*git or another program, since 20"):
        repository.move_refs([RefUpdate("refs/heads/other", one, None)])
    lock.unlink()
    repository.move_refs([RefUpdate("refs/heads/other", one, None)])
    assert open_repository(tmp_path / "g").refs("refs/") == {}


def test_an_index_lock_of_gits(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g")
    one = commit_to(repository, {"a": b"1"})
    lock = tmp_path / "g/.git/index.lock"
    lock.touch()
    with pytest.raises(
        RefLockedError, match=r"the index of .* is locked: .*git or another program, since 20"
    ) as caught:
        commit_to(repository, {"a": b"2"})
    assert "it was killed: remove that file" in caught.value.hint
    assert (repository.ref(MAIN), lock.exists()) == (one, True)
    lock.unlink()
    commit_to(repository, {"a": b"2"})
    assert git(tmp_path / "g", "status", "--porcelain") == ""


def test_an_index_lock_of_ours(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g")
    commit_to(repository, {"a": b"1"})
    with holder(INDEX, tmp_path / "g") as other, pytest.raises(RefLockedError, match="freightlib, process") as caught:
        commit_to(repository, {"a": b"2"})
    assert f"process {other.pid} on" in caught.value.message
    assert (tmp_path / "g/.git/index.lock").exists()
    open_repository(tmp_path / "g")  # any look at it is enough: git would stumble over that lock too
    assert not (tmp_path / "g/.git/index.lock").exists()
    commit_to(repository, {"a": b"2"})
    assert git(tmp_path / "g", "status", "--porcelain") == ""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    commit_to(init_repository(tmp_path / "server", bare=True), {"a": b"1"})
    found = f"file://{tmp_path / 'server'}"
    open_repository(found)
    return found


def test_the_caches_lock(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = cache.cached_repository("repositories", address)
    monkeypatch.setattr(cache, "TIMEOUT", 0.3)
    with holder(CACHE, place) as other:
        with pytest.raises(RefLockedError, match=rf"is in use .*: freightlib, process {other.pid} on") as caught:
            open_repository(address)
        assert "end it" in caught.value.hint
    commit_to(open_repository(address), {"a": b"2"})


LEFT = ["packed-refs.lock", "shallow.lock", "config.lock", "refs/remotes/origin/main.lock", "HEAD.lock"]


def test_locks_that_a_killed_git_left_in_the_cache(address: str, tmp_path: Path) -> None:
    place = cache.cached_repository("repositories", address)
    with holder(CACHE, place):
        for name in LEFT:
            (place / name).touch()
        commit_to(open_repository(tmp_path / "server"), {"a": b"2"})
    two = commit_to(open_repository(address), {"a": b"3"})
    assert open_repository(tmp_path / "server").ref(MAIN) == two
    assert not [name for name in LEFT if (place / name).exists()]


def test_locks_of_somebody_who_works_in_the_cache_are_left_alone(address: str, tmp_path: Path) -> None:
    place = cache.cached_repository("repositories", address)
    lock = place / "refs/remotes/origin/main.lock"
    lock.touch()
    commit_to(open_repository(tmp_path / "server"), {"a": b"2"})
    with pytest.raises(RemoteError) as caught:
        open_repository(address)
    assert "another git is running there" in caught.value.hint
    assert f"{place.name}/./refs/remotes/origin/main.lock" in caught.value.hint
    assert lock.exists()


def test_a_git_that_outlives_its_killed_freightlib_keeps_the_cache(address: str) -> None:
    place = cache.cached_repository("repositories", address)
    with holder(ORPHAN, place):
        while not (place / "started").exists():
            time.sleep(0.01)
    assert not (place / "ended").exists()
    with cache.locked(place):
        assert (place / "ended").exists()


def test_a_lock_left_at_the_server(address: str, tmp_path: Path) -> None:
    lock = tmp_path / "server/refs/heads/main.lock"
    lock.touch()
    repository = open_repository(address)
    with pytest.raises(RemoteError) as caught:
        commit_to(repository, {"a": b"2"})
    assert "main.lock" in f"{caught.value.message} {caught.value.hint}", caught.value
    assert "on the server" in caught.value.hint
    lock.unlink()
    commit_to(repository, {"a": b"2"})
