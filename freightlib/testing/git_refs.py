"""The suite for git backends, second part: repositories and refs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from freightlib.errors import (
    FreightError,
    GitError,
    RefConflictError,
    RefLockedError,
    RevisionError,
    UnsafePathError,
    WorkTreeError,
)
from freightlib.git.contract import RefUpdate, Repository
from freightlib.testing.commits import MAIN, commit_to, write_commit
from freightlib.testing.git_rules import SIDE, Judged, check_stored, tip
from freightlib.testing.program import git, git_bytes
from freightlib.testing.repositories import RepositoryBuilder
from freightlib.testing.rules import Rules

_BACKEND: Final = Rules("GitBackend")
_INIT: Final = Rules("GitBackend.init")
_REPOSITORY: Final = Rules("Repository")
_MOVE: Final = Rules("Repository.move_refs")
_REFS: Final = Rules("Repository.ref and Repository.refs")
_RESOLVE: Final = Rules("Repository.resolve")
_WRITERS: Final = 4
_COMMITS: Final = 6
_BAD_REFS: Final = (
    "main",
    "refs/heads/",
    "refs/heads/a..b",
    "refs/heads/a b",
    "refs/heads/../x",
    "refs/heads/a.lock",
    "HEAD",
)


class RefRules(Judged):
    """Checks of opening repositories and moving refs."""

    def test_it_says_what_it_opens(self, tmp_path: Path) -> None:
        """A backend has a name, accepts a repository, and does not accept another directory."""
        backend = self.make_backend()
        name: Any = backend.name
        _BACKEND.hold(isinstance(name, str) and bool(name), "it has a name", repr(name))
        self.bare(tmp_path / "g")
        _BACKEND.equal(backend.accepts(str(tmp_path / "g")), True, "it accepts a repository on the disk")
        (tmp_path / "empty").mkdir()
        for what in (tmp_path / "empty", tmp_path / "absent"):
            _BACKEND.equal(backend.accepts(str(what)), False, "it does not accept a path without a repository")
        with _BACKEND.raises(GitError, "opening a path without a repository raises GitError"):
            backend.open(str(tmp_path / "empty"))

    def test_init_makes_repositories(self, tmp_path: Path) -> None:
        """A new repository is bare or has a worktree, with HEAD on the named branch; it never replaces another."""
        backend = self.make_backend()
        for name, bare in (("b", True), ("w", False)):
            made = backend.init(str(tmp_path / name), bare=bare, branch="trunk")
            _INIT.equal(made.head, "refs/heads/trunk", "HEAD names the branch")
            said = (
                git(tmp_path / name, "rev-parse", "--is-bare-repository"),
                git(tmp_path / name, "symbolic-ref", "HEAD"),
            )
            _INIT.equal(said, (str(bare).lower(), "refs/heads/trunk"), "git sees the repository as requested")
        with _INIT.raises(GitError, "init in an existing repository raises GitError"):
            backend.init(str(tmp_path / "b"))
        with _INIT.raises(UnsafePathError, "a branch that git refuses raises UnsafePathError"):
            backend.init(str(tmp_path / "c"), branch="a..b")

    def test_it_knows_where_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """location, address (without credentials), head and identity are right."""
        repository = self.bare(tmp_path / "g")
        _REPOSITORY.equal(Path(repository.location).resolve(), (tmp_path / "g").resolve(), "location is where it is")
        _REPOSITORY.equal(repository.address, "g", "without origin, the address is the folder's name")
        git(tmp_path / "g", "remote", "add", "origin", "https://user:secret@example.org/g.git")
        address = self.open(tmp_path / "g").address
        _REPOSITORY.hold(
            "example.org/g.git" in address and "secret" not in address,
            "address is origin's, without credentials",
            address,
        )
        _REPOSITORY.equal(repository.head, MAIN, "head is the branch that HEAD names, even if it has no commit yet")
        one = commit_to(repository, {"a": b"1"})
        git(tmp_path / "g", "update-ref", "--no-deref", "HEAD", one)
        _REPOSITORY.equal(self.open(tmp_path / "g").head, None, "head is None when HEAD is detached")
        name, email = repository.identity()
        _REPOSITORY.hold(bool(name and email), "identity has a neutral default", f"{name!r} {email!r}")
        git(tmp_path / "g", "config", "user.name", "Grace")
        git(tmp_path / "g", "config", "user.email", "grace@example.org")
        expected = ("Grace", "grace@example.org")
        _REPOSITORY.equal(self.open(tmp_path / "g").identity(), expected, "identity is git's configuration's")
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
        _REPOSITORY.equal(self.open(tmp_path / "g").identity()[0], "Ada", "git's environment variables come first")

    def test_nothing_is_visible_before_move_refs(self, tmp_path: Path) -> None:
        """Writing objects and commits moves no ref and changes no worktree."""
        RepositoryBuilder(tmp_path / "w")
        repository = self.open(tmp_path / "w")
        one = commit_to(repository, {"a": b"1"})
        before = _outside(tmp_path / "w")
        write_commit(repository, {"a": b"2"}, [one])
        _MOVE.equal(_outside(tmp_path / "w"), before, "until move_refs, nobody else sees what is written")
        _MOVE.equal(repository.ref(MAIN), one, "until move_refs, refs do not move")

    def test_move_refs_stores_what_was_written(self, tmp_path: Path) -> None:
        """When move_refs returns, git and other instances see the refs and all their objects."""
        repository = self.bare(tmp_path / "g")
        made = commit_to(repository, {f"d{n}/f": b"%d" % n for n in range(20)})
        _MOVE.equal(tip(tmp_path / "g"), made, "git sees the ref where it was moved")
        _MOVE.equal(self.open(tmp_path / "g").ref(MAIN), made, "another instance sees it")
        check_stored(tmp_path / "g", "every object written is stored before the ref moves")

    def test_refs_are_made_listed_and_deleted(self, tmp_path: Path) -> None:
        """``old=None`` creates a ref, ``new=None`` deletes it; refs lists by prefix, with full names."""
        path = tmp_path / "g"
        repository = self.bare(path)
        one = commit_to(repository, {"a": b"1"})
        repository.move_refs([RefUpdate(SIDE, None, one), RefUpdate("refs/heads/stage/test", None, one)])
        listed = {MAIN: one, SIDE: one, "refs/heads/stage/test": one}
        git(path, "pack-refs", "--all")
        for each in (repository, self.open(path)):
            _REFS.equal(dict(each.refs("refs/heads/")), listed, "refs gives every ref below the prefix")
            _REFS.equal(dict(each.refs("refs/heads/stage/")), {"refs/heads/stage/test": one}, "refs gives full names")
            _REFS.equal(each.ref("refs/heads/none"), None, "ref is None for a missing ref")
        repository.move_refs([RefUpdate(SIDE, one, None)])
        _MOVE.equal((tip(path, SIDE), repository.ref(SIDE)), ("", None), "new of None deletes the ref")

    def test_move_refs_compares(self, tmp_path: Path) -> None:
        """A ref that does not have the expected value does not move, and RefConflictError is raised."""
        path = tmp_path / "g"
        repository = self.bare(path)
        one = commit_to(repository, {"a": b"1"})
        other = self.open(path)
        two = commit_to(other, {"a": b"2"})
        three = write_commit(repository, {"a": b"3"}, [one])
        moves = {
            "a stale old": RefUpdate(MAIN, one, three),
            "old of None for an existing ref": RefUpdate(MAIN, None, three),
            "a stale old, to delete": RefUpdate(MAIN, one, None),
            "an old for a missing ref": RefUpdate(SIDE, one, three),
        }
        for what, update in moves.items():
            with _MOVE.raises(RefConflictError, f"{what} raises RefConflictError"):
                repository.move_refs([update])
            _MOVE.equal((tip(path), tip(path, SIDE)), (two, ""), f"{what} moves nothing")

    def test_several_refs_move_all_or_none(self, tmp_path: Path) -> None:
        """If one update cannot be made, no ref moves, at any position in the list."""
        path = tmp_path / "g"
        repository = self.bare(path)
        one = commit_to(repository, {"a": b"1"})
        repository.move_refs([RefUpdate(SIDE, None, one)])
        two = write_commit(repository, {"a": b"2"}, [one])
        good = [RefUpdate(MAIN, one, two), RefUpdate("refs/heads/new", None, two)]
        stale = RefUpdate(SIDE, two, one)
        for updates in ([*good, stale], [stale, *good], [good[0], stale, good[1]]):
            with _MOVE.raises(RefConflictError, "one stale update raises RefConflictError"):
                repository.move_refs(updates)
            found = [tip(path, ref) for ref in (MAIN, SIDE, "refs/heads/new")]
            _MOVE.equal(found, [one, one, ""], "all the refs move, or none")
        repository.move_refs([*good, RefUpdate(SIDE, one, None)])
        found = [tip(path, ref) for ref in (MAIN, SIDE, "refs/heads/new")]
        _MOVE.equal(found, [two, "", two], "several refs move in one call")
        check_stored(path)

    def test_racing_writers_lose_nothing(self, tmp_path: Path) -> None:
        """Writers that retry on conflict all succeed: the move is atomic."""
        path = tmp_path / "g"
        commit_to(self.bare(path), {"start": b"0"})
        gate = threading.Barrier(_WRITERS)

        def work(writer: int) -> None:
            repository = self.open(path)
            gate.wait()
            for number in range(_COMMITS):
                _append(repository, f"{writer}.{number}")

        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(work, range(_WRITERS)))
        said = {*git(path, "log", "--format=%s", "main").splitlines()}
        missing = {f"{writer}.{number}" for writer in range(_WRITERS) for number in range(_COMMITS)} - said
        _MOVE.hold(not missing, "compare-and-swap is atomic: no commit is lost", f"lost {sorted(missing)}")
        check_stored(path)

    def test_unsafe_refs_are_refused(self, tmp_path: Path) -> None:
        """A ref that git would refuse raises UnsafePathError; a missing commit raises FreightError."""
        repository = self.bare(tmp_path / "g")
        one = commit_to(repository, {"a": b"1"})
        for ref in _BAD_REFS:
            with _MOVE.raises(UnsafePathError, f"the ref {ref!r} raises UnsafePathError"):
                repository.move_refs([RefUpdate(ref, None, one)])
        with _MOVE.raises(FreightError, "a missing commit raises FreightError"):
            repository.move_refs([RefUpdate(SIDE, None, "f" * 40)])
        _MOVE.equal(git(tmp_path / "g", "for-each-ref", "--format=%(refname)"), MAIN, "no other ref was created")

    def test_resolve_finds_commits(self, tmp_path: Path) -> None:
        """Branches, tags (peeled), full refs and full ids are resolved; everything else raises RevisionError."""
        path = tmp_path / "g"
        repository = self.bare(path)
        one = commit_to(repository, {"a": b"1"})
        git(path, "tag", "-a", "-m", "t", "v1", one)
        reopened = self.open(path)
        for revision in (one, "main", MAIN, "v1", "refs/tags/v1", "HEAD"):
            _RESOLVE.equal(reopened.resolve(revision), one, f"{revision[:12]!r} is resolved")
        for revision in (one[:12], "nothing", "0" * 40, "", "main~1", "a b", "--all", reopened.read_commit(one).tree):
            with _RESOLVE.raises(RevisionError, f"{revision[:12]!r} raises RevisionError"):
                reopened.resolve(revision)

    def test_a_clean_work_tree_follows(self, tmp_path: Path) -> None:
        """When a checked-out branch moves, its worktree is updated; untracked files stay."""
        path = tmp_path / "w"
        RepositoryBuilder(tmp_path / "w")
        repository = self.open(path)
        commit_to(repository, {"a": b"1", "d/b": b"1"})
        (path / "mine").write_text("untracked")
        commit_to(repository, {"a": b"2"})
        _MOVE.equal(git(path, "status", "--porcelain"), "?? mine", "a clean worktree follows the branch")
        _MOVE.equal(((path / "a").read_bytes(), (path / "d").exists()), (b"2", False), "its files are the commit's")

    def test_an_unclean_work_tree_refuses(self, tmp_path: Path) -> None:
        """A checked-out branch with local changes in files that would change does not move: WorkTreeError."""
        path = tmp_path / "w"
        RepositoryBuilder(tmp_path / "w")
        repository = self.open(path)
        one = commit_to(repository, {"a": b"1"})
        (path / "a").write_text("changed by hand")
        with _MOVE.raises(WorkTreeError, "a worktree that is not clean raises WorkTreeError"):
            commit_to(repository, {"a": b"2"})
        _MOVE.equal((tip(path), (path / "a").read_text()), (one, "changed by hand"), "nothing is moved or overwritten")


def _outside(path: Path) -> tuple[str, str, bytes]:
    """Return what others see of a repository: its refs, its status, and a file of its worktree."""
    return git(path, "for-each-ref"), git(path, "status", "--porcelain"), git_bytes(path, "cat-file", "blob", "HEAD:a")


def _append(repository: Repository, message: str) -> None:
    for _ in range(200):
        repository.refresh()
        old = repository.ref(MAIN)
        new = write_commit(repository, {message: b"x"}, [old] if old else [], f"{message}\n")
        try:
            repository.move_refs([RefUpdate(MAIN, old, new)])
        except (RefConflictError, RefLockedError):
            continue
        return
    _MOVE.broken("a writer that retries succeeds", f"{message} did not after 200 tries")
