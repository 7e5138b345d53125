"""With the source at hand, each payload is proved to be the literal copy of its commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from freightlib.documents import write_record
from freightlib.git.trees import Entry, Mode
from freightlib.models import Severity, Source
from freightlib.testing import ObjectBuilder
from freightlib.testing.objects import File
from freightlib.verbs.verify import verify
from tests.gitops_builder import World, record, world


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


def _found(sound: World, root: str, source: Path | None = None) -> list[tuple[str, str]]:
    report = verify(sound.gitops.path, revision=sound.commit(root), source=source or sound.source.path)
    return [(finding.code, finding.path) for finding in report.findings]


def _vouched(sound: World, path: str, file: File | None) -> str:
    """A changed payload in the old snapshot, whose record lies that this was frozen."""
    root = sound.put(f"{sound.old}/helm/{path}", file)
    revision = sound.tags["codeai"][0].removeprefix("git-")
    freight = record("codeai", revision, sound.at(f"{sound.old}/helm", root).id)
    return sound.put(f"{sound.old}/freight.yaml", write_record(freight), root)


@pytest.mark.parametrize(
    ("path", "file", "code"),
    [
        ("templates/extra.yaml", b"kind: Pod\n", "literal-added"),
        ("templates/web.yaml", None, "literal-missing"),
        ("README.md", b"# codeai\nWindows line ends stay.\n", "literal-content"),
        ("files/link", b"../values.yaml", "literal-type"),
        ("files/link", (Mode.SYMLINK, b"../Chart.yaml"), "literal-content"),
    ],
)
def test_a_forged_copy_is_found_though_its_record_vouches_for_it(
    sound: World, path: str, file: File | None, code: str
) -> None:
    root = _vouched(sound, path, file)
    assert _found(sound, root) == [(code, f"{sound.old}/helm/{path}")]
    assert verify(sound.gitops.path, revision=sound.commit(root)).ok  # only the source can tell


def test_a_lost_executable_bit_is_found(sound: World) -> None:
    entry = sound.at(f"{sound.old}/helm/bin/setup")._replace(mode=Mode.FILE)
    root = _vouched(sound, "bin/setup", entry)
    report = verify(sound.gitops.path, revision=sound.commit(root), source=sound.source.path)
    assert [f.code for f in report.findings] == ["literal-mode"]
    assert "100755" in report.findings[0].message
    assert "100644" in report.findings[0].message


def test_without_a_vouching_record_both_are_said(sound: World) -> None:
    root = sound.put(f"{sound.old}/helm/values.yaml", b"x")
    helm = f"{sound.old}/helm"
    assert _found(sound, root) == [("record-source-tree", helm), ("literal-content", f"{helm}/values.yaml")]


def test_a_record_without_source_is_proved_by_the_project_file(sound: World) -> None:
    revision = sound.tags["codeai"][0].removeprefix("git-")
    plain = write_record(record("codeai", revision, sound.at(f"{sound.old}/helm").id, source=None))
    root = sound.put(f"{sound.old}/freight.yaml", plain)
    assert _found(sound, root) == []
    assert _found(sound, sound.put(f"{sound.old}/helm/values.yaml", b"x", root)) == [
        ("literal-content", f"{sound.old}/helm/values.yaml")
    ]


@pytest.mark.parametrize("path", ["k8s/elsewhere", "k8s/helm/Chart.yaml", "src/main.rb/x"])
def test_a_package_that_the_source_has_not_is_found(sound: World, path: str) -> None:
    revision = sound.tags["codeai"][0].removeprefix("git-")
    payload = sound.at(f"{sound.old}/helm").id
    moved = write_record(record("codeai", revision, payload, source=Source("https://example.com/x.git", path, payload)))
    root = sound.put(f"{sound.old}/freight.yaml", moved)
    assert _found(sound, root) == [("source-path-missing", f"{sound.old}/helm")]


def test_a_source_that_lost_the_commit_proves_nothing_and_condemns_nothing(sound: World, tmp_path: Path) -> None:
    other = ObjectBuilder(tmp_path / "other.git")
    other.commit(other.tree({"k8s/helm/Chart.yaml": b"name: other\n"}))
    report = verify(sound.gitops.path, source=other.path)
    assert {f.code for f in report.findings} == {"source-commit-gone"}
    assert {f.severity for f in report.findings} == {Severity.WARNING}
    assert len(report.findings) == 5
    assert report.ok


def test_the_mirror_is_not_proved_twice(sound: World) -> None:
    root = sound.both("helm/values.yaml", b"x")
    helm = f"{sound.new}/helm"
    assert _found(sound, root) == [("record-source-tree", helm), ("literal-content", f"{helm}/values.yaml")]


def test_a_payload_from_another_commit_is_found(sound: World) -> None:
    # the payload of the newest release under the name of the oldest
    payload = sound.at(f"{sound.new}/helm").id
    freight = record("codeai", sound.tags["codeai"][0].removeprefix("git-"), payload)
    root = sound.put(sound.old, Entry("", Mode.TREE, sound.gitops.snapshot(freight, payload).id))
    assert _found(sound, root) == [("literal-content", f"{sound.old}/helm/values.yaml")]
