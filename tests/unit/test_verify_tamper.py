"""Single changes to a sound warehouse: each is found, with its code and path, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from freightlib.codec import write_record
from freightlib.models import Severity
from freightlib.trees import Entry, Mode
from freightlib.verify import CHECKS, verify
from tests.gitops_builder import World, record, world

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4" * 64 + b"\nsize 12345\n"
GIT = "git-" + "e" * 40


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


Tamper = Callable[[World], str]
Expected = list[tuple[str, str]]


def _record(w: World, path: str, old: bytes, new: bytes) -> str:
    data = w.gitops.read_blob(w.at(f"{path}/freight.yaml").id)
    assert old in data
    return w.put(f"{path}/freight.yaml", data.replace(old, new))


def _old(w: World, path: str, file: bytes | tuple[int, bytes] | Entry | None) -> str:
    """A change inside an old payload, with a record that vouches for the changed payload."""
    root = w.put(f"{w.old}/helm/{path}", file)
    return _vouched(w, root)


def _vouched(w: World, root: str) -> str:
    revision = w.tags["codeai"][0].removeprefix("git-")
    freight = record("codeai", revision, w.at(f"{w.old}/helm", root).id)
    return w.put(f"{w.old}/freight.yaml", write_record(freight), root)


def _sub(w: World) -> Entry:
    return Entry("", Mode.SUBMODULE, "d" * 40)


MIRROR: dict[str, tuple[Tamper, str, str]] = {
    "content": (lambda w: w.put(f"{w.current}/helm/values.yaml", b"replicas: 9\n"), "mirror-content", "helm/values.yaml"),
    "one-byte": (lambda w: w.put(f"{w.current}/helm/README.md", b"# codeai\nWindows line ends stay.\n"), "mirror-content", "helm/README.md"),
    "exec-bit-set": (lambda w: w.put(f"{w.current}/helm/values.yaml", w.at(f"{w.current}/helm/values.yaml")._replace(mode=Mode.EXECUTABLE)), "mirror-mode", "helm/values.yaml"),
    "exec-bit-lost": (lambda w: w.put(f"{w.current}/helm/bin/setup", w.at(f"{w.current}/helm/bin/setup")._replace(mode=Mode.FILE)), "mirror-mode", "helm/bin/setup"),
    "old-mode": (lambda w: w.put(f"{w.current}/helm/values.yaml", w.at(f"{w.current}/helm/values.yaml")._replace(mode=0o100664)), "mirror-mode", "helm/values.yaml"),
    "added": (lambda w: w.put(f"{w.current}/helm/templates/extra.yaml", b"kind: Pod\n"), "mirror-added", "helm/templates/extra.yaml"),
    "added-in-new-directory": (lambda w: w.put(f"{w.current}/helm/a/b/c", b"x"), "mirror-added", "helm/a/b/c"),
    "added-beside": (lambda w: w.put(f"{w.current}/NOTES", b"x"), "mirror-added", "NOTES"),
    "added-submodule": (lambda w: w.put(f"{w.current}/helm/sub", _sub(w)), "mirror-added", "helm/sub"),
    "missing": (lambda w: w.put(f"{w.current}/helm/templates/web.yaml", None), "mirror-missing", "helm/templates/web.yaml"),
    "missing-last-of-directory": (lambda w: w.put(f"{w.current}/helm/bin/setup", None), "mirror-missing", "helm/bin/setup"),
    "missing-chart": (lambda w: w.put(f"{w.current}/helm/Chart.yaml", None), "mirror-missing", "helm/Chart.yaml"),
    "link-to-file": (lambda w: w.put(f"{w.current}/helm/files/link", b"image: code-dot-org\nreplicas: 2\n"), "mirror-type", "helm/files/link"),
    "link-text-as-file": (lambda w: w.put(f"{w.current}/helm/files/link", b"../values.yaml"), "mirror-type", "helm/files/link"),
    "file-to-link": (lambda w: w.put(f"{w.current}/helm/values.yaml", (Mode.SYMLINK, b"README.md")), "mirror-type", "helm/values.yaml"),
    "link-target": (lambda w: w.put(f"{w.current}/helm/files/link", (Mode.SYMLINK, b"../README.md")), "mirror-content", "helm/files/link"),
    "file-to-directory": (lambda w: w.put(f"{w.current}/helm/values.yaml", Entry("", Mode.TREE, w.gitops.tree({"x": b"y"}))), "mirror-type", "helm/values.yaml"),
    "directory-to-file": (lambda w: w.put(f"{w.current}/helm/bin", b"x"), "mirror-type", "helm/bin"),
    "directory-to-submodule": (lambda w: w.put(f"{w.current}/helm/bin", _sub(w)), "mirror-type", "helm/bin"),
    "lfs-pointer": (lambda w: w.put(f"{w.current}/helm/charts/redis-1.2.3.tgz", LFS), "mirror-content", "helm/charts/redis-1.2.3.tgz"),
    "record-digest": (lambda w: _record(w, w.current, b"ab" * 32, b"ac" * 32), "mirror-content", "freight.yaml"),
    "record-reformatted": (lambda w: _record(w, w.current, b"schemaVersion: v1\n", b"schemaVersion: v1\n# by hand\n"), "mirror-content", "freight.yaml"),
    "record-mode": (lambda w: w.put(f"{w.current}/freight.yaml", w.at(f"{w.current}/freight.yaml")._replace(mode=Mode.EXECUTABLE)), "mirror-mode", "freight.yaml"),
    "no-record": (lambda w: w.put(f"{w.current}/freight.yaml", None), "record-missing", "freight.yaml"),
    "record-not-yaml": (lambda w: w.put(f"{w.current}/freight.yaml", b"revision: [\n"), "record-invalid", "freight.yaml"),
    "record-link": (lambda w: w.put(f"{w.current}/freight.yaml", (Mode.SYMLINK, f"../{w.tags['codeai'][-1]}/freight.yaml".encode())), "record-missing", "freight.yaml"),
    "record-tag": (lambda w: _record(w, w.current, b"tag: git-", b"tag: git-0"), "record-tag", "freight.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", MIRROR)
def test_a_change_to_current_is_named_by_path_and_kind(sound: World, name: str) -> None:
    tamper, code, path = MIRROR[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.current}/{path}")]
    assert not report.ok


PAYLOAD: dict[str, tuple[Tamper, str, str]] = {
    "content": (lambda w: w.put(f"{w.old}/helm/values.yaml", b"replicas: 9\n"), "record-source-tree", "helm"),
    "mode": (lambda w: w.put(f"{w.old}/helm/values.yaml", w.at(f"{w.old}/helm/values.yaml")._replace(mode=Mode.EXECUTABLE)), "record-source-tree", "helm"),
    "record-source-tree": (lambda w: _record(w, w.old, w.at(f"{w.old}/helm").id.encode(), b"0" * 39 + b"a"), "record-source-tree", "helm"),
    "lfs-chart": (lambda w: _old(w, "charts/redis-1.2.3.tgz", LFS), "lfs-pointer", "helm/charts/redis-1.2.3.tgz"),
    "lfs-file": (lambda w: _old(w, "files/logo.png", LFS), "lfs-pointer", "helm/files/logo.png"),
    "link-absolute": (lambda w: _old(w, "files/passwd", (Mode.SYMLINK, b"/etc/passwd")), "symlink-absolute", "helm/files/passwd"),
    "link-drive": (lambda w: _old(w, "files/passwd", (Mode.SYMLINK, b"C:/Windows")), "symlink-absolute", "helm/files/passwd"),
    "link-escapes": (lambda w: _old(w, "files/up", (Mode.SYMLINK, b"../../../../README.md")), "symlink-escapes", "helm/files/up"),
    "link-to-record": (lambda w: _old(w, "record", (Mode.SYMLINK, b"../freight.yaml")), "symlink-escapes", "helm/record"),
    "link-escapes-and-returns": (lambda w: _old(w, "back", (Mode.SYMLINK, b"../helm/values.yaml")), "symlink-escapes", "helm/back"),
    "link-escapes-in-disguise": (lambda w: _old(w, "files/up", (Mode.SYMLINK, b"gone/../../../x")), "symlink-escapes", "helm/files/up"),
    "link-dangling": (lambda w: _old(w, "files/gone", (Mode.SYMLINK, b"../nothing.yaml")), "symlink-dangling", "helm/files/gone"),
    "link-through-a-file": (lambda w: _old(w, "files/gone", (Mode.SYMLINK, b"../values.yaml/x")), "symlink-dangling", "helm/files/gone"),
    "link-to-itself": (lambda w: _old(w, "self", (Mode.SYMLINK, b"self")), "symlink-cycle", "helm/self"),
    "link-to-parent": (lambda w: _old(w, "files/all", (Mode.SYMLINK, b"..")), "symlink-cycle", "helm/files/all"),
    "link-to-here": (lambda w: _old(w, "files/all", (Mode.SYMLINK, b".")), "symlink-cycle", "helm/files/all"),
    "submodule": (lambda w: _old(w, "sub", _sub(w)), "submodule", "helm/sub"),
    "case-collision": (lambda w: _old(w, "VALUES.yaml", b"x"), "name-collision", "helm/values.yaml"),
    "directory-case-collision": (lambda w: _old(w, "Templates/x", b"x"), "name-collision", "helm/templates"),
    "unicode-collision": (lambda w: _old(w, "files/cafe\u0301.txt", b"x"), "name-collision", "helm/files/caf\u00e9.txt"),
    "git-directory": (lambda w: _old(w, "files/.git/config", b"x"), "name-unsafe", "helm/files/.git"),
    "git-in-disguise": (lambda w: _old(w, ".g\u200cit", b"x"), "name-unsafe", "helm/.g\u200cit"),
    "git-on-ntfs": (lambda w: _old(w, "GIT~1", b"x"), "name-unsafe", "helm/GIT~1"),
    "backslash": (lambda w: _old(w, "a\\b", b"x"), "name-unsafe", "helm/a\\b"),
    "newline": (lambda w: _old(w, "a\nb", b"x"), "name-unsafe", "helm/a\nb"),
    "over-long": (lambda w: _old(w, "n" * 256, b"x"), "name-unsafe", "helm/" + "n" * 256),
    "gitmodules-link": (lambda w: _old(w, ".gitmodules", (Mode.SYMLINK, b"values.yaml")), "name-unsafe", "helm/.gitmodules"),
    "old-mode": (lambda w: _old(w, "values.yaml", w.at(f"{w.old}/helm/values.yaml")._replace(mode=0o100664)), "mode-odd", "helm/values.yaml"),
    "no-chart": (lambda w: _old(w, "Chart.yaml", None), "chart-missing", "helm/Chart.yaml"),
    "chart-directory": (lambda w: _old(w, "Chart.yaml", Entry("", Mode.TREE, w.gitops.tree({"x": b"y"}))), "chart-missing", "helm/Chart.yaml"),
    "chart-not-yaml": (lambda w: _old(w, "Chart.yaml", b"name: {\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-list": (lambda w: _old(w, "Chart.yaml", b"- name\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-empty": (lambda w: _old(w, "Chart.yaml", b""), "chart-invalid", "helm/Chart.yaml"),
    "chart-nameless": (lambda w: _old(w, "Chart.yaml", b"version: 1.0.0\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-versionless": (lambda w: _old(w, "Chart.yaml", b"name: x\nversion:\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-deep": (lambda w: _old(w, "Chart.yaml", b"[" * 5000), "chart-invalid", "helm/Chart.yaml"),
    "chart-link": (lambda w: _old(w, "Chart.yaml", (Mode.SYMLINK, b"values.yaml")), "chart-invalid", "helm/Chart.yaml"),
    "payload-gone": (lambda w: w.put(f"{w.old}/helm", None), "payload-missing", "helm"),
    "payload-file": (lambda w: w.put(f"{w.old}/helm", b"x"), "payload-missing", "helm"),
    "payload-link": (lambda w: w.put(f"{w.old}/helm", (Mode.SYMLINK, b"../current/helm")), "payload-missing", "helm"),
    "payload-empty": (lambda w: _vouched(w, w.put(f"{w.old}/helm", Entry("", Mode.TREE, w.gitops.tree({})))), "payload-empty", "helm"),
    "payload-of-empty-directories": (lambda w: _vouched(w, w.put(f"{w.old}/helm", Entry("", Mode.TREE, w.gitops.tree({"a/b": Entry("", Mode.TREE, w.gitops.tree({}))})))), "payload-empty", "helm"),
    "second-payload": (lambda w: w.put(f"{w.old}/manifests/x.yaml", b"x"), "snapshot-extra", "manifests"),
    "stray-file": (lambda w: w.put(f"{w.old}/values-production.yaml", b"x"), "snapshot-extra", "values-production.yaml"),
    "no-record": (lambda w: w.put(f"{w.old}/freight.yaml", None), "record-missing", "freight.yaml"),
    "record-directory": (lambda w: w.put(f"{w.old}/freight.yaml", Entry("", Mode.TREE, w.gitops.tree({"x": b"y"}))), "record-missing", "freight.yaml"),
    "record-empty": (lambda w: w.put(f"{w.old}/freight.yaml", b""), "record-invalid", "freight.yaml"),
    "record-type": (lambda w: _record(w, w.old, b"packageType: helm", b"packageType: tarball"), "record-invalid", "freight.yaml"),
    "record-short-revision": (lambda w: _record(w, w.old, b"revision: " + w.tags["codeai"][0][4:].encode(), b"revision: abc1234"), "record-invalid", "freight.yaml"),
    "record-digest": (lambda w: _record(w, w.old, b"ab" * 32, b"ab" * 31), "record-invalid", "freight.yaml"),
    "record-tag": (lambda w: _record(w, w.old, b"tag: git-", b"tag: git-0"), "record-tag", "freight.yaml"),
    "record-of-another": (lambda w: _record(w, w.old, w.tags["codeai"][0][4:].encode(), b"e" * 40), "record-tag", "freight.yaml"),
    "record-unknown-key": (lambda w: _record(w, w.old, b"schemaVersion: v1\n", b"schemaVersion: v1\nteam: blue\n"), "record-unknown-key", "freight.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAYLOAD)
def test_a_change_to_a_snapshot_is_named(sound: World, name: str) -> None:
    tamper, code, path = PAYLOAD[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.old}/{path}")]
    assert report.ok is (CHECKS[code].severity is not Severity.ERROR)
    assert report.findings[0].hint


FOLDER: dict[str, tuple[Tamper, str, str]] = {
    "short-tag": (lambda w: w.put(f"{w.freight}/git-abc1234", w.at(w.old)), "tag-short", "git-abc1234"),
    "upper-case-tag": (lambda w: w.put(f"{w.freight}/git-{'E' * 40}", w.at(w.old)), "tag-short", f"git-{'E' * 40}"),
    "wrong-length-tag": (lambda w: w.put(f"{w.freight}/{GIT}e", w.at(w.old)), "tag-short", f"{GIT}e"),
    "stray-file": (lambda w: w.put(f"{w.freight}/notes.txt", b"x"), "warehouse-entry", "notes.txt"),
    "stray-directory": (lambda w: w.put(f"{w.freight}/latest", w.at(w.new)), "warehouse-entry", "latest"),
    "stray-link": (lambda w: w.put(f"{w.freight}/latest", (Mode.SYMLINK, b"current")), "warehouse-entry", "latest"),
    "no-current": (lambda w: w.put(w.current, None), "current-missing", "current"),
    "current-link": (lambda w: w.put(w.current, (Mode.SYMLINK, w.tags["codeai"][-1].encode())), "snapshot-not-directory", "current"),
    "current-submodule": (lambda w: w.put(w.current, _sub(w)), "snapshot-not-directory", "current"),
    "tag-link": (lambda w: w.put(f"{w.freight}/{GIT}", (Mode.SYMLINK, b"current")), "snapshot-not-directory", GIT),
    "release-of-current-gone": (lambda w: w.put(w.new, None), "current-unknown", "current/freight.yaml"),
    "renamed": (lambda w: w.put(f"{w.freight}/{GIT}", w.at(w.old), w.put(w.old, None)), "record-tag", f"{GIT}/freight.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDER)
def test_a_change_to_the_warehouse_is_named(sound: World, name: str) -> None:
    tamper, code, path = FOLDER[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.freight}/{path}")]


def test_the_warehouse_itself_may_be_something_else(sound: World) -> None:
    root = sound.put("releases/shop", (Mode.SYMLINK, b"../warehouses/codeai/freight"))
    report = verify(sound.gitops.path, revision=sound.commit(root))
    assert [(f.code, f.path) for f in report.findings] == [("warehouse-not-directory", "releases/shop")]


@pytest.mark.parametrize(
    ("app", "files", "code", "path"),
    [
        ("shop", {"base/web.yaml": b"kind: Pod\n"}, "kustomization-missing", "kustomize"),
        ("static", {"README.md": b"nothing to apply\n"}, "manifests-missing", "manifests"),
    ],
)
def test_a_package_is_what_its_type_says(
    sound: World, app: str, files: dict[str, bytes], code: str, path: str
) -> None:
    from tests.gitops_builder import snapshot, warehouse

    tag = sound.tags[app][0]
    payload = sound.gitops.tree(files)
    entry = snapshot(sound.gitops, record(app, tag.removeprefix("git-"), payload), payload)
    root = sound.put(f"{warehouse(app)}/current", entry, sound.put(f"{warehouse(app)}/{tag}", entry))
    report = verify(sound.gitops.path, revision=sound.commit(root))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{warehouse(app)}/{tag}/{path}")]


def test_a_name_that_stands_twice_is_found_wherever_it_stands(sound: World) -> None:
    # reading by name would see only one of the two
    helm = sound.at(f"{sound.old}/helm")
    for place, code in ((sound.old, "name-collision"), (f"{sound.current}/helm/bin", "mirror-content")):
        entries = sound.gitops.read_tree(sound.at(place).id)
        double = (*entries, entries[-1]._replace(id=entries[-1].id))
        report = verify(sound.gitops.path, revision=sound.commit(sound.raw(place, *double)))
        assert code in [f.code for f in report.findings], place
    assert helm.is_tree


def test_messages_say_what_differs(sound: World) -> None:
    tag = sound.tags["codeai"][-1]
    lost = verify(sound.gitops.path, revision=sound.commit(MIRROR["exec-bit-lost"][0](sound))).findings[0]
    assert lost.message == f"it is a file (mode 100644), in {tag}/ it is a file (mode 100755)"
    assert lost.data["expected"]["mode"] == "100755"
    assert lost.data["found"]["mode"] == "100644"
    link = verify(sound.gitops.path, revision=sound.commit(MIRROR["link-to-file"][0](sound))).findings[0]
    assert "a symbolic link (mode 120000)" in link.message
    pointer = verify(sound.gitops.path, revision=sound.commit(PAYLOAD["lfs-chart"][0](sound))).findings[0]
    assert "gzip: invalid header" in pointer.message
    assert "git lfs" in pointer.hint
    other = verify(sound.gitops.path, revision=sound.commit(PAYLOAD["lfs-file"][0](sound))).findings[0]
    assert "gzip" not in other.message
    invalid = verify(sound.gitops.path, revision=sound.commit(PAYLOAD["record-type"][0](sound))).findings[0]
    assert "tarball" in invalid.message
    assert invalid.data["path"] == "packageType"


def test_every_code_about_a_commit_is_planted_somewhere(tmp_path: Path) -> None:
    del tmp_path
    planted = {code for table in (MIRROR, PAYLOAD, FOLDER) for _, code, _ in table.values()}
    elsewhere = {"warehouse-not-directory", "kustomization-missing", "manifests-missing", "snapshot-missing",
                 "payload-too-large", "source-path-missing", "source-commit-gone", "unreadable", "special-file", "plugin-failed"}  # fmt: skip
    assert planted | elsewhere | {code for code in CHECKS if code.startswith("literal-")} == set(CHECKS)
