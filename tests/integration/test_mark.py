"""``freightlib.mark_*``: one commit, canonical files, nothing twice, and the same compare-and-swap as every write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import FreightError, UnsafePathError, UsageError
from tests.gated import Gated

pytestmark = pytest.mark.usefixtures("backend")

TWO = {"staging": {"from": "warehouse"}, "test": {"from": "staging"}}


def marking(kind: str) -> Callable[..., tuple[freightlib.Mark, ...]]:
    made: Callable[..., tuple[freightlib.Mark, ...]] = getattr(freightlib, f"mark_{kind}")
    return made


@pytest.fixture
def world(tmp_path: Path) -> Gated:
    return Gated(tmp_path, TWO)


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("verified", "staging", "marks/verified/staging/{tag}.yaml"),
        ("blocked", "{tag}", "marks/blocked/{tag}.yaml"),
        ("merged", "anything", "legacy-gitflow/anything/merged/{tag}.yaml"),
        ("path", "warehouses/{{app}}/ok/{{revision}}.yaml", "ok/{revision}.yaml"),
    ],
)
def test_marking_twice_makes_one_commit(world: Gated, kind: str, name: str, path: str) -> None:
    world.promote("staging")
    facts = {"tag": world.tags[0], "revision": world.tags[0].removeprefix("git-")}
    before = world.gitops.git("rev-parse", "main")
    (first,) = marking(kind)(world.path, [name.format(**facts)], reason="it works: yes", author=world.who)
    assert (first.changed, first.path) == (True, f"warehouses/sample/{path.format(**facts)}")
    assert first.commit == world.gitops.git("rev-parse", "main")
    assert world.gitops.git("rev-parse", "main~1") == before
    assert world.gitops.git("diff", "--name-status", "main~1", "main") == f"A\t{first.path}"
    text = world.gitops.files("main")[first.path].decode()
    assert text.splitlines()[:2] == [f"revision: {facts['revision']}", f"tag: {facts['tag']}"]
    assert text.endswith("by: 'Ada <ada@example.org>'\nreason: 'it works: yes'\n")
    world.later(hours=1)
    (again,) = marking(kind)(world.path, [name.format(**facts)], reason="another", author=world.who)
    assert (again.changed, again.commit) == (False, None)
    assert again.marker == first.marker
    assert world.gitops.git("rev-parse", "main") == first.commit
    assert world.gitops.git("status", "--porcelain") == ""
    assert freightlib.verify(world.path).ok


def test_many_marks_are_one_commit(world: Gated) -> None:
    second = world.release()
    marks = freightlib.mark_blocked(world.path, [world.tags[0], second], author=world.who)
    assert len({one.commit for one in marks}) == 1
    assert all(one.changed for one in marks)
    again = freightlib.mark_unblocked(world.path, [second, world.tags[0]], author=world.who)
    assert [one.marker for one in again] == [None, None]
    assert not (world.path / "warehouses/sample/marks").exists()
    nothing = freightlib.mark_unblocked(world.path, [second])
    assert (nothing[0].changed, nothing[0].commit) == (False, None)


def test_verified_is_of_what_the_stage_holds(world: Gated) -> None:
    with pytest.raises(UsageError, match="stage staging holds no release"):
        freightlib.mark_verified(world.path, ["staging"])
    world.promote("staging")
    second = world.release()
    (mark,) = freightlib.mark_verified(world.path, ["staging"])
    assert mark.tag == world.tags[0]
    (named,) = freightlib.mark_verified(world.path, ["staging"], freight=second)
    assert named.tag == second


def test_marks_may_lie_elsewhere(world: Gated) -> None:
    world.configure(stages=TWO, marks="decisions/sample")
    (mark,) = freightlib.mark_blocked(world.path, [world.tags[0]])
    assert mark.path == f"decisions/sample/blocked/{world.tags[0]}.yaml"
    with pytest.raises(FreightError, match="it was blocked"):
        world.promote("staging")


@pytest.mark.parametrize(
    ("kind", "names", "options", "error", "told"),
    [
        ("verified", [], {}, UsageError, "nothing was named"),
        ("verified", ["stagging"], {}, UsageError, "no stage 'stagging'"),
        ("blocked", ["git-" + "0" * 40], {}, UsageError, "no snapshot"),
        ("blocked", ["v1"], {}, UsageError, "is not a release"),
        ("merged", ["../x"], {}, UsageError, "cannot be an environment"),
        ("path", ["../../x/{tag}.yaml"], {}, UnsafePathError, "is a step, not a name"),
        ("path", [".git/{tag}.yaml"], {}, UnsafePathError, "git's own directory"),
        ("path", ["{stage}.yaml"], {}, UsageError, "the placeholder {stage} is not known"),
        ("path", ["freightlib.yaml"], {}, UsageError, "cannot be a mark"),
        ("path", ["{policy}/ok"], {}, UsageError, "cannot be a mark"),
        ("path", ["warehouses/sample/freight/current/freight.yaml"], {}, UsageError, "cannot be a mark"),
        ("blocked", ["v1"], {"reason": "two\nlines"}, UsageError, "not one line"),
        ("blocked", ["v1"], {"app": "other"}, UsageError, "no app 'other'"),
    ],
)
def test_what_cannot_be_marked_changes_nothing(
    world: Gated, kind: str, names: list[str], options: dict[str, str], error: type[FreightError], told: str
) -> None:
    before = world.gitops.refs()
    with pytest.raises(error, match=told) as caught:
        marking(kind)(world.path, names, **options)
    assert caught.value.hint
    assert world.gitops.refs() == before


def test_marks_set_at_once_are_all_there(tmp_path: Path) -> None:
    world = Gated(tmp_path, {f"s{index}": {"from": "warehouse"} for index in range(8)})
    bare = tmp_path / "bare.git"
    world.gitops.git("clone", "-q", "--bare", ".", str(bare))
    failures: list[BaseException] = []

    def run(stage: str) -> None:
        try:
            freightlib.mark_verified(bare, [stage], freight=world.tags[0])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(f"s{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    listed = world.gitops.git("-C", str(bare), "ls-tree", "-r", "--name-only", "main", "warehouses/sample/marks")
    assert len(listed.splitlines()) == 8
    assert world.gitops.git("-C", str(bare), "rev-list", "--count", "--merges", "main") == "0"
    world.gitops.git("-C", str(bare), "fsck", "--strict")


def test_a_hostile_reason_is_shown_safe_and_kept_as_it_is(world: Gated) -> None:
    path = f"warehouses/sample/marks/blocked/{world.tags[0]}.yaml"
    world.gitops.commit({path: 'reason: "\\e[31mred\\a, two\\nlines"\nby: "x\\u202ey"\n'})
    with pytest.raises(FreightError) as caught:
        world.promote("staging")
    assert "by x y: [31mred , two lines" in caught.value.message
