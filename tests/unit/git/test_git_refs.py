"""Refs: compare-and-swap, all or none, and work trees that follow or refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from freightlib.errors import FreightError, GitError, RefConflictError, RefLockedError, UnsafePathError, WorkTreeError
from freightlib.git.contract import RefUpdate
from freightlib.git.refs import transaction as refs
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound

pytestmark = pytest.mark.usefixtures("backend")

STAGE = "refs/heads/stage/test"


def test_several_refs_move_together_or_not_at_all(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    two = repository.write_commit(write_tree(repository, {"a": b"2"}), [one], "2", ME)
    with pytest.raises(RefConflictError) as caught:
        repository.move_refs([RefUpdate(MAIN, one, two), RefUpdate(STAGE, one, two)])
    assert caught.value.data == {"ref": STAGE, "expected": one, "found": None}
    assert repository.refs("refs/") == {MAIN: one}
    repository.move_refs([RefUpdate(MAIN, one, two), RefUpdate(STAGE, None, two)])
    assert open_repository(repository.location).refs("refs/") == {MAIN: two, STAGE: two}
    repository.move_refs([RefUpdate(STAGE, two, None)])
    assert git(repository.location, "for-each-ref", "--format=%(refname)") == MAIN
    check_sound(repository.location)


def test_a_ref_that_moved_or_vanished_is_a_conflict_and_not_made_again(tmp_path: Path) -> None:
    repository, other = init_repository(tmp_path / "g", bare=True), open_repository(tmp_path / "g")
    one = commit_to(repository, {"a": b"1"})
    two = commit_to(other, {"a": b"2"})
    three = repository.write_commit(write_tree(repository, {"a": b"3"}), [one], "3", ME)
    with pytest.raises(RefConflictError, match="moved meanwhile"):
        repository.move_refs([RefUpdate(MAIN, one, three)])
    git(repository.location, "update-ref", "-d", MAIN)
    with pytest.raises(RefConflictError, match="deleted meanwhile"):
        repository.move_refs([RefUpdate(MAIN, two, three)])
    assert repository.refs("refs/") == {}


def test_the_comparison_is_made_under_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, other = init_repository(tmp_path / "g", bare=True), open_repository(tmp_path / "g")
    one = commit_to(repository, {"a": b"1"})
    storage: Any = type(repository.storage)  # type: ignore[attr-defined]
    moving = storage.moving

    def late(*given: Any) -> Any:  # another process moves the branch after all early looks
        monkeypatch.setattr(storage, "moving", moving)
        commit_to(other, {"a": b"2"})
        return moving(*given)

    monkeypatch.setattr(storage, "moving", late)
    three = repository.write_commit(write_tree(repository, {"a": b"3"}), [one], "3", ME)
    with pytest.raises(RefConflictError):
        repository.move_refs([RefUpdate(MAIN, one, three)])
    assert not list((tmp_path / "g/refs").rglob("*.lock"))


def test_packed_refs_count_and_are_deleted(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    repository.move_refs([RefUpdate(STAGE, None, one)])
    git(repository.location, "pack-refs", "--all", "--prune")
    with pytest.raises(RefConflictError):
        repository.move_refs([RefUpdate(STAGE, None, one)])
    with pytest.raises(GitError, match="cannot be created because of"):
        repository.move_refs([RefUpdate(f"{MAIN}/below", None, one)])
    with pytest.raises(GitError, match="cannot be created because of"):
        repository.move_refs([RefUpdate("refs/heads/stage", None, one)])
    repository.move_refs([RefUpdate(STAGE, one, None)])
    assert git(repository.location, "for-each-ref", "--format=%(refname)") == MAIN
    repository.move_refs([RefUpdate("refs/heads/stage", None, one)])  # its empty folder is no obstacle
    check_sound(repository.location)


def test_a_stale_lock_is_named_and_removed_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    lock = tmp_path / "g/refs/heads/main.lock"
    lock.touch()
    monkeypatch.setattr(refs, "PATIENCE", 0.1)
    two = repository.write_commit(write_tree(repository, {"a": b"2"}), [one], "2", ME)
    with pytest.raises(RefLockedError) as caught:
        repository.move_refs([RefUpdate(MAIN, one, two)])
    assert caught.value.data["lock"] == str(lock)
    assert lock.exists()
    assert repository.ref(MAIN) == one
    lock.unlink()
    repository.move_refs([RefUpdate(MAIN, one, two)])
    assert git(repository.location, "rev-parse", "main") == two
    check_sound(repository.location)


@pytest.mark.parametrize(
    "ref",
    ["main", "refs/heads/", "refs/heads/a..b", "refs/heads/../x", "refs/heads/a b", "refs/heads/.a", "HEAD",
     "refs/main", "refs/heads/a.lock", "refs/heads/a@{1}", "refs/heads/a\n", "refs/heads/a//b", "refs/heads/a\\b",
     "refs/heads/a."],
)  # fmt: skip
def test_refs_that_git_refuses_are_refused(tmp_path: Path, ref: str) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    one = commit_to(repository, {"a": b"1"})
    with pytest.raises(UnsafePathError):
        repository.move_refs([RefUpdate(ref, None, one)])


def test_a_clean_work_tree_follows(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "w")
    commit_to(repository, {"a/x": b"1", "b": b"1"})  # onto an unborn branch
    (tmp_path / "w/untracked").write_text("mine")
    commit_to(open_repository(tmp_path / "w/a"), {"a/y": b"2", "b": b"1", "l": "b"}, message="a commit\n")
    assert git(tmp_path / "w", "status", "--porcelain") == "?? untracked"
    assert not (tmp_path / "w/a/x").exists()
    assert (tmp_path / "w/l").is_symlink()
    assert "a commit" in git(tmp_path / "w", "reflog", "-1")
    assert git(tmp_path / "w", "rev-parse", "HEAD@{1}") == git(tmp_path / "w", "rev-parse", "HEAD~1")


def test_a_linked_work_tree_follows_and_opens(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "w")
    one = commit_to(repository, {"a": b"1"})
    repository.move_refs([RefUpdate(STAGE, None, one)])
    git(tmp_path / "w", "worktree", "add", "-q", "../linked", "stage/test")
    commit_to(repository, {"a": b"2"}, STAGE)
    assert (tmp_path / "linked/a").read_bytes() == b"2"
    assert git(tmp_path / "linked", "status", "--porcelain") == ""
    linked = open_repository(tmp_path / "linked")
    assert linked.head == STAGE
    commit_to(linked, {"a": b"3"}, MAIN)
    assert (tmp_path / "w/a").read_bytes() == b"3"
    assert git(tmp_path / "w", "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("prepare", "new"),
    [
        ("echo changed > a", {"a": b"2", "d/b": b"1"}),
        ("echo changed > a; git add a", {"a": b"2", "d/b": b"1"}),
        ("rm a", {"a": b"2", "d/b": b"1"}),
        ("git rm -q --cached a", {"a": b"2", "d/b": b"1"}),
        ("echo untracked > new", {"a": b"1", "d/b": b"1", "new": b"2"}),
        ("echo untracked > new", {"a": b"1", "d/b": b"1", "new/c": b"2"}),
        ("echo '*.o' > .git/info/exclude; echo ignored > x.o", {"a": b"1", "d/b": b"1", "x.o": b"2"}),
        ("rm -r d; ln -s /tmp d", {"a": b"1", "d/b": b"2"}),
        ("chmod +x a", {"a": b"2", "d/b": b"1"}),
    ],
)
def test_a_work_tree_that_is_not_clean_there_refuses_before_anything_is_written(
    tmp_path: Path, prepare: str, new: dict[str, bytes | str]
) -> None:
    repository = init_repository(tmp_path / "w")
    one = commit_to(repository, {"a": b"1", "d/b": b"1"})
    subprocess.run(prepare, shell=True, cwd=tmp_path / "w", check=True)
    before = git(tmp_path / "w", "status", "--porcelain", "--ignored"), sorted((tmp_path / "w/.git/objects").rglob("*"))
    with pytest.raises(WorkTreeError) as caught:
        commit_to(repository, new)
    assert caught.value.data["paths"]
    after = git(tmp_path / "w", "status", "--porcelain", "--ignored"), sorted((tmp_path / "w/.git/objects").rglob("*"))
    assert before == after
    assert git(tmp_path / "w", "rev-parse", "main") == one


def test_changes_elsewhere_in_the_work_tree_stay(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "w")
    commit_to(repository, {"a": b"1", "b": b"1"})
    (tmp_path / "w/b").write_text("mine")
    commit_to(repository, {"a": b"2", "b": b"1"})
    assert git(tmp_path / "w", "status", "--porcelain") == "M b"
    assert (tmp_path / "w/b").read_text() == "mine"


def test_a_checked_out_branch_is_not_deleted(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "w")
    one = commit_to(repository, {"a": b"1"})
    with pytest.raises(WorkTreeError):
        repository.move_refs([RefUpdate(MAIN, one, None)])


@pytest.mark.parametrize(
    "arguments",
    [["--object-format=sha256"], ["--ref-format=reftable"], ["partial"], ["promisor"]],
    ids=["sha256", "reftable", "partial", "promisor"],
)
def test_what_libgit2_cannot_open_names_the_other_backend(tmp_path: Path, arguments: list[str]) -> None:
    if arguments == ["--object-format=sha256"]:
        RepositoryBuilder(tmp_path / "g", options=arguments)
    else:  # as git writes it; older gits cannot make a reftable themselves
        RepositoryBuilder(tmp_path / "g")
        key, value = {
            "partial": ("extensions.partialclone", "origin"),
            "promisor": ("remote.origin.promisor", "true"),
        }.get(arguments[0], ("extensions.refstorage", "reftable"))
        git(tmp_path / "g", "config", key, value)
        git(tmp_path / "g", "config", "core.repositoryformatversion", "1")
    with pytest.raises(FreightError, match="libgit2 backend") as caught:
        open_repository(tmp_path / "g", backend="libgit2")
    assert caught.value.code == "unsupported-repository"
    assert "named git" in caught.value.hint


def test_no_repository_and_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no git repository"):
        open_repository(tmp_path / "nowhere")
    init_repository(tmp_path / "g", branch="trunk")
    assert open_repository(tmp_path / "g").head == "refs/heads/trunk"
    with pytest.raises(GitError, match="already"):
        init_repository(tmp_path / "g")
    with pytest.raises(UnsafePathError):
        init_repository(tmp_path / "h", branch="a..b")


def test_a_mistyped_path_is_not_the_repository_around_it(tmp_path: Path) -> None:
    init_repository(tmp_path / "around")
    with pytest.raises(GitError, match="no git repository"):
        open_repository(tmp_path / "around" / "nowhere")
