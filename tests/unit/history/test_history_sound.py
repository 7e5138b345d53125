"""Histories with nothing wrong in them: no finding, whatever else happens on the branch."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import RevisionError, UsageError
from freightlib.models import CURRENT, PRUNED
from freightlib.testing import git
from freightlib.testing.commits import MAIN
from freightlib.warehouse.verify.history.proved_before import Proofs
from tests.gitops_builder import PROJECT
from tests.unit.history.past import FREIGHT, Past, begun, found, tag, usual

NOW = f"{FREIGHT}/{CURRENT}"
OLD = f"{FREIGHT}/{tag(2)}"
BAD = {f"{OLD}/helm/values.yaml": b"x: y\n"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same commits are made by many tests, and a proof holds wherever a commit is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_publishing_policy_and_going_back(tmp_path: Path) -> None:
    report = usual(tmp_path).verify()
    assert found(report) == []
    assert report.checked == {"apps": 3, "commits": 7, "snapshots": 4}


def test_nothing_published_yet(tmp_path: Path) -> None:
    assert found(begun(tmp_path).verify()) == []


def test_releases_that_come_by_merges(tmp_path: Path) -> None:
    fork = usual(tmp_path)
    one, other, third = fork.publish(5), fork.publish(6), fork.publish(7)
    brought = {f"{FREIGHT}/{tag(n)}": side.at(f"{FREIGHT}/{tag(n)}") for n, side in ((6, other), (7, third))}
    octopus = one.put(brought).on(one).commit(other.tip, third.tip)
    assert found(octopus.publish(8).verify()) == []
    # the other side's mirror, and criss-cross
    left = (
        one.put({f"{FREIGHT}/{tag(6)}": brought[f"{FREIGHT}/{tag(6)}"], NOW: other.at(NOW)}).on(one).commit(other.tip)
    )
    right = other.put({f"{FREIGHT}/{tag(5)}": one.at(f"{FREIGHT}/{tag(5)}")}).on(other).commit(one.tip)
    crossed = left.on(left).commit(right.tip).publish(9)
    assert found(crossed.verify()) == []


def test_a_merge_with_an_unrelated_history(tmp_path: Path) -> None:
    past = usual(tmp_path)
    other = past.git.commit(past.git.tree({"docs/README.md": b"# docs\n"}), moves=None)
    assert found(past.put({"docs/README.md": b"# docs\n"}).commit(other).publish(5).verify()) == []


def test_reverts_and_empty_commits_outside_the_warehouse(tmp_path: Path) -> None:
    past = usual(tmp_path)
    changed = past.put({"apps/codeai/deployments/test/values.yaml": b"a: b\n"}).commit()
    assert found(past.on(changed).commit(message="Revert\n").commit().publish(5).verify()) == []


def test_the_same_release_on_two_branches(tmp_path: Path) -> None:
    fork = usual(tmp_path)
    one, other = fork.publish(5), fork.put({"x": b"y"}).commit().publish(5)
    assert found(one.put({"x": b"y"}).on(one).commit(other.tip).verify()) == []


def test_a_recorded_prune(tmp_path: Path) -> None:
    past = usual(tmp_path)
    pruned = past.put(past.pruned(1, 2)).commit().publish(5)
    assert found(pruned.verify()) == []
    assert found(freightlib.verify(pruned.git.path, revision=pruned.tip)) == []
    kept = {tag(n): past.at(f"{FREIGHT}/{tag(n)}").id for n in (1, 2)}
    again = pruned.put(pruned.pruned(3, keep=kept)).commit()
    assert found(again.verify()) == []
    assert again.at(f"{FREIGHT}/{PRUNED}")


def test_a_prune_on_one_branch_and_a_release_on_another(tmp_path: Path) -> None:
    fork = usual(tmp_path)
    one, other = fork.put(fork.pruned(1)).commit(), fork.publish(5)
    merged = (
        one.put({f"{FREIGHT}/{tag(5)}": other.at(f"{FREIGHT}/{tag(5)}"), NOW: other.at(NOW)}).on(one).commit(other.tip)
    )
    assert found(merged.verify()) == []


def test_an_app_that_comes_later_and_one_that_goes(tmp_path: Path) -> None:
    past = begun(tmp_path)
    head, _, rest = PROJECT.partition(b"  codeai:")
    without = head + rest[rest.index(b"  shop:") :]
    later = past.put({"freightlib.yaml": without}).commit().put({"freightlib.yaml": PROJECT}).commit().publish(1)
    assert found(later.verify()) == []
    retired = later.put({"freightlib.yaml": without, "warehouses/codeai": None}).commit()
    assert found(retired.verify()) == []


def test_one_app_of_several(tmp_path: Path) -> None:
    past = usual(tmp_path).put(BAD).commit()
    assert found(past.verify(app="shop")) == []
    assert found(past.verify(app="codeai")) == [("history-changed", f"{OLD}/helm/values.yaml")]


def test_since_takes_the_past_as_it_is(tmp_path: Path) -> None:
    past = usual(tmp_path)
    bad = past.put(BAD).commit()
    mended = past.on(bad).commit()
    after = mended.publish(5)
    assert not after.verify().ok
    report = after.verify(since=mended.tip)
    assert (found(report), report.checked["commits"]) == ([], 1)
    assert not after.verify(since=past.tip).ok
    with pytest.raises(UsageError):
        freightlib.verify(past.git.path, since=mended.tip)
    with pytest.raises(RevisionError):
        after.verify(since="e" * 40)


def test_what_is_proved_is_not_looked_at_again(tmp_path: Path) -> None:
    past = usual(tmp_path)
    assert past.verify(proofs=True).checked["commits"] == 7
    assert past.verify(proofs=True).checked["commits"] == 0
    later = past.publish(5)
    assert later.verify(proofs=True).checked == {"apps": 3, "commits": 1, "snapshots": 1}
    bad = later.put(BAD).commit(name="bad")
    for _ in range(2):  # what is wrong is found every time
        assert found(bad.verify(proofs=True)) == [("history-changed", f"{OLD}/helm/values.yaml")]
    assert found(bad.publish(6).verify(proofs=True)) == [("history-changed", f"{OLD}/helm/values.yaml")]


def test_remarks_are_remembered_with_the_proof(tmp_path: Path) -> None:
    past = usual(tmp_path)
    payload = past.git.tree({"Chart.yaml": b"name: a\nversion: 1.0.0\n", "gone": (0o120000, b"nowhere")})
    from tests.gitops_builder import record

    entry = past.git.snapshot(record("codeai", f"{5:040x}", payload), payload)
    past = past.put({f"{FREIGHT}/{tag(5)}": entry, NOW: entry}).commit()
    first, again, later = past.verify(proofs=True), past.verify(proofs=True), past.publish(6).verify(proofs=True)
    assert [code for code, _ in found(first)] == ["symlink-dangling"]
    assert found(first) == found(again) == found(later)


def test_a_damaged_cache_is_no_cache(tmp_path: Path) -> None:
    past = usual(tmp_path)
    past.verify(proofs=True)
    (file,) = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert file.name == past.tip
    file.write_bytes(b"\xff not json")
    assert found(past.verify(proofs=True)) == []
    file.unlink()
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("in the way")
    assert past.verify(proofs=True).ok
    assert Proofs({"codeai": FREIGHT}).commits() == []


def test_other_rules_trust_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = usual(tmp_path)
    past.verify(proofs=True)
    monkeypatch.setattr(sys.modules["freightlib.warehouse.verify.history.proved_before"], "_rules", lambda: "others")
    assert past.verify(proofs=True).checked["commits"] == 7


@pytest.fixture
def cloned(tmp_path: Path) -> Past:
    past = usual(tmp_path).publish(5)
    (past.git.path / MAIN).write_text(f"{past.tip}\n")
    return past


def test_a_shallow_clone_says_what_it_cannot_see(tmp_path: Path, cloned: Past, backend: str) -> None:
    for depth in (1, 3):
        place = tmp_path / f"clone{depth}"
        git(tmp_path, "clone", "-q", "--bare", f"--depth={depth}", f"file://{cloned.git.path}", str(place))
        report = freightlib.verify(place, history=True)
        assert found(report) == [("history-cut", "")]
        assert report.ok
        assert freightlib.verify(place, history=True).checked["commits"] == depth  # nothing was proved
    bad = cloned.put(BAD).commit()
    (cloned.git.path / MAIN).write_text(f"{bad.tip}\n")
    place = tmp_path / "bad"
    git(tmp_path, "clone", "-q", "--bare", "--depth=2", f"file://{cloned.git.path}", str(place))
    report = freightlib.verify(place, history=True)
    assert sorted(found(report)) == [("history-changed", f"{OLD}/helm/values.yaml"), ("history-cut", "")]


@pytest.mark.parametrize("which", ["blob:none", "tree:0"])
def test_a_partial_clone_gets_what_it_needs(tmp_path: Path, cloned: Past, which: str) -> None:
    git(cloned.git.path, "config", "uploadpack.allowFilter", "true")
    place = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--bare", f"--filter={which}", f"file://{cloned.git.path}", str(place))
    report = freightlib.verify(place, history=True, backend="git")
    assert (found(report), report.checked["snapshots"]) == ([], 5)


def test_both_backends_see_the_same(tmp_path: Path, backend: str) -> None:
    past = usual(tmp_path)
    assert found(past.verify()) == []
    assert found(past.put(BAD).commit().verify()) == [("history-changed", f"{OLD}/helm/values.yaml")]
    git(past.git.path, "update-ref", "refs/heads/main", past.publish(5).tip)
    git(past.git.path, "gc", "-q", "--prune=now")
    report = freightlib.verify(past.git.path, history=True, proofs=False)
    assert (found(report), report.checked["commits"]) == ([], 8)
