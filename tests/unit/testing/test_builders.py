"""The builders of ``freightlib.testing``, where the suites that use them would not notice a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from freightlib.testing import AppBuilder, ObjectBuilder, RepositoryBuilder, commit_stream, import_stream
from freightlib.testing.merging import MERGES

WEB = "kind: Service\nmetadata: {name: web}\n"


def test_commits_on_a_branch_leave_the_work_tree_alone(tmp_path: Path) -> None:
    made = RepositoryBuilder(tmp_path / "r")
    first = made.commit({"a": "1", "b/c": "2"})
    made.write({"a": "mine"})
    assert made.tip("side") is None
    made.commit_to("side", {"x": "1", "link": ("120000", made.blob("x"))})
    assert made.files("side") == {"link": b"x", "x": b"1"}
    made.git("branch", "other", first)
    made.commit_to("other", {"b": None, "a": "3"}, "Less")
    assert made.files("other") == {"a": b"3"}
    assert made.git("log", "--format=%s", "other").splitlines() == ["Less", "Change"]
    assert ((made.path / "a").read_text(), made.tip("main")) == ("mine", first)


def test_a_commit_removes_what_is_none(tmp_path: Path) -> None:
    made = RepositoryBuilder(tmp_path / "r")
    made.commit({"a": "1", "b": "2"})
    assert made.files(made.commit({"a": None})) == {"b": b"2"}


@pytest.mark.parametrize("kind", MERGES)
@pytest.mark.parametrize("bare", [False, True])
def test_merges_are_those_of_a_forge(tmp_path: Path, kind: str, bare: bool) -> None:
    work = RepositoryBuilder(tmp_path / "r")
    base = work.commit({"a": "1"})
    work.git("branch", "base")
    work.git("branch", "head")
    work.commit_to("head", {"b": "2"})
    made = work.clone(tmp_path / "bare.git", "--mirror") if bare else work
    tip = made.merge("head", "base", kind, "Merged")
    parents = {"merge": [base, made.tip("head")], "fast-forward": [base]}.get(kind, [base])
    assert made.git("log", "-1", "--format=%P", tip).split() == parents
    assert (tip == made.tip("head"), made.tip("base")) == (kind == "fast-forward", tip)
    assert made.files("base") == {"a": b"1", "b": b"2"}
    assert len(made.git("worktree", "list").splitlines()) == 1


def test_an_unknown_kind_of_merge_changes_nothing(tmp_path: Path) -> None:
    made = RepositoryBuilder(tmp_path / "r")
    made.commit({"a": "1"})
    made.git("branch", "head")
    before = made.refs()
    with pytest.raises(ValueError, match="octopus"):
        made.merge("head", "main", "octopus")
    assert made.refs() == before


def test_a_damaged_repository_is_not_sound(tmp_path: Path) -> None:
    made = ObjectBuilder(tmp_path / "g.git")
    page = made.entry(b"kind: A")
    made.commit(made.literal_tree(page._replace(name="a"), page._replace(name="a")).id)
    with pytest.raises(AssertionError, match="duplicate"):
        RepositoryBuilder(made.path).check()


def test_an_app_that_was_edited_by_hand_does_not_check(tmp_path: Path) -> None:
    app = AppBuilder(tmp_path, {"web.yaml": WEB}, stages=("test", "production"))
    app.promote("test")
    app.check()
    other = app.copy(tmp_path / "copy")
    other.gitops.commit_to("stage/test", {"web.yaml": "kind: Edited\n"})
    with pytest.raises(AssertionError, match=r"rendered-content web\.yaml"):
        other.check()
    app.check()


def test_a_stream_is_a_history(tmp_path: Path) -> None:
    made = RepositoryBuilder(tmp_path / "g.git", bare=True)
    parts = (part for n in range(3) for part in commit_stream({"a": f"{n}", f"n{n}": b"\0"}, when=1_700_000_000 + n))
    tip = import_stream(made.path, parts)
    assert (made.tip("main"), made.git("rev-list", "--count", "main")) == (tip, "3")
    assert made.files("main") == {"a": b"2", "n0": b"\0", "n1": b"\0", "n2": b"\0"}
    made.check()
    with pytest.raises(AssertionError):
        import_stream(made.path, [b"no such command\n"])
