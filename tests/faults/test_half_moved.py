"""A work tree that a killed process left between two commits is put right by the next; other people's files stay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.errors import WorkTreeError
from freightlib.git.contract import RefUpdate
from freightlib.git.worktrees.following import Checkout
from freightlib.plugins.repositories import init_repository, open_repository
from freightlib.testing import git
from freightlib.testing.commits import MAIN, ME, commit_to, write_tree
from freightlib.testing.program import check_sound
from tests.examples import examples

pytestmark = pytest.mark.slow

OLD = {"same": b"s", "edit": b"old text\n", "gone": b"gone\n", "dir/a": b"1\n", "dir/b": b"2\n", "kind": b"file\n"}
NEW = {"same": b"s", "edit": b"new text, longer\n", "made": b"made\n", "dir": b"now a file\n", "kind/x": b"a folder\n"}
STATES = st.sampled_from(["old", "new", "begun", "nothing"])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout at the old commit; the new one is on the branch ``next``."""
    place = tmp_path_factory.mktemp("half") / "g"
    repository = init_repository(place)
    one = commit_to(repository, dict(OLD))
    new = repository.write_commit(write_tree(repository, dict(NEW)), [one], "next", ME)
    repository.move_refs([RefUpdate("refs/heads/next", None, new)])
    return place


def left(base: Path, place: Path, states: dict[str, str], index: str, at: str) -> None:
    """A copy of the checkout as a killed process may leave it."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base, place, symlinks=True)
    trees = [git(place, "rev-parse", f"{name}^{{tree}}") for name in ("main", "next")]
    (place / ".git/freightlib-moving").write_text(json.dumps(trees))
    if at == "new":
        git(place, "update-ref", MAIN, "next")
    if index == "new":
        git(place, "read-tree", "next")
    for path in OLD:
        (place / path).unlink()
    for folder in ("dir", "kind"):
        shutil.rmtree(place / folder, ignore_errors=True)
    for path, state in sorted(states.items()):
        side = {"old": OLD, "new": NEW}.get(state, NEW if path in NEW else OLD)
        if state == "nothing" or path not in side or any((place / above).is_file() for above in Path(path).parents):
            continue
        if (place / path).is_dir():
            continue
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(side[path][: 2 if state == "begun" else None])


PATHS = sorted(OLD.keys() | NEW.keys())


@settings(max_examples=examples(15))
@given(
    states=st.fixed_dictionaries(dict.fromkeys(PATHS, STATES)),
    index=st.sampled_from(["old", "new"]),
    at=st.sampled_from(["old", "new"]),
)
def test_whatever_is_left_is_put_right(base: Path, states: dict[str, str], index: str, at: str) -> None:
    place = base.parent / "left"
    left(base, place, {**states, "same": "old"}, index, at)
    repository = open_repository(place)
    old = repository.resolve("main")
    assert git(place, "status", "--porcelain") == ""
    assert not list((place / ".git").glob("freightlib-[im]*"))
    new = repository.write_commit(write_tree(repository, {"other": b"x"}), [old], "after", ME)
    repository.move_refs([RefUpdate(MAIN, old, new)])
    assert git(place, "status", "--porcelain") == ""
    assert [path.name for path in place.iterdir() if path.name != ".git"] == ["other"]


@pytest.mark.parametrize("path", ["edit", "made", "gone"])
def test_what_somebody_wrote_since_is_kept(base: Path, tmp_path: Path, path: str) -> None:
    place = tmp_path / "g"
    left(base, place, dict.fromkeys(PATHS, "new"), "old", "old")
    (place / path).write_bytes(b"somebody's own")
    repository = open_repository(place)
    old = repository.resolve("main")
    new = repository.write_commit(write_tree(repository, dict(NEW)), [old], "next", ME)
    with pytest.raises(WorkTreeError, match=path) as caught:
        repository.move_refs([RefUpdate(MAIN, old, new)])
    assert caught.value.data["paths"] == [path]
    assert (place / path).read_bytes() == b"somebody's own"
    assert repository.ref(MAIN) == old
    (place / path).unlink()
    repository.move_refs([RefUpdate(MAIN, old, new)])
    assert git(place, "status", "--porcelain") == ""
    check_sound(place)


def test_what_is_staged_beside_stays_staged(base: Path, tmp_path: Path) -> None:
    place = tmp_path / "g"
    left(base, place, dict.fromkeys(PATHS, "new"), "old", "old")
    (place / "mine").write_text("mine\n")
    git(place, "add", "mine")
    open_repository(place)
    assert git(place, "status", "--porcelain") == "A  mine"


def test_a_note_that_says_nothing_is_dropped(base: Path, tmp_path: Path) -> None:
    shutil.copytree(base, tmp_path / "g", symlinks=True)
    note = tmp_path / "g/.git/freightlib-moving"
    note.write_bytes(b"")
    open_repository(tmp_path / "g")
    assert not note.exists()


def test_a_work_tree_that_cannot_follow_goes_back(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the disk is full half-way: files, index and branch are the old ones."""
    place = tmp_path / "g"
    shutil.copytree(base, place, symlinks=True)
    real = Checkout.follow

    def failing(self: Checkout, old: str | None, new: str | None) -> None:
        real(self, old, new)
        (place / "made").write_bytes(b"ma")
        raise WorkTreeError("no room", hint="", worktree=str(place), paths=[])

    monkeypatch.setattr(Checkout, "follow", failing)
    repository = open_repository(place)
    old = repository.resolve("main")
    with pytest.raises(WorkTreeError, match="no room"):
        repository.move_refs([RefUpdate(MAIN, old, repository.resolve("next"))])
    assert git(place, "status", "--porcelain") == ""
    assert repository.ref(MAIN) == old
