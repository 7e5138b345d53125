"""What is particular to working through the git program: its processes, its ways with names, its locks and hooks."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from freightlib_gitcli import GitProgramBackend
from freightlib_gitcli.moving import RefMove

from freightlib.errors import CorruptObjectError, FreightError, GitError, RefLockedError, ToolError
from freightlib.git.contract import RefUpdate
from freightlib.git.trees import object_id
from freightlib.plugins.repositories import open_repository
from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound


@pytest.fixture
def repository(tmp_path: Path) -> Any:
    return GitProgramBackend().init(str(tmp_path / "g"), bare=True)


def test_a_ref_is_only_found_by_its_own_name(repository: Any) -> None:
    one = commit_to(repository, {"a": b"1"})
    for shadow in (
        "refs/heads/refs/heads/x",
        "refs/tags/refs/heads/y",
        "refs/remotes/refs/heads/z/HEAD",
        "refs/heads/HEAD",
    ):
        repository.move_refs([RefUpdate(shadow, None, one)])
        assert repository.ref(shadow) == one
    assert [repository.ref(f"refs/heads/{name}") for name in "xyz"] == [None] * 3
    two = commit_to(repository, {"a": b"2"}, ref="refs/heads/x")
    assert repository.ref("refs/heads/x") == two
    assert repository.read_commit(two).parents == ()
    assert repository.ref("HEAD") == one
    for odd in (
        "refs/heads/x~0",
        "refs/heads/x^{tree}",
        "refs/heads/x:a",
        "refs/heads/@{-1}",
        one,
        "heads/x",
        "refs/heads/x\nHEAD",
    ):
        assert repository.ref(odd) is None


def test_replaced_objects_are_read_as_stored(repository: Any) -> None:
    one, two = commit_to(repository, {"a": b"1"}), commit_to(repository, {"a": b"2"})
    git(repository.location, "replace", two, one)
    again = open_repository(repository.location, backend="git")
    assert again.read_commit(two).parents == (one,)


def test_contents_are_hashed(repository: Any) -> None:
    wrong = object_id("blob", b"other")
    place = Path(repository.location, "objects", wrong[:2], wrong[2:])
    place.parent.mkdir()
    place.write_bytes(zlib.compress(b"blob 4\0fake"))
    with pytest.raises(CorruptObjectError, match=r"do not have that id|mismatch"):
        repository.read_blob(wrong)
    assert not repository.storage.objects.has(wrong)


def test_reading_goes_on_after_git_has_ended(repository: Any) -> None:
    one = commit_to(repository, {"a": b"1"})
    repository.read_commit(one)
    for source in (repository.storage.objects.source, repository.storage._names):
        source._process.kill()
        source._process.wait()
    with pytest.raises(FreightError):
        repository.read_blob(object_id("blob", b"1"))
    assert repository.read_blob(object_id("blob", b"1")) == b"1"
    with pytest.raises(FreightError):
        repository.ref(MAIN)
    assert repository.ref(MAIN) == one


def test_no_process_outlives_its_repository(tmp_path: Path, repository: Any) -> None:
    commit_to(repository, {"a": b"1"})
    sources = (repository.storage.objects.source, repository.storage._names)
    processes = [source._process for source in sources]
    assert [process.poll() for process in processes] == [None, None]
    del repository, sources
    gc.collect()
    assert not list(tmp_path.rglob("*.lock"))


def test_processes_end_with_the_interpreter(tmp_path: Path, repository: Any) -> None:
    commit_to(repository, {"a": b"1"})
    code = (
        "from freightlib.plugins.repositories import open_repository\n"
        f"found = open_repository({repository.location!r}, backend='git')\n"
        "found.read_commit(found.resolve('main'))\n"
        "print(found.storage.objects.source._process.pid, found.storage._names._process.pid)\n"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    for pid in ran.stdout.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_a_hook_of_the_repository_may_refuse(repository: Any) -> None:
    one = commit_to(repository, {"a": b"1"})
    hook = Path(repository.location, "hooks/reference-transaction")
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ntest $1 != prepared\n")
    hook.chmod(0o755)
    two = repository.write_commit(write_tree(repository, {"a": b"2"}), [one], "2", ME)
    updates = [RefUpdate(MAIN, one, two), RefUpdate("refs/heads/b", None, two)]
    with pytest.raises(GitError, match="hook"):
        repository.move_refs(updates)
    assert repository.refs("refs/") == {MAIN: one}
    hook.unlink()
    repository.move_refs(updates)
    check_sound(repository.location)


def test_git_killed_with_the_locks_in_hand(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = commit_to(repository, {"a": b"1"})
    real = RefMove.commit

    def killed(self: RefMove) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        real(self)

    monkeypatch.setattr(RefMove, "commit", killed)
    two = repository.write_commit(write_tree(repository, {"a": b"2"}), [one], "2", ME)
    with pytest.raises(GitError):
        repository.move_refs([RefUpdate(MAIN, one, two)])
    monkeypatch.setattr(RefMove, "commit", real)
    assert repository.ref(MAIN) == one
    monkeypatch.setattr("freightlib.git.refs.transaction.PATIENCE", 0.05)
    with pytest.raises(RefLockedError) as caught:
        repository.move_refs([RefUpdate(MAIN, one, two)])
    locks = list(Path(repository.location).rglob("*.lock"))  # git locks HEAD too, for its reflog
    assert Path(caught.value.data["lock"]) in locks
    for lock in locks:
        lock.unlink()
    repository.move_refs([RefUpdate(MAIN, one, two)])
    check_sound(repository.location)


KILLED = """
import os, signal, sys
from freightlib.git.contract import RefUpdate
from freightlib.plugins.repositories import open_repository
from freightlib.testing.commits import MAIN, ME, write_tree
from freightlib_gitcli.moving import RefMove
repository = open_repository(sys.argv[1], backend="git")
old = repository.ref(MAIN)
new = repository.write_commit(write_tree(repository, {"a": b"2"}), [old], "2", ME)
RefMove.commit = lambda self: os.kill(os.getpid(), signal.SIGKILL)
repository.move_refs([RefUpdate(MAIN, old, new)])
"""


def test_killed_with_the_locks_in_hand_leaves_none(repository: Any) -> None:
    one = commit_to(repository, {"a": b"1"})
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, repository.location], cwd=Path(__file__).parents[3], check=False
    )
    assert ran.returncode == -signal.SIGKILL
    two = repository.write_commit(write_tree(repository, {"a": b"3"}), [one], "3", ME)
    repository.move_refs([RefUpdate(MAIN, one, two)])  # git has let go by now, or does so while we wait
    assert not list(Path(repository.location).rglob("*.lock"))
    check_sound(repository.location)


WRAPPER = """#!/bin/sh
if [ "$1" = "{command}" ] && [ ! -e "{flag}" ]; then : > "{flag}"; kill -9 $$; fi
exec "{git}" "$@"
"""


@pytest.mark.parametrize("command", ["index-pack", "update-ref"])
def test_git_killed_when_it_begins(
    repository: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    one = commit_to(repository, {"a": b"1"})
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(WRAPPER.format(command=command, flag=tmp_path / "killed", git=shutil.which("git")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    two = repository.write_commit(write_tree(repository, {"a": b"2"}), [one], "2", ME)
    with pytest.raises(GitError):
        repository.move_refs([RefUpdate(MAIN, one, two)])
    assert (tmp_path / "killed").exists()
    assert repository.ref(MAIN) == one
    assert not list(Path(repository.location, "objects").glob("tmp_*"))
    repository.move_refs([RefUpdate(MAIN, one, two)])
    assert repository.ref(MAIN) == two
    check_sound(repository.location)


def test_nothing_is_seen_before_the_refs_move(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = commit_to(repository, {"a": b"1"})
    blob = repository.write_blob(b"early")
    other = open_repository(repository.location, backend="git")
    with pytest.raises(CorruptObjectError, match="missing"):
        other.read_blob(blob)
    assert repository.ref(MAIN) == one
    commit_to(repository, {"a": b"early"})
    assert other.read_blob(blob) == b"early"


def last(log: Path) -> tuple[str, str]:
    """Who and why in the last line of a reflog: without its ids and times."""
    told, _, why = log.read_text().splitlines()[-1].partition("\t")
    return told.rsplit(" ", 2)[0][82:], why


def test_reflogs_say_the_same_with_either_backend(tmp_path: Path) -> None:
    found = []
    for backend in ("libgit2", "git"):
        place = tmp_path / backend
        RepositoryBuilder(place).commit({}, "base")
        git(place, "update-ref", "refs/heads/side", "main")
        git(place, "worktree", "add", "-q", "../linked-" + backend, "side")
        repository = open_repository(place, backend=backend)
        for ref in (MAIN, "refs/heads/side"):
            old = repository.ref(ref)
            new = repository.write_commit(write_tree(repository, {"a": b"1"}), [], "m", ME)
            repository.move_refs([RefUpdate(ref, old, new)], reason="promote it")
        logs = [place / ".git/logs" / name for name in ("HEAD", MAIN, "refs/heads/side")]
        logs.append(place / f".git/worktrees/linked-{backend}/logs/HEAD")
        found.append([last(log) for log in logs])
        assert (tmp_path / f"linked-{backend}" / "a").read_text() == (place / "a").read_text() == "1"
    assert found[0] == found[1] == [("freightlib <freightlib@localhost>", "promote it")] * 4


def test_without_git(tmp_path: Path, repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="not installed"):
        open_repository(repository.location, backend="git")
    fresh = GitProgramBackend()
    assert fresh.accepts(repository.location)
    assert not fresh.accepts(str(tmp_path / "nowhere"))
