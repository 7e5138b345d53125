"""Which commits are looked at, on histories of any shape, against the plain definition and git's own answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from freightlib.git.history.ancestry import Ancestry
from freightlib.git.history.changes import Trail
from freightlib.plugins.repositories import open_repository
from freightlib.testing import ObjectBuilder, git
from tests.examples import examples

#: For each commit: which earlier ones are its parents, what stands at the path, and how far its clock is off.
Shape = list[tuple[list[int], int, int]]


@st.composite
def shapes(draw: st.DrawFn, *, clocks: bool) -> Shape:
    shape: Shape = []
    for number in range(draw(st.integers(1, 12))):
        earlier = st.integers(0, number - 1) if number else st.nothing()
        parents = draw(st.lists(earlier, max_size=3, unique=True)) if number else []
        shape.append((parents, draw(st.integers(0, 2)), draw(st.integers(-5, 5)) if clocks else 0))
    return shape


class History:
    """A repository with commits of that shape."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.bare = ObjectBuilder(folder)
        self.commits: list[str] = []
        self.parents: dict[str, list[str]] = {}
        self.at: dict[str, int] = {}
        for number, (parents, content, skew) in enumerate(shape):
            tree = self.bare.tree({"else": b"%d" % number, **({"out/a": b"%d" % content} if content else {})})
            named = [self.commits[parent] for parent in parents]
            who = f"T <t@example.com> {1_700_000_000 + 10 * number + 9 * skew} +0000"
            lines = [f"tree {tree}", *(f"parent {parent}" for parent in named), f"author {who}", f"committer {who}"]
            commit = self.bare.write("commit", "\n".join([*lines, "", "x\n"]).encode())
            self.commits.append(commit)
            self.parents[commit], self.at[commit] = named, content

    def reachable(self, tip: str, *, first_parent: bool = False) -> set[str]:
        found, pending = set[str](), [tip]
        while pending:
            here = pending.pop()
            if here not in found:
                found.add(here)
                pending += self.parents[here][: 1 if first_parent else None]
        return found

    def changed(self, commit: str) -> bool:
        parents = self.parents[commit]
        return self.at[commit] != (self.at[parents[0]] if parents else 0)


@settings(max_examples=examples(150))
@given(shape=shapes(clocks=False), known=st.integers(0, 11), first_parent=st.booleans())
def test_a_trail_is_what_is_reachable_and_changed(shape: Shape, known: int, first_parent: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = History(Path(folder) / "r.git", shape)
        tip, since = made.commits[-1], made.commits[known % len(shape)]
        repository = open_repository(folder + "/r.git")
        for stop in (None, since):
            walked = [step.commit.id for step in Trail(repository, tip, "out", known=stop, first_parent=first_parent)]
            left = made.reachable(stop, first_parent=first_parent) if stop else set()
            wanted = made.reachable(tip, first_parent=first_parent) - left
            assert sorted(walked) == sorted(filter(made.changed, wanted))


@settings(max_examples=examples(100))
@given(shape=shapes(clocks=True), known=st.integers(0, 11))
def test_with_wrong_clocks_nothing_is_left_out(shape: Shape, known: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = History(Path(folder) / "r.git", shape)
        tip, since = made.commits[-1], made.commits[known % len(shape)]
        repository = open_repository(folder + "/r.git")
        walked = [step.commit.id for step in Trail(repository, tip, "out", known=since)]
        wanted = set(filter(made.changed, made.reachable(tip) - made.reachable(since)))
        assert wanted <= set(walked) <= set(filter(made.changed, made.reachable(tip)))
        assert len(walked) == len(set(walked))
        ancestry = Ancestry(repository, tip)
        assert [ancestry.holds(commit) for commit in made.commits] == [
            commit in made.reachable(tip) for commit in made.commits
        ]
        assert not ancestry.holds("f" * 40)
        assert ancestry.complete


def test_git_says_the_same(tmp_path: Path) -> None:
    shape: Shape = [([], 1, 0), ([0], 2, 0), ([0], 1, 0), ([1, 2], 2, 0), ([2, 1], 1, 0), ([3, 4], 1, 0), ([5], 0, 0)]
    made = History(tmp_path / "r.git", shape)
    repository = open_repository(tmp_path / "r.git")
    for tip in made.commits:
        for known in made.commits:
            listed = git(tmp_path / "r.git", "rev-list", tip, f"^{known}").split()
            walked = {step.commit.id for step in Trail(repository, tip, "", known=known)}
            assert walked == {*listed}, "at the root every commit changes something"
            assert Ancestry(repository, tip).holds(known) == (known in git(tmp_path / "r.git", "rev-list", tip).split())


def test_what_is_not_here_is_noted(tmp_path: Path) -> None:
    shape: Shape = [([], 1, 0), ([0], 2, 0), ([1], 2, 0), ([2], 1, 0)]
    made = History(tmp_path / "r.git", shape)
    made.bare.loose(made.commits[1]).unlink()
    repository = open_repository(tmp_path / "r.git")
    trail = Trail(repository, made.commits[-1], "out")
    # the oldest that is here counts as a change: what was before cannot be told
    assert [step.commit.id for step in trail] == [made.commits[3], made.commits[2]]
    assert trail.missing == {made.commits[1]}
    ancestry = Ancestry(repository, made.commits[-1])
    assert not ancestry.holds(made.commits[0])
    assert not ancestry.complete
