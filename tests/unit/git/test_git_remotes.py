"""Repositories elsewhere: fetched into a cache, pushed to all or nothing, read by single commits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from freightlib.errors import GitError, RefConflictError, RemoteError, RemoteRejectedError, RevisionError, ToolError
from freightlib.git.contract import RefUpdate, Repository
from freightlib.git.credentials import scrub, without_credentials
from freightlib.git.libgit2_backend import Libgit2Backend
from freightlib.git.program import Ran, clean_environment, run_git
from freightlib.git.remotes.addresses import is_address
from freightlib.git.remotes.remote import Remote
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound

pytestmark = pytest.mark.usefixtures("backend")

STAGE = "refs/heads/stage/test"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = init_repository(tmp_path / "server", bare=True)
    commit_to(repository, {"a": b"1", "chart/b": b"2", "chart/c": b"3"})
    return repository


def address(server: Repository) -> str:
    return f"file://{server.location}"


def hook(server: Repository, name: str, text: str) -> None:
    path = Path(server.location) / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def next_commit(repository: Repository, old: str, text: bytes = b"next") -> str:
    return repository.write_commit(write_tree(repository, {"a": text}), [old], "next", ME)


def test_an_address_is_worked_on_in_a_cache_and_pushed(server: Repository) -> None:
    remote = open_repository(address(server))
    one = server.ref(MAIN)
    assert one is not None
    assert (remote.head, remote.refs("refs/heads/"), remote.resolve("main")) == (MAIN, {MAIN: one}, one)
    assert remote.location == address(server)
    two = next_commit(remote, one)
    remote.move_refs([RefUpdate(MAIN, one, two), RefUpdate(STAGE, None, two)])
    assert server.refs("refs/") == remote.refs("refs/heads/") == {MAIN: two, STAGE: two}
    remote.move_refs([RefUpdate(STAGE, two, None)])
    assert server.refs("refs/") == remote.refs("refs/heads/") == {MAIN: two}
    commit_to(server, {"a": b"3"}, STAGE)
    remote.refresh()
    assert STAGE in remote.refs("refs/heads/")
    check_sound(server.location)


def test_a_branch_that_moved_or_vanished_there_is_a_conflict(server: Repository) -> None:
    remote = open_repository(address(server))
    one = remote.resolve("main")
    two = commit_to(server, {"a": b"2"})
    with pytest.raises(RefConflictError) as caught:
        remote.move_refs([RefUpdate(MAIN, one, next_commit(remote, one))])
    assert caught.value.data["found"] == two
    git(server.location, "update-ref", "-d", MAIN)
    with pytest.raises(RefConflictError, match="deleted"):
        remote.move_refs([RefUpdate(MAIN, two, next_commit(remote, one))])
    assert server.refs("refs/") == {}


@pytest.mark.parametrize("name", ["update", "pre-receive"])
def test_a_hook_that_refuses_one_of_two_moves_neither(server: Repository, name: str) -> None:
    refuse = 'echo "stages are frozen" >&2; exit 1'
    test = (
        f'case "$1" in refs/heads/stage/*) {refuse};; esac'
        if name == "update"
        else f"grep -q stage && {{ {refuse}; }}; exit 0"
    )
    hook(server, name, test)
    remote = open_repository(address(server))
    one = remote.resolve("main")
    two = next_commit(remote, one)
    with pytest.raises(RemoteRejectedError, match="stages are frozen") as caught:
        remote.move_refs([RefUpdate(MAIN, one, two), RefUpdate(STAGE, None, two)])
    assert STAGE in caught.value.data["rejections"]
    assert server.refs("refs/") == {MAIN: one}
    remote.move_refs([RefUpdate(MAIN, one, two)])
    assert server.ref(MAIN) == two


@pytest.mark.parametrize("arrived", [True, False])
def test_an_outcome_that_is_not_known_is_read_back(
    server: Repository, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    remote = open_repository(address(server))
    one = remote.resolve("main")
    two = next_commit(remote, one)
    real = Remote._run

    def cut(self: Remote, *arguments: str, **options: Any) -> Ran:
        if arguments[0] != "push":
            return real(self, *arguments, **options)
        if arrived:
            real(self, *arguments, **options)
        return Ran(128, b"", "fatal: the remote end hung up unexpectedly")

    monkeypatch.setattr(Remote, "_run", cut)
    if arrived:
        remote.move_refs([RefUpdate(MAIN, one, two)])
        assert server.ref(MAIN) == remote.ref(MAIN) == two
    else:
        with pytest.raises(RemoteError, match="hung up"):
            remote.move_refs([RefUpdate(MAIN, one, two)])
        assert server.ref(MAIN) == one


def test_a_clone_pushes_before_it_moves(server: Repository, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", server.location, "clone")
    clone = open_repository(tmp_path / "clone", push=True)
    two = commit_to(clone, {"a": b"2"})
    assert server.ref(MAIN) == two
    assert git(tmp_path / "clone", "status", "--porcelain", "--branch") == "## main...origin/main"
    three = commit_to(server, {"a": b"3"})
    with pytest.raises(RefConflictError):
        commit_to(clone, {"a": b"mine"})
    assert clone.ref(MAIN) == two
    clone.refresh()
    assert clone.ref(MAIN) == three
    four = commit_to(clone, {"a": b"mine"})
    assert server.ref(MAIN) == four
    hook(server, "update", "exit 1")
    with pytest.raises(RemoteRejectedError):
        commit_to(clone, {"a": b"5"})
    assert clone.ref(MAIN) == four
    check_sound(tmp_path / "clone")


def test_unpushed_commits_go_along_and_new_branches_are_made(server: Repository, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", server.location, "clone")
    commit_to(open_repository(tmp_path / "clone"), {"a": b"2"})
    commit_to(open_repository(tmp_path / "clone"), {"s": b"2"}, STAGE)
    clone = open_repository(tmp_path / "clone", push=True)
    assert commit_to(clone, {"a": b"3"}) == server.ref(MAIN)
    assert commit_to(clone, {"s": b"3"}, STAGE) == server.ref(STAGE)
    git(server.location, "update-ref", "-d", STAGE)
    git(tmp_path / "clone", "fetch", "-q")
    with pytest.raises(RefConflictError, match="deleted"):
        commit_to(clone, {"s": b"4"}, STAGE)


def test_push_without_a_remote_says_so(tmp_path: Path) -> None:
    init_repository(tmp_path / "g", bare=True)
    with pytest.raises(RemoteError, match="no remote 'origin'"):
        commit_to(open_repository(tmp_path / "g", push=True), {"a": b"1"})
    assert open_repository(tmp_path / "g").refs("refs/") == {}


@pytest.mark.parametrize("filters", ["true", "false"])
def test_single_commits_are_read_with_only_what_is_needed(server: Repository, tmp_path: Path, filters: str) -> None:
    git(server.location, "config", "uploadpack.allowFilter", filters)
    one = server.resolve("main")
    commit_to(server, {"a": b"later"})
    source = Libgit2Backend().open_commits(address(server), [one])
    chart = next(entry for entry in source.read_tree(source.read_commit(source.resolve(one)).tree) if entry.is_tree)
    target = init_repository(tmp_path / "target", bare=True)
    assert target.copy_tree(source, chart.id) == 3
    (cache,) = (tmp_path / "cache/freightlib/objects").glob("*.git")
    objects = git(cache, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert objects.count("commit") == 1
    assert objects.count("blob") == (2 if filters == "true" else 3)
    with pytest.raises(GitError):
        source.write_blob(b"x")
    with pytest.raises(RevisionError):
        source.resolve("main")
    with pytest.raises((RevisionError, RemoteError)):
        Libgit2Backend().open_commits(address(server), ["1" * 40])


def test_a_file_address_of_a_source_is_read_in_place(server: Repository, tmp_path: Path) -> None:
    one = server.resolve("main")
    assert open_repository(address(server), objects_only=[one]).resolve(one) == one
    assert not (tmp_path / "cache").exists()


def test_credentials_are_in_no_message_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(RemoteError) as caught:
        open_repository("http://ada:s3cret@127.0.0.1:9/x.git")
    assert "s3cret" not in f"{caught.value} {caught.value.data}"
    assert "127.0.0.1" in caught.value.message
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert scrub("fatal: https://a:b@h/x 'ssh://t0k@h'") == "fatal: https://h/x 'ssh://h'"
    assert scrub("unable to access 'https://a:b'c@h/x.git/': no") == "unable to access 'https://h/x.git/': no"
    assert scrub("at https://h/x?jwt=abc#def, twice") == "at https://h/x, twice"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h/x", "https://h/x"),
        ("ssh://git:p@h/x", "ssh://git@h/x"),
        ("git@h:x/y.git", "git@h:x/y.git"),
        ("file:///a/b@c", "file:///a/b@c"),
        ("file:///a/b?c#d", "file:///a/b?c#d"),
        ("https://u:p@q@h/x", "https://h/x"),
        ("https://u:p'q@h/x", "https://h/x"),
        ("https://u:p/q@h/x", "https://h/x"),
        ("https://u:p?q@h/x", "https://h/x"),
        ("https://t0ken@h/x", "https://h/x"),
        ("HTTPS://u:p@h/x", "HTTPS://h/x"),
        ("https://h/x.git?jwt=t0ken", "https://h/x.git"),
        ("https://h/x.git#t0ken", "https://h/x.git"),
        ("https://h:8080/@scope/x", "https://h:8080/@scope/x"),
        ("https://[::1]:8080/@scope/x", "https://[::1]:8080/@scope/x"),
    ],
)
def test_addresses(text: str, shown: str) -> None:
    assert is_address(text)
    assert without_credentials(text) == shown


@pytest.mark.parametrize("text", ["/a/b", "a:b", ".", "C:/x", "host:x"])
def test_paths_are_no_addresses(text: str) -> None:
    assert not is_address(text)


def test_git_runs_clean_of_a_calling_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/elsewhere/index")
    made = clean_environment({"a.b": "c"})
    assert not {"GIT_DIR", "GIT_INDEX_FILE"} & made.keys()
    assert (made["GIT_CONFIG_COUNT"], made["GIT_CONFIG_KEY_0"], made["GIT_TERMINAL_PROMPT"]) == ("1", "a.b", "0")


def test_without_git_and_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="did not end"):
        run_git(["-c", "alias.wait=!sleep 20", "wait"], directory=tmp_path, timeout=0.2)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="not installed"):
        open_repository("https://example.com/x.git")
