"""A sound repository gives no finding, whatever lies beside the warehouses; and ids are looked at before files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from freightlib.errors import CorruptObjectError, FreightError, RevisionError, UsageError
from freightlib.git.trees import Entry, Mode, Tree
from freightlib.models import App, Package
from freightlib.plugins.repositories import open_repository
from freightlib.testing import ObjectBuilder
from freightlib.testing.program import check_sound
from freightlib.verbs.verify import verify
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.verify.entry import payload_report, verify_snapshot
from freightlib.warehouse.verify.folder import folder_report
from freightlib.warehouse.verify.snapshot import Scope
from tests.gitops_builder import World, record, world


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


def test_a_sound_repository_has_no_finding(sound: World) -> None:
    report = verify(sound.gitops.path)
    assert report.findings == ()
    assert report.ok
    assert report.checked == {"apps": 3, "snapshots": 5}
    assert verify(sound.gitops.path, app="codeai").checked == {"apps": 1, "snapshots": 3}
    assert verify(sound.gitops.path, branch="main", source=sound.source.path).findings == ()


def test_the_builder_builds_what_git_accepts(sound: World) -> None:
    for repository in (sound.gitops.path, sound.source.path):
        check_sound(repository, "main")


def test_other_apps_do_not_disturb(sound: World) -> None:
    root = sound.put(f"{sound.old}/stray", b"x")
    commit = sound.commit(root)
    assert not verify(sound.gitops.path, revision=commit).ok
    assert verify(sound.gitops.path, revision=commit, app="shop").findings == ()
    with pytest.raises(UsageError):
        verify(sound.gitops.path, app="nobody")


def test_an_unknown_revision_is_an_error_and_no_finding(sound: World) -> None:
    with pytest.raises(RevisionError):
        verify(sound.gitops.path, revision="e" * 40)


def test_nothing_published_yet_is_no_fault(sound: World) -> None:
    root = sound.put("warehouses/static", None)
    report = verify(sound.gitops.path, revision=sound.commit(root), app="static")
    assert report.findings == ()
    assert report.checked == {"apps": 1, "snapshots": 0}


def test_an_app_can_be_named_where_there_is_no_project_file(sound: World) -> None:
    commit = sound.commit(sound.put("freightlib.yaml", None))
    assert verify(sound.gitops.path, revision=commit, app="codeai").checked["snapshots"] == 3
    with pytest.raises(FreightError, match=r"freightlib\.yaml"):
        verify(sound.gitops.path, revision=commit)


def test_rolling_back_keeps_the_mirror(sound: World) -> None:
    commit = sound.commit(sound.put(sound.current, sound.at(sound.old)))
    assert verify(sound.gitops.path, revision=commit).findings == ()


# --- one snapshot -----------------------------------------------------------------------------------


CODEAI = App("codeai", Package("helm", "k8s/helm"))


def _tree(world_: World, root: str) -> GitopsTree:
    return GitopsTree.at(open_repository(world_.gitops.path), world_.commit(root))


def test_one_snapshot_is_judged_alone(sound: World) -> None:
    root = sound.put(f"{sound.old}/stray", b"x")
    tree = _tree(sound, root)
    assert verify_snapshot(tree, CODEAI, "current").findings == ()
    assert verify_snapshot(tree, CODEAI, sound.tags["codeai"][1]).findings == ()
    assert [f.code for f in verify_snapshot(tree, CODEAI, sound.tags["codeai"][0]).findings] == ["snapshot-extra"]
    absent = verify_snapshot(tree, CODEAI, "git-" + "e" * 40)
    assert [f.code for f in absent.findings] == ["snapshot-missing"]
    assert not absent.ok


def test_current_is_judged_together_with_the_release_it_mirrors(sound: World) -> None:
    broken = _tree(sound, sound.put(f"{sound.current}/helm/values.yaml", b"x"))
    assert [f.code for f in verify_snapshot(broken, CODEAI, "current").findings] == ["mirror-content"]
    both = _tree(sound, sound.both("helm/files/passwd", (Mode.SYMLINK, b"/etc/passwd")))
    codes = [f.code for f in verify_snapshot(both, CODEAI, "current").findings]
    assert codes == ["symlink-absolute", "record-source-tree"]
    no_directory = _tree(sound, sound.put(sound.current, b"x"))
    assert [f.code for f in verify_snapshot(no_directory, CODEAI, "current").findings] == ["snapshot-not-directory"]


def test_a_payload_is_checked_before_it_is_published(sound: World) -> None:
    payload = sound.at(f"{sound.new}/helm").id
    repository = open_repository(sound.gitops.path)
    assert payload_report(repository, payload, "helm", "x/helm").findings == ()
    assert [f.path for f in payload_report(repository, payload, "kustomize", "x/kustomize").findings] == ["x/kustomize"]


# --- ids first --------------------------------------------------------------------------------------


class Counting:
    """Counts what is read; ids make it unnecessary to read more."""

    def __init__(self, bare: ObjectBuilder) -> None:
        self._bare = bare
        self.trees: Counter[str] = Counter()
        self.blobs: Counter[str] = Counter()

    def read_tree(self, tree: str, /) -> Tree:
        self.trees[tree] += 1
        return self._bare.read_tree(tree)

    def read_blob(self, blob: str, /) -> bytes:
        self.blobs[blob] += 1
        return self._bare.read_blob(blob)


def test_equal_payloads_are_looked_into_once(tmp_path: Path) -> None:
    bare = ObjectBuilder(tmp_path / "g.git")
    files = {f"templates/t{number}.yaml": b"kind: Pod # only here %d\n" % number for number in range(39)}
    payload = bare.tree({"Chart.yaml": b"name: only-here\nversion: 1.0.0\n", **files})
    entries = {}
    for number in range(1000):
        freight = record("codeai", f"a{number:039x}", payload)
        entries[freight.tag] = bare.snapshot(freight, payload)
    freight_folder = bare.write_tree([e._replace(name=name) for name, e in entries.items()])
    objects = Counting(bare)
    found = folder_report(Scope(objects, CODEAI, "w"), Entry("", Mode.TREE, freight_folder))
    assert {f.code for f in found.findings} == {"current-missing"}
    assert found.checked["snapshots"] == 1000
    # the folder, 1,000 snapshots, and two directories of the one payload (a few times each while it is first seen)
    assert len(objects.trees) == 1000 + 1 + 2
    assert sum(objects.trees.values()) <= 1000 + 1 + 2 * 4
    # 1,000 records, and each file once (Chart.yaml also as what makes it a chart)
    assert sum(objects.blobs.values()) <= 1000 + 40 + 1
    again = Counting(bare)
    folder_report(Scope(again, CODEAI, "w"), Entry("", Mode.TREE, freight_folder))
    assert sum(again.trees.values()) == 1001
    assert not again.blobs


def test_a_broken_mirror_is_compared_without_opening_files(sound: World) -> None:
    root = sound.put(f"{sound.current}/helm/values.yaml", b"only here\n")
    objects = Counting(sound.gitops)
    found = folder_report(Scope(objects, CODEAI, sound.freight), sound.at(sound.freight, root))
    assert [f.code for f in found.findings] == ["mirror-content"]
    changed = sound.at(f"{sound.current}/helm/values.yaml", root).id
    assert changed not in objects.blobs


# --- damage -----------------------------------------------------------------------------------------


def test_one_damaged_snapshot_does_not_hide_the_others(tmp_path: Path) -> None:
    built = world(tmp_path)
    root = built.put(f"{built.freight}/{built.tags['codeai'][1]}/stray", b"x")
    lost = built.gitops.write_blob(b"an object that gets lost\n")
    root = built.put(f"{built.old}/helm/lost.txt", Entry("", Mode.FILE, lost), root)
    commit = built.commit(root)
    built.gitops.loose(lost).unlink()
    report = verify(built.gitops.path, revision=commit)
    assert [(f.code, f.path) for f in report.findings if f.code != "snapshot-extra"] == [("unreadable", built.old)]
    assert [f.code for f in report.findings].count("snapshot-extra") == 1
    assert report.findings[0].hint
    with pytest.raises(CorruptObjectError):
        open_repository(built.gitops.path).read_blob(lost)


def test_hostile_records_are_findings_and_end_quickly(sound: World) -> None:
    bomb = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    )
    for data in (
        bomb,
        b"x: " + b"y" * (50 << 20),
        b"[" * 500_000,
        b"\xff\xfe",
        b"- revision\n",
        b"revision: 1\nrevision: 2\n",
    ):
        root = sound.put(f"{sound.old}/freight.yaml", data)
        report = verify(sound.gitops.path, revision=sound.commit(root))
        assert [(f.code, f.path) for f in report.findings] == [("record-invalid", f"{sound.old}/freight.yaml")]
        assert "\n" not in report.findings[0].message
