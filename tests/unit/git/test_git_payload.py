"""Copying a payload: the same ids, only what is missing, and nothing that must not be frozen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.errors import FreightError, PackageError, UnsafePathError
from freightlib.git.contract import Identity, Repository
from freightlib.git.payload.hygiene import hygiene_findings
from freightlib.git.safe_names import check_branch, check_name, check_person
from freightlib.git.trees import Entry, Mode, pack_tree
from freightlib.models import Severity
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git
from freightlib.testing.commits import ME, commit_to, write_tree
from freightlib.testing.program import check_sound
from tests.examples import examples
from tests.unit.git.test_git_objects import NAMES

pytestmark = pytest.mark.usefixtures("backend")

BAD_NAMES = [
    ".", "..", "", "a/b", "a\0b", ".git", ".GIT", ".Git ", ".git.", "git~1", "GIT~1", ".g\u200cit", ".gi\ufefft",
    ".git::$INDEX_ALLOCATION", ".git\\x", "a\\b", "a\nb", "a\x7fb", "x" * 256, "ü" * 128,
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_are_never_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePathError):
        check_name(name)
    repository = init_repository(tmp_path / "g", bare=True)
    with pytest.raises(UnsafePathError):
        repository.write_tree([Entry(name, Mode.FILE, repository.write_blob(b""))])


@pytest.mark.parametrize(
    "name", [".gitignore", ".gitattributes", "git", "x" * 255, "ü", "a b", "git~10", "...", "-rf", ".github"]
)
def test_names_that_are_fine(name: str) -> None:
    check_name(name)


def test_an_odd_name_that_was_there_before_stays(tmp_path: Path) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    blob = git(tmp_path / "g", "hash-object", "-w", "--stdin", data=b"x")
    tree = git(tmp_path / "g", "mktree", "-z", data=f"100644 blob {blob}\ta\\b\n\0".encode())
    entries = [*repository.read_tree(tree), Entry("new", Mode.FILE, blob)]
    assert len(repository.read_tree(repository.write_tree(entries))) == 2
    with pytest.raises(UnsafePathError):
        repository.write_tree([Entry("c\\d", Mode.FILE, blob)])


def raw_tree(repository: Repository, *entries: tuple[str, int, str]) -> str:
    """A tree past every check, as a hostile source would hold it."""
    data = pack_tree([Entry(*entry) for entry in entries])
    return git(repository.location, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=data)


@pytest.mark.parametrize(
    ("entries", "error", "code"),
    [
        ([("Readme", "f"), ("README", "f")], UnsafePathError, "name-collision"),
        ([("\u00e9", "f"), ("e\u0301", "f")], UnsafePathError, "name-collision"),
        ([("stra\u00dfe", "f"), ("STRASSE", "f")], UnsafePathError, "name-collision"),
        ([(".g\u200cit", "f")], UnsafePathError, "name-unsafe"),
        ([("..", "f")], UnsafePathError, "name-unsafe"),
        ([("a\nb", "f")], UnsafePathError, "name-unsafe"),
        ([("sub", "m")], PackageError, "submodule"),
        ([("link", "->/etc/passwd")], UnsafePathError, "symlink-absolute"),
        ([("link", "->../x")], UnsafePathError, "symlink-escapes"),
        ([("link", "->a/../../x")], UnsafePathError, "symlink-escapes"),
        ([("link", "->link")], UnsafePathError, "symlink-cycle"),
        ([("link", "->here/../.."), ("here", "->.")], UnsafePathError, "symlink-escapes"),
        ([(".gitmodules", "->values")], UnsafePathError, "name-unsafe"),
        ([(".gitmo\u200cdules", "->values")], UnsafePathError, "name-unsafe"),
        ([("link", "->")], UnsafePathError, "symlink-odd"),
        ([("link", "->a\0b")], UnsafePathError, "symlink-odd"),
        ([("link", "->" + "x/" * 2048)], UnsafePathError, "symlink-odd"),
    ],
)
def test_payloads_that_are_refused(
    tmp_path: Path, entries: list[tuple[str, str]], error: type[FreightError], code: str
) -> None:
    source, target = init_repository(tmp_path / "s", bare=True), init_repository(tmp_path / "t", bare=True)
    kinds = {"f": Mode.FILE, "m": Mode.SUBMODULE}
    rows = []
    for name, what in entries:
        data = what.removeprefix("->").encode() if what.startswith("->") else b"x"
        blob = git(tmp_path / "s", "hash-object", "-w", "--stdin", data=data)
        rows.append((name, int(kinds.get(what, Mode.SYMLINK)), blob))
    tree = raw_tree(source, ("deep", Mode.TREE, raw_tree(source, *rows)))
    inner = source.read_tree(tree)[0].id
    with pytest.raises(error) as caught:
        target.copy_tree(source, inner)
    assert caught.value.data["reason"] == code
    assert target.copy_tree(source, write_tree(source, {"fine": b"x"})) == 2, "nothing of the refused one was staged"


def test_symlinks_that_stay_inside_are_fine(tmp_path: Path) -> None:
    source = init_repository(tmp_path / "s", bare=True)
    tree = write_tree(source, {"a/b": "../c/d", "c/d": "e", "c/e": b"x", "dangling": "nowhere", "up": "a/../c/./e"})
    assert {found.code for found in hygiene_findings(source, tree)} == {"symlink-dangling"}


PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(
    PATHS, st.tuples(st.sampled_from([Mode.FILE, Mode.EXECUTABLE]), st.binary(max_size=50)), max_size=10
)


@settings(max_examples=examples(20))
@given(FILES)
def test_a_copy_keeps_every_id(tmp_path_factory: pytest.TempPathFactory, files: dict[str, tuple[Mode, bytes]]) -> None:
    from freightlib.git.grafting import build

    folder = tmp_path_factory.mktemp("copy")
    source, target = init_repository(folder / "s", bare=True), init_repository(folder / "t", bare=True)
    try:
        tree = build(source, [(path, Entry("", mode, source.write_blob(data))) for path, (mode, data) in files.items()])
    except UnsafePathError:
        return  # a name that is both a file and a folder
    if any(found.severity is Severity.ERROR for found in hygiene_findings(source, tree)):
        with pytest.raises(FreightError):
            target.copy_tree(source, tree)
        return
    copied = target.copy_tree(Plain(source), tree)
    assert copied == open_repository(folder / "t").copy_tree(source, tree)
    assert target.copy_tree(source, tree) == 0
    from freightlib.git.contract import RefUpdate

    target.move_refs([RefUpdate("refs/heads/main", None, target.write_commit(tree, [], "x", ME))])
    assert git(folder / "t", "rev-parse", "main^{tree}") == tree
    check_sound(folder / "t")


class Plain:
    """A source of another kind: only what the protocol has."""

    def __init__(self, repository: Repository) -> None:
        self.read_tree = repository.read_tree
        self.read_blob = repository.read_blob


def test_only_what_is_missing_is_copied(tmp_path: Path) -> None:
    source, target = init_repository(tmp_path / "s", bare=True), init_repository(tmp_path / "t", bare=True)
    files: dict[str, bytes | str] = {f"t/{n}.yaml": b"%d" % n for n in range(20)}
    commit_to(target, {**files, "values.yaml": b"old"})
    assert target.copy_tree(source, write_tree(source, {**files, "values.yaml": b"new"})) == 2


@pytest.mark.parametrize(
    ("name", "email"), [("a\nb", "x@y"), ("a", "x@y\0"), ("a <b", "x"), ("", "x"), ("a", "x>"), ("\ud800", "x")]
)
def test_authors_git_would_mangle(tmp_path: Path, name: str, email: str) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    with pytest.raises(UnsafePathError):
        repository.write_commit("0" * 40, [], "m", Identity(name, email, datetime.now(UTC)))


@pytest.mark.parametrize("message", ["a\0b", "\ud800"])
def test_messages_git_would_cut(tmp_path: Path, message: str) -> None:
    with pytest.raises(UnsafePathError):
        init_repository(tmp_path / "g", bare=True).write_commit("0" * 40, [], message, ME)


def test_times_and_branches() -> None:
    with pytest.raises(UnsafePathError):
        check_person("a", "b", datetime(2026, 1, 1))
    with pytest.raises(UnsafePathError):
        check_branch("-x")


@pytest.mark.parametrize(
    ("environment", "settings_", "expected"),
    [
        ({}, {}, ("freightlib", "freightlib@localhost")),
        ({}, {"user.name": "C", "user.email": "c@d"}, ("C", "c@d")),
        ({"GIT_AUTHOR_NAME": "E", "GIT_AUTHOR_EMAIL": "e@f"}, {"user.name": "C"}, ("E", "e@f")),
    ],
)
def test_identity(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    settings_: dict[str, str],
    expected: tuple[str, str],
) -> None:
    repository = init_repository(tmp_path / "g", bare=True)
    for key, value in settings_.items():
        git(tmp_path / "g", "config", key, value)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert repository.identity() == expected
