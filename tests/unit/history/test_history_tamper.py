"""Single commits that break a warehouse's contract: each is found, with its code, its path and the commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from freightlib.git.trees import Entry, Mode
from freightlib.models import CURRENT
from freightlib.models.findings.catalogue import CHECKS
from freightlib.testing.objects import File
from tests.gitops_builder import POLICY, PROJECT
from tests.unit.history.past import FREIGHT, LINK, Change, Past, found, tag, usual

OLD = f"{FREIGHT}/{tag(2)}"
NEW = f"{FREIGHT}/{tag(4)}"
NOW = f"{FREIGHT}/{CURRENT}"
Expected = tuple[tuple[str, str], ...]


def put(path: str, file: File | None) -> Change:
    """One commit that changes one path."""
    return lambda past: past.put({path: file}).commit(name="bad")


def moved(path: str, target: str) -> Change:
    return lambda past: past.put({target: past.at(path), path: None}).commit(name="bad")


def copied(path: str, target: str) -> Change:
    return lambda past: past.put({target: past.at(path)}).commit(name="bad")


def mode(path: str, number: int) -> Change:
    return lambda past: past.put({path: past.at(path)._replace(mode=number)}).commit(name="bad")


def rewritten(number: int, **changes: object) -> Change:
    return lambda past: past.put({f"{FREIGHT}/{tag(number)}/freight.yaml": past.record(number, **changes)}).commit(
        name="bad"
    )


def text(path: str, old: bytes, new: bytes) -> Change:
    def change(past: Past) -> Past:
        data = past.git.read_blob(past.at(path).id)
        assert old in data
        return past.put({path: data.replace(old, new)}).commit(name="bad")

    return change


SNAPSHOT: dict[str, tuple[Change, Expected]] = {
    "content": (put(f"{OLD}/helm/values.yaml", b"replicas: 9\n"), (("history-changed", f"{OLD}/helm/values.yaml"),)),
    "line-ends": (put(f"{OLD}/helm/README.md", b"# codeai\n"), (("history-changed", f"{OLD}/helm/README.md"),)),
    "exec-bit-set": (
        mode(f"{OLD}/helm/values.yaml", Mode.EXECUTABLE),
        (("history-changed", f"{OLD}/helm/values.yaml"),),
    ),
    "exec-bit-lost": (mode(f"{OLD}/helm/bin/setup", Mode.FILE), (("history-changed", f"{OLD}/helm/bin/setup"),)),
    "link-target": (
        put(f"{OLD}/helm/files/link", (LINK, b"../README.md")),
        (("history-changed", f"{OLD}/helm/files/link"),),
    ),
    "link-to-file": (put(f"{OLD}/helm/files/link", b"replicas: 2\n"), (("history-changed", f"{OLD}/helm/files/link"),)),
    "file-to-link": (
        put(f"{OLD}/helm/values.yaml", (LINK, b"README.md")),
        (("history-changed", f"{OLD}/helm/values.yaml"),),
    ),
    "added": (
        put(f"{OLD}/helm/templates/extra.yaml", b"kind: Pod\n"),
        (("history-changed", f"{OLD}/helm/templates/extra.yaml"),),
    ),
    "added-beside": (put(f"{OLD}/NOTES", b"x"), (("history-changed", f"{OLD}/NOTES"),)),
    "missing": (put(f"{OLD}/helm/.helmignore", None), (("history-changed", f"{OLD}/helm/.helmignore"),)),
    "renamed-file": (
        moved(f"{OLD}/helm/README.md", f"{OLD}/helm/NOTES.md"),
        (("history-changed", f"{OLD}/helm/NOTES.md"), ("history-changed", f"{OLD}/helm/README.md")),
    ),
    "case-change": (
        moved(f"{OLD}/helm/README.md", f"{OLD}/helm/readme.md"),
        (("history-changed", f"{OLD}/helm/README.md"), ("history-changed", f"{OLD}/helm/readme.md")),
    ),
    "nested": (
        put(f"{OLD}/helm/templates/tests/ping.yaml", b"kind: Job\n"),
        (("history-changed", f"{OLD}/helm/templates/tests/ping.yaml"),),
    ),
    "submodule": (
        put(f"{OLD}/helm/sub", Entry("", Mode.SUBMODULE, "d" * 40)),
        (("history-changed", f"{OLD}/helm/sub"),),
    ),
    "record-image": (
        text(f"{OLD}/freight.yaml", b"ghcr.io/example", b"ghcr.io/evil"),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "record-digest": (
        text(f"{OLD}/freight.yaml", b"ab" * 32, b"ac" * 32),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "record-time": (
        text(f"{OLD}/freight.yaml", b"2026-03-22", b"2026-03-23"),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "record-key": (
        text(f"{OLD}/freight.yaml", b"source:", b"note: fine\nsource:"),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "record-source": (
        text(f"{OLD}/freight.yaml", b"k8s/helm", b"k8s/other"),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "record-gone": (put(f"{OLD}/freight.yaml", None), (("history-changed", f"{OLD}/freight.yaml"),)),
    "record-link": (
        put(f"{OLD}/freight.yaml", (LINK, b"../current/freight.yaml")),
        (("history-changed", f"{OLD}/freight.yaml"),),
    ),
    "another-release": (
        copied(f"{FREIGHT}/{tag(3)}", OLD),
        (("history-changed", f"{OLD}/freight.yaml"), ("history-changed", f"{OLD}/helm/values.yaml")),
    ),
    "removed": (put(OLD, None), (("history-removed", OLD),)),
    "file": (put(OLD, b"x"), (("snapshot-not-directory", OLD),)),
    "link": (put(OLD, (LINK, b"current")), (("snapshot-not-directory", OLD),)),
    "gitlink": (put(OLD, Entry("", Mode.SUBMODULE, "d" * 40)), (("snapshot-not-directory", OLD),)),
    "renamed": (
        moved(OLD, f"{FREIGHT}/{tag(77)}"),
        (
            ("history-removed", OLD),
            ("record-tag", f"{FREIGHT}/{tag(77)}/freight.yaml"),
            ("history-current", NOW),
        ),
    ),
    "shortened": (
        moved(OLD, f"{FREIGHT}/git-0000002"),
        (("history-removed", OLD), ("tag-short", f"{FREIGHT}/git-0000002")),
    ),
    "current-content": (
        put(f"{NOW}/helm/values.yaml", b"replicas: 9\n"),
        (("mirror-content", f"{NOW}/helm/values.yaml"),),
    ),
    "current-mode": (mode(f"{NOW}/helm/bin/setup", Mode.FILE), (("mirror-mode", f"{NOW}/helm/bin/setup"),)),
    "current-added": (put(f"{NOW}/helm/more.yaml", b"x"), (("mirror-added", f"{NOW}/helm/more.yaml"),)),
    "current-record": (
        text(f"{NOW}/freight.yaml", tag(4).encode(), tag(9).encode()),
        (("record-invalid", f"{NOW}/freight.yaml"),),
    ),
    "current-gone": (put(NOW, None), (("current-missing", NOW),)),
    "current-link": (put(NOW, (LINK, tag(4).encode())), (("snapshot-not-directory", NOW),)),
    "newest-and-its-mirror": (
        lambda past: past.put({f"{place}/helm/values.yaml": b"replicas: 9\n" for place in (NEW, NOW)}).commit(
            name="bad"
        ),
        (("history-changed", f"{NEW}/helm/values.yaml"),),
    ),
    "release-of-current-removed": (
        put(NEW, None),
        (("history-removed", NEW), ("current-unknown", f"{NOW}/freight.yaml")),
    ),
    "everything": (put(FREIGHT, None), (("history-removed", FREIGHT),)),
    "warehouse-file": (put(FREIGHT, b"x"), (("warehouse-not-directory", FREIGHT), ("history-removed", FREIGHT))),
}


@pytest.mark.parametrize("name", SNAPSHOT)
def test_a_commit_that_breaks_what_was_published_is_named(tmp_path: Path, name: str) -> None:
    change, expected = SNAPSHOT[name]
    past = change(usual(tmp_path))
    report = past.verify()
    assert sorted(found(report)) == sorted(expected)
    assert {one.data["commit"] for one in report.findings} == {past.made["bad"]}
    assert all(past.made["bad"][:12] in one.message for one in report.findings)
    assert not report.ok


@pytest.mark.parametrize("name", SNAPSHOT)
def test_what_was_put_right_again_is_found_all_the_same(tmp_path: Path, name: str) -> None:
    # the tip is as it was: only the history tells that something else could be deployed in between
    change, expected = SNAPSHOT[name]
    sound = usual(tmp_path)
    past = sound.on(change(sound)).commit().publish(5)
    assert past.at(OLD) == sound.at(OLD)
    report = past.verify()
    by_bad = [(one.code, one.path) for one in report.findings if one.data["commit"] == past.made["bad"]]
    assert sorted(by_bad) == sorted(expected)
    # putting a renamed release back takes the new name away again, which is told too
    assert {code for code, _ in found(report)} <= {code for code, _ in expected}


def adding(files: dict[str, File | None]) -> Change:
    """A commit that publishes the fifth release, and something else with it (or instead)."""
    return lambda past: past.put({f"{FREIGHT}/{tag(5)}": past.release(5), NOW: past.release(5), **files}).commit(
        name="bad"
    )


ADDING: dict[str, tuple[Change, Expected]] = {
    "current-kept": (
        lambda past: past.put({f"{FREIGHT}/{tag(5)}": past.release(5)}).commit(name="bad"),
        (("history-current", NOW),),
    ),
    "current-of-another": (
        lambda past: past.put({f"{FREIGHT}/{tag(5)}": past.release(5), NOW: past.at(OLD)}).commit(name="bad"),
        (("history-current", NOW),),
    ),
    "two": (
        lambda past: past.put({f"{FREIGHT}/{tag(n)}": past.release(n) for n in (5, 6)} | {NOW: past.release(6)}).commit(
            name="bad"
        ),
        (("history-several", FREIGHT),),
    ),
    "another-changed": (
        adding({f"{OLD}/helm/values.yaml": b"x: y\n"}),
        (("history-changed", f"{OLD}/helm/values.yaml"),),
    ),
    "another-removed": (adding({OLD: None}), (("history-removed", OLD),)),
    "payload-edited": (
        adding({f"{place}/helm/values.yaml": b"x: y\n" for place in (f"{FREIGHT}/{tag(5)}", NOW)}),
        (("record-source-tree", f"{FREIGHT}/{tag(5)}/helm"),),
    ),
    "record-of-another": (
        lambda past: past.put({f"{FREIGHT}/{tag(5)}": past.release(6), NOW: past.release(6)}).commit(name="bad"),
        (("record-tag", f"{FREIGHT}/{tag(5)}/freight.yaml"),),
    ),
    "no-record": (
        adding({f"{place}/freight.yaml": None for place in (f"{FREIGHT}/{tag(5)}", NOW)}),
        (("record-missing", f"{FREIGHT}/{tag(5)}/freight.yaml"),),
    ),
    "only-in-current": (
        lambda past: past.put({NOW: past.release(5)}).commit(name="bad"),
        (("current-unknown", f"{NOW}/freight.yaml"),),
    ),
    "mirror-differs": (
        adding({f"{NOW}/helm/values.yaml": b"x: y\n"}),
        (("history-current", NOW), ("mirror-content", f"{NOW}/helm/values.yaml")),
    ),
}


@pytest.mark.parametrize("name", ADDING)
def test_a_freight_commit_does_one_thing(tmp_path: Path, name: str) -> None:
    change, expected = ADDING[name]
    past = change(usual(tmp_path))
    report = past.verify()
    by_bad = [(one.code, one.path) for one in report.findings if one.data.get("commit") == past.made["bad"]]
    assert sorted(by_bad) == sorted(expected)
    # a mirror of what is wrong is wrong as well, as it stands now
    assert all(path.startswith(NOW) for path in {path for _, path in found(report)} - {path for _, path in expected})


def test_an_amended_freight_commit_is_judged_as_it_is_now(tmp_path: Path) -> None:
    sound = usual(tmp_path)
    past = sound.put({f"{place}/helm/values.yaml": b"x: y\n" for place in (f"{FREIGHT}/{tag(5)}", NOW)})
    amended = sound.publish(5).put({f"{place}/helm/values.yaml": b"x: y\n" for place in (f"{FREIGHT}/{tag(5)}", NOW)})
    del past
    amended = amended.on(sound).commit(name="bad")
    assert found(amended.verify()) == [("record-source-tree", f"{FREIGHT}/{tag(5)}/helm")]


def test_a_reverted_freight_commit_takes_a_release_away(tmp_path: Path) -> None:
    before = usual(tmp_path)
    past = before.on(before.publish(5)).commit(name="bad", message='Revert "Publish"\n')
    assert found(past.verify()) == [("history-removed", f"{FREIGHT}/{tag(5)}")]


# --- merges ---------------------------------------------------------------------------------------


def sides(path: Path) -> tuple[Past, Past, Past]:
    """Where two branches part, one with release 5, the other with release 6."""
    fork = usual(path)
    return fork, fork.publish(5), fork.publish(6)


def merged(one: Past, other: Past, files: dict[str, File | None]) -> Past:
    """A merge of ``other`` into ``one``, whose tree is that of ``one`` and ``files``."""
    return one.put(files).on(one).commit(other.tip, name="bad")


def test_a_merge_that_drops_the_other_side_s_release(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    report = merged(one, other, {}).verify()
    assert found(report) == [("history-removed", f"{FREIGHT}/{tag(6)}")]


def test_a_merge_that_changes_a_release(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    past = merged(
        one, other, {f"{FREIGHT}/{tag(6)}": other.at(f"{FREIGHT}/{tag(6)}"), f"{OLD}/helm/values.yaml": b"x: y\n"}
    )
    report = past.verify()
    assert found(report) == [("history-changed", f"{OLD}/helm/values.yaml")]
    assert report.findings[0].data["commit"] == past.made["bad"]


def test_a_merge_that_changes_the_release_it_brings(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    brought = f"{FREIGHT}/{tag(6)}"
    past = merged(one, other, {brought: other.at(brought), f"{brought}/helm/values.yaml": b"x: y\n"})
    assert found(past.verify()) == [("history-changed", f"{brought}/helm/values.yaml")]


def test_a_merge_that_mixes_two_mirrors(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    brought = f"{FREIGHT}/{tag(6)}"
    past = merged(one, other, {brought: other.at(brought), f"{NOW}/freight.yaml": other.at(f"{NOW}/freight.yaml")})
    assert found(past.verify()) == [("mirror-content", f"{NOW}/helm/values.yaml")]


def test_a_merge_that_adds_releases_of_its_own(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    brought = f"{FREIGHT}/{tag(6)}"
    more = {f"{FREIGHT}/{tag(n)}": one.release(n) for n in (7, 8)}
    assert found(merged(one, other, {brought: other.at(brought), **more}).verify()) == [("history-several", FREIGHT)]


def test_an_octopus_that_drops_one_side(tmp_path: Path) -> None:
    fork, one, other = sides(tmp_path)
    third = fork.publish(7)
    kept = f"{FREIGHT}/{tag(6)}"
    past = one.put({kept: other.at(kept)}).on(one).commit(other.tip, third.tip, name="bad")
    assert found(past.verify()) == [("history-removed", f"{FREIGHT}/{tag(7)}")]


def test_criss_cross_merges_tell_of_a_change_once_and_where_it_was_made(tmp_path: Path) -> None:
    _, one, other = sides(tmp_path)
    both = {
        f"{FREIGHT}/{tag(5)}": one.at(f"{FREIGHT}/{tag(5)}"),
        f"{FREIGHT}/{tag(6)}": other.at(f"{FREIGHT}/{tag(6)}"),
    }
    bad = one.put({f"{OLD}/helm/values.yaml": b"x: y\n"}).commit(name="bad")
    left = bad.put(both).on(bad).commit(other.tip)
    right = other.put(both).on(other).commit(bad.tip)
    past = left.put(both).on(left).commit(right.tip)
    past.made["bad"] = bad.made["bad"]
    report = past.verify()
    # the merge that took the bad side over the good one is named beside the commit that made it
    assert set(found(report)) == {("history-changed", f"{OLD}/helm/values.yaml")}
    assert bad.made["bad"] in {one.data["commit"] for one in report.findings}


def test_a_change_on_a_side_branch_that_was_put_right_before_the_merge(tmp_path: Path) -> None:
    fork, one, _ = sides(tmp_path)
    bad = put(f"{OLD}/helm/values.yaml", b"x: y\n")(fork)
    side = fork.on(bad).commit()
    report = merged(one, side, {}).verify()
    assert found(report) == [("history-changed", f"{OLD}/helm/values.yaml")]
    assert report.findings[0].data["commit"] == bad.made["bad"]


def test_one_release_published_with_two_contents_on_two_branches(tmp_path: Path) -> None:
    fork = usual(tmp_path)
    one = fork.publish(5)
    other = fork.put({f"{FREIGHT}/{tag(5)}": (entry := _other_five(fork)), NOW: entry}).commit()
    report = merged(one, other, {}).verify()
    assert {code for code, _ in found(report)} == {"history-changed"}


def _other_five(past: Past) -> Entry:
    from tests.gitops_builder import record

    payload = past.git.tree({"Chart.yaml": b"name: other\nversion: 1.0.0\n"})
    return past.git.snapshot(record("codeai", tag(5).removeprefix("git-"), payload), payload)


# --- pruning --------------------------------------------------------------------------------------


def test_a_removal_that_is_listed_with_another_tree(tmp_path: Path) -> None:
    past = usual(tmp_path)
    files = past.pruned(3)
    files[OLD] = None
    files[f"{FREIGHT}/pruned.yaml"] = _listing({tag(3): past.at(f"{FREIGHT}/{tag(3)}").id, tag(2): "e" * 40})
    report = past.put(files).commit(name="bad").verify()
    assert set(found(report)) == {("history-pruned", f"{FREIGHT}/pruned.yaml"), ("history-removed", OLD)}


def _listing(listed: dict[str, str]) -> bytes:
    from freightlib.documents import write_pruned
    from freightlib.models import Pruned, PrunedRelease

    return write_pruned(Pruned(tuple(PrunedRelease(name, tree) for name, tree in listed.items())))


def test_an_entry_of_the_list_is_never_lost(tmp_path: Path) -> None:
    past = usual(tmp_path)
    pruned = past.put(past.pruned(1, 2)).commit()
    kept = {tag(1): past.at(f"{FREIGHT}/{tag(1)}").id}
    report = pruned.put({f"{FREIGHT}/pruned.yaml": _listing(kept)}).commit(name="bad").verify()
    assert found(report) == [("history-pruned", f"{FREIGHT}/pruned.yaml")]
    gone = pruned.put({f"{FREIGHT}/pruned.yaml": None}).commit(name="bad").verify()
    assert set(found(gone)) == {("history-pruned", f"{FREIGHT}/pruned.yaml")}
    assert len(gone.findings) == 2


@pytest.mark.parametrize(
    "data", [b"pruned: [", b"schemaVersion: v1\npruned: [{tag: git-1, tree: x}]\n", (LINK, b"current")]
)
def test_a_list_that_cannot_be_read(tmp_path: Path, data: File) -> None:
    past = usual(tmp_path)
    report = past.put({f"{FREIGHT}/pruned.yaml": data}).commit(name="bad").verify()
    assert found(report) == [("pruned-invalid", f"{FREIGHT}/pruned.yaml")]


def test_a_pruned_release_comes_back_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    past = usual(tmp_path)
    pruned = past.put(past.pruned(2)).commit()
    assert found(pruned.publish(2).verify()) == []
    other = pruned.put({OLD: (entry := _other_two(past)), NOW: entry}).commit(name="bad")
    assert ("history-changed", f"{OLD}/freight.yaml") in found(other.verify())
    # and also for one who begins to look after it was pruned
    assert ("history-changed", OLD) in found(other.verify(since=pruned.tip)) or (
        "history-changed",
        f"{OLD}/freight.yaml",
    ) in found(other.verify(since=pruned.tip))


def _other_two(past: Past) -> Entry:
    from tests.gitops_builder import record

    payload = past.git.tree({"Chart.yaml": b"name: other\nversion: 1.0.0\n"})
    return past.git.snapshot(record("codeai", tag(2).removeprefix("git-"), payload), payload)


# --- evasions -------------------------------------------------------------------------------------


def test_a_moved_warehouse_is_followed(tmp_path: Path) -> None:
    past = usual(tmp_path)
    project = PROJECT.replace(b"path: k8s/helm}\n", b"path: k8s/helm}\n    warehouse: elsewhere/codeai\n", 1)
    moved = past.put({"freightlib.yaml": project, "elsewhere/codeai": past.at(FREIGHT), FREIGHT: None})
    assert found(moved.commit().publish_at("elsewhere/codeai", 5).verify()) == []
    bad = moved.put({f"elsewhere/codeai/{tag(2)}/helm/values.yaml": b"x: y\n"}).commit(name="bad")
    assert found(bad.verify()) == [("history-changed", f"elsewhere/codeai/{tag(2)}/helm/values.yaml")]


def test_an_app_out_of_the_project_file_is_not_out_of_sight(tmp_path: Path) -> None:
    past = usual(tmp_path)
    head, _, rest = PROJECT.partition(b"  codeai:")
    without = head + rest[rest.index(b"  shop:") :]
    hidden = past.put({"freightlib.yaml": without, f"{OLD}/helm/values.yaml": b"x: y\n"}).commit(name="bad")
    shown = hidden.put({"freightlib.yaml": PROJECT}).commit()
    for after in (hidden, shown):
        report = after.verify()
        assert found(report) == [("history-changed", f"{OLD}/helm/values.yaml")]


def test_a_broken_project_file_hides_nothing(tmp_path: Path) -> None:
    past = usual(tmp_path)
    hidden = past.put({"freightlib.yaml": b"apps: [", f"{OLD}/helm/values.yaml": b"x: y\n"}).commit(name="bad")
    report = hidden.put({"freightlib.yaml": POLICY["freightlib.yaml"]}).commit().verify()
    assert found(report) == [("history-changed", f"{OLD}/helm/values.yaml")]


def test_every_code_about_history_is_planted_here(tmp_path: Path) -> None:
    planted = {code for table in (SNAPSHOT, ADDING) for _, expected in table.values() for code, _ in expected}
    planted |= {"history-pruned", "pruned-invalid", "history-cut"}  # above, and in test_history_sound.py
    assert {code for code in CHECKS if code.startswith(("history-", "pruned-"))} <= planted
