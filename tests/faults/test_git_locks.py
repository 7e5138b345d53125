"""A lock that a killed freightlib left is taken away by the next one; one that somebody holds, or git left, is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from freightlib.errors import RefLockedError
from freightlib.git.contract import RefUpdate, Repository
from freightlib.git.refs.transaction import RefTransaction
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing.commits import MAIN, commit_to

pytestmark = pytest.mark.slow

HOLDER = """
import sys, time
from pathlib import Path
from freightlib.git.refs.lock_files import take
assert take(Path(sys.argv[1]), Path(sys.argv[1], "refs/heads/main.lock"))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.delenv("FREIGHTLIB_GIT_BACKEND", raising=False)
    monkeypatch.setattr(RefTransaction, "__init__", _impatient(RefTransaction.__init__))
    return init_repository(tmp_path / "g", bare=True)


def _impatient(original):
    def made(self, *args, **kwargs):
        original(self, *args, **{"patience": 0.3, **kwargs})

    return made


def holder(place: Path) -> subprocess.Popen[bytes]:
    started = subprocess.Popen([sys.executable, "-c", HOLDER, place], stdout=subprocess.PIPE)
    assert started.stdout is not None
    assert started.stdout.readline() == b"held\n"
    return started


def move(repository: Repository, old: str) -> str:
    new = repository.write_commit(repository.read_commit(old).tree, [old], "next", repository.read_commit(old).author)
    repository.move_refs([RefUpdate(MAIN, old, new)])
    return new


def test_the_lock_of_a_killed_process_is_cleared(repository: Repository) -> None:
    old = commit_to(repository, {"a": b"1"})
    place = Path(repository.location)
    with holder(place) as other:
        with pytest.raises(RefLockedError, match=r"refs/heads/main\.lock"):
            move(repository, old)
        other.send_signal(signal.SIGKILL)
    assert (place / "refs/heads/main.lock").exists()
    new = move(open_repository(place), old)
    assert repository.ref(MAIN) == new
    assert not (place / "refs/heads/main.lock").exists()
    assert not list((place / "freightlib-locks").iterdir())


def test_a_lock_of_gits_is_left_alone(repository: Repository) -> None:
    old = commit_to(repository, {"a": b"1"})
    lock = Path(repository.location, "refs/heads/main.lock")
    lock.touch()
    with pytest.raises(RefLockedError) as caught:
        move(repository, old)
    assert caught.value.data["lock"] == str(lock)
    assert lock.exists()


def test_without_hard_links_locks_are_made_as_git_makes_them(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = commit_to(repository, {"a": b"1"})

    def refused(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refused)
    assert repository.ref(MAIN) == old
    assert move(repository, old) == repository.ref(MAIN)
