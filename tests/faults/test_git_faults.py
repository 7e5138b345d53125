"""What a release must survive: races, kills, full and read-only disks, collected garbage."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from freightlib.git.contract import RefUpdate
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound

pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.slow]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def child(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def joined(process: subprocess.Popen[str], timeout: float = 120) -> str:
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    return out


def race(locations: list[str], branch_of: Path, each: int, *more: str) -> None:
    racers = [child("git_racer.py", place, f"p{n}", str(each), *more) for n, place in enumerate(locations)]
    for racer in racers:
        joined(racer)
    files = git(branch_of, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert sorted(files) == sorted(["start", *(f"p{n}/{i}" for n in range(len(locations)) for i in range(each))])
    assert git(branch_of, "rev-list", "--count", "main") == str(1 + each * len(locations))
    assert git(branch_of, "rev-list", "--merges", "main") == ""
    check_sound(branch_of)


def test_four_processes_on_one_branch_lose_nothing(tmp_path: Path, backend: str) -> None:
    commit_to(init_repository(tmp_path / "g", bare=True), {"start": b""})
    race([str(tmp_path / "g")] * 4, tmp_path / "g", 25 if backend == "libgit2" else 8)


def test_racing_pushers_lose_nothing(tmp_path: Path) -> None:
    commit_to(init_repository(tmp_path / "g", bare=True), {"start": b""})
    race([f"file://{tmp_path / 'g'}"] * 3, tmp_path / "g", 4)


def test_racing_clones_that_push_lose_nothing(tmp_path: Path) -> None:
    commit_to(init_repository(tmp_path / "g", bare=True), {"start": b""})
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", "g", name)
    race([str(tmp_path / "one"), str(tmp_path / "two")], tmp_path / "g", 4, "push")


@pytest.mark.parametrize("kind", ["bare", "checked-out"])
def test_killed_at_every_write_step(tmp_path: Path, kind: str) -> None:
    commit_to(init_repository(tmp_path / "g", bare=kind == "bare"), {"a/b": b"start"})
    assert int(joined(child("git_kills.py", str(tmp_path / "g")))) > 15


FULL = """
import resource, signal, sys
from freightlib.errors import StorageError
from freightlib.git.contract import RefUpdate
from freightlib.plugins.repositories import open_repository
from freightlib.testing.commits import MAIN, ME, write_tree
repository = open_repository(sys.argv[1])
old = repository.ref(MAIN)
import os
new = repository.write_commit(write_tree(repository, {"big": os.urandom(200_000)}), [old], "2", ME)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    repository.move_refs([RefUpdate(MAIN, old, new)])
except StorageError as error:
    print(error.code)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert repository.ref(MAIN) == old
if len(sys.argv) > 3:
    repository.move_refs([RefUpdate(MAIN, old, new)])
"""


@pytest.mark.parametrize("limit", [0, 20, 1000, 100_000])
def test_a_full_disk_moves_nothing_and_leaves_nothing(tmp_path: Path, limit: int) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    before = sorted(path for path in (tmp_path / "g").rglob("*") if path.is_file())
    again = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "g"), str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout) == (0, "storage\n"), again.stderr
    assert sorted(path for path in (tmp_path / "g").rglob("*") if path.is_file()) == before
    assert git(tmp_path / "g", "rev-parse", "main") == one
    check_sound(tmp_path / "g")
    again = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "g"), str(limit), "retry"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr.decode()
    assert git(tmp_path / "g", "rev-parse", "main~1") == one
    check_sound(tmp_path / "g")


READ_ONLY = """
import os, sys
from freightlib.errors import StorageError
from freightlib.git.contract import RefUpdate
from freightlib.plugins.repositories import open_repository
from freightlib.testing.commits import MAIN, ME, write_tree
os.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
repository = open_repository(sys.argv[1])
old = repository.ref(MAIN)
new = repository.write_commit(write_tree(repository, {"a": b"2"}), [old], "2", ME)
if os.getuid() == 0:  # root may write everywhere
    os.setgid(65534); os.setuid(65534)
try:
    repository.move_refs([RefUpdate(MAIN, old, new)])
except StorageError as error:
    print(error)
"""


def test_a_read_only_repository_says_so(tmp_path: Path) -> None:
    shared = Path(subprocess.check_output(["mktemp", "-d"], text=True, cwd="/").strip())
    try:
        one = commit_to(init_repository(shared / "g", bare=True), {"a": b"1"})
        shared.chmod(0o755)
        for path in [shared / "g", *(shared / "g").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        ran = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(shared / "g")], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert "you may not write there" in ran.stdout
        assert git(shared / "g", "rev-parse", "main") == one
    finally:
        for path in shared.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(shared)


def test_garbage_collected_before_the_ref_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    two = repository.write_commit(write_tree(repository, {"a": b"2", "b/c": b"3"}), [one], "2", ME)
    real = type(repository).flush

    def collected(self: object) -> None:
        real(self)  # type: ignore[arg-type]
        git(tmp_path / "g", "gc", "-q", "--prune=now")

    monkeypatch.setattr(type(repository), "flush", collected)
    repository.move_refs([RefUpdate(MAIN, one, two)])
    assert git(tmp_path / "g", "show", "main:b/c") == "3"
    assert not list((tmp_path / "g/objects/pack").glob("*.keep"))
    check_sound(tmp_path / "g")


def test_garbage_collected_between_two_tries(tmp_path: Path) -> None:
    repository, other = init_repository(tmp_path / "g", bare=True), open_repository(tmp_path / "g")
    one = commit_to(repository, {"a": b"1"})
    tree = write_tree(repository, {"a": b"2", "b/c": b"3"})
    lock = tmp_path / "g/refs/heads/main.lock"
    lock.touch()
    with pytest.raises(Exception, match="locked"):
        repository.move_refs([RefUpdate(MAIN, one, repository.write_commit(tree, [one], "2", ME))])
    lock.unlink()
    two = commit_to(other, {"a": b"other"})
    git(tmp_path / "g", "gc", "-q", "--prune=now")
    again = repository.write_commit(write_tree(repository, {"a": b"2", "b/c": b"3"}), [two], "2", ME)
    repository.move_refs([RefUpdate(MAIN, two, again)])
    check_sound(tmp_path / "g")
    del repository, other
    assert not list((tmp_path / "g/objects/pack").glob("*.keep"))


TRUNCATED = """
import sys
from freightlib.plugins.repositories import open_repository
open_repository(sys.argv[1]).resolve("main")
"""


def test_a_truncated_loose_commit_does_not_hang(tmp_path: Path) -> None:
    name = RepositoryBuilder(tmp_path / "g").commit({}, "x" * 5000)
    loose = tmp_path / "g/.git/objects" / name[:2] / name[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:-10])
    ran = subprocess.run(  # libgit2 would never come back, holding the interpreter: only another process can tell
        [sys.executable, "-c", TRUNCATED, str(tmp_path / "g")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "CorruptObjectError" in ran.stderr
