"""Single changes to a sound warehouse: each is found, with its code and path, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from freightlib.documents import write_record
from freightlib.git.trees import Entry, Mode
from freightlib.models import Severity
from freightlib.models.findings.catalogue import CHECKS, group_of
from freightlib.verbs.verify import verify
from tests.gitops_builder import World, record, world

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4" * 64 + b"\nsize 12345\n"
GIT = "git-" + "e" * 40


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


Tamper = Callable[[World], str]
FileOf = bytes | tuple[int, bytes] | Entry | None | Callable[[World], Entry]
SUBMODULE = Entry("", Mode.SUBMODULE, "d" * 40)


def _made(w: World, file: FileOf) -> bytes | tuple[int, bytes] | Entry | None:
    return file(w) if callable(file) else file


def current(path: str, file: FileOf) -> Tamper:
    """A change in current/ only."""
    return lambda w: w.put(f"{w.current}/{path}", _made(w, file))


def snap(path: str, file: FileOf) -> Tamper:
    """A change in an old snapshot."""
    return lambda w: w.put(f"{w.old}/{path}", _made(w, file))


def chart(path: str, file: FileOf) -> Tamper:
    """A change in the old payload, with a record that vouches for it: as if the source had been so."""
    return lambda w: _vouched(w, w.put(f"{w.old}/helm/{path}", _made(w, file)))


def payload(made: Callable[[World], str]) -> Tamper:
    """Another payload in the old snapshot, vouched for."""
    return lambda w: _vouched(w, w.put(f"{w.old}/helm", Entry("", Mode.TREE, made(w))))


def folder(name: str, file: FileOf) -> Tamper:
    """A change in the warehouse itself."""
    return lambda w: w.put(f"{w.freight}/{name}", _made(w, file))


def link(target: bytes) -> tuple[int, bytes]:
    return (Mode.SYMLINK, target)


def tree(**files: bytes) -> Callable[[World], Entry]:
    return lambda w: Entry("", Mode.TREE, w.gitops.tree(files))


def mode(path: str, number: int) -> Callable[[World], Entry]:
    """The file of the newest payload, with another mode."""
    return lambda w: w.at(f"{w.new}/{path}")._replace(mode=number)


def record_text(place: str, old: bytes, new: bytes) -> Tamper:
    """A text replaced in the record of the old snapshot or of current/."""

    def tamper(w: World) -> str:
        path = f"{getattr(w, place)}/freight.yaml"
        data = w.gitops.read_blob(w.at(path).id)
        revision = w.tags["codeai"][0].removeprefix("git-").encode()
        replaced = data.replace(old.replace(b"REVISION", revision), new)
        assert replaced != data
        return w.put(path, replaced)

    return tamper


def _vouched(w: World, root: str) -> str:
    revision = w.tags["codeai"][0].removeprefix("git-")
    freight = record("codeai", revision, w.at(f"{w.old}/helm", root).id)
    return w.put(f"{w.old}/freight.yaml", write_record(freight), root)


MIRROR: dict[str, tuple[Tamper, str, str]] = {
    "content": (current("helm/values.yaml", b"replicas: 9\n"), "mirror-content", "helm/values.yaml"),
    "one-byte": (current("helm/README.md", b"# codeai\nWindows line ends stay.\n"), "mirror-content", "helm/README.md"),
    "exec-bit-set": (
        current("helm/values.yaml", mode("helm/values.yaml", Mode.EXECUTABLE)),
        "mirror-mode",
        "helm/values.yaml",
    ),
    "exec-bit-lost": (current("helm/bin/setup", mode("helm/bin/setup", Mode.FILE)), "mirror-mode", "helm/bin/setup"),
    "old-mode": (current("helm/values.yaml", mode("helm/values.yaml", 0o100664)), "mirror-mode", "helm/values.yaml"),
    "added": (current("helm/templates/extra.yaml", b"kind: Pod\n"), "mirror-added", "helm/templates/extra.yaml"),
    "added-in-new-directory": (current("helm/a/b/c", b"x"), "mirror-added", "helm/a/b/c"),
    "added-beside": (current("NOTES", b"x"), "mirror-added", "NOTES"),
    "added-submodule": (current("helm/sub", SUBMODULE), "mirror-added", "helm/sub"),
    "missing": (current("helm/templates/web.yaml", None), "mirror-missing", "helm/templates/web.yaml"),
    "missing-last-of-directory": (current("helm/bin/setup", None), "mirror-missing", "helm/bin/setup"),
    "missing-chart": (current("helm/Chart.yaml", None), "mirror-missing", "helm/Chart.yaml"),
    "link-to-file": (
        current("helm/files/link", b"image: code-dot-org\nreplicas: 2\n"),
        "mirror-type",
        "helm/files/link",
    ),
    "link-text-as-file": (current("helm/files/link", b"../values.yaml"), "mirror-type", "helm/files/link"),
    "file-to-link": (current("helm/values.yaml", link(b"README.md")), "mirror-type", "helm/values.yaml"),
    "link-target": (current("helm/files/link", link(b"../README.md")), "mirror-content", "helm/files/link"),
    "file-to-directory": (current("helm/values.yaml", tree(x=b"y")), "mirror-type", "helm/values.yaml"),
    "directory-to-file": (current("helm/bin", b"x"), "mirror-type", "helm/bin"),
    "directory-to-submodule": (current("helm/bin", SUBMODULE), "mirror-type", "helm/bin"),
    "lfs-pointer": (current("helm/charts/redis-1.2.3.tgz", LFS), "mirror-content", "helm/charts/redis-1.2.3.tgz"),
    "record-digest": (record_text("current", b"ab" * 32, b"ac" * 32), "mirror-content", "freight.yaml"),
    "record-reformatted": (
        record_text("current", b"schemaVersion: v1\n", b"schemaVersion: v1\n# by hand\n"),
        "mirror-content",
        "freight.yaml",
    ),
    "record-mode": (current("freight.yaml", mode("freight.yaml", Mode.EXECUTABLE)), "mirror-mode", "freight.yaml"),
    "no-record": (current("freight.yaml", None), "record-missing", "freight.yaml"),
    "record-not-yaml": (current("freight.yaml", b"revision: [\n"), "record-invalid", "freight.yaml"),
    "record-link": (current("freight.yaml", link(b"../latest/freight.yaml")), "record-missing", "freight.yaml"),
    "record-tag": (record_text("current", b"tag: git-", b"tag: git-0"), "record-invalid", "freight.yaml"),
}


@pytest.mark.parametrize("name", MIRROR)
def test_a_change_to_current_is_named_by_path_and_kind(sound: World, name: str) -> None:
    tamper, code, path = MIRROR[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.current}/{path}")]
    assert not report.ok


PAYLOAD: dict[str, tuple[Tamper, str, str]] = {
    "content": (snap("helm/values.yaml", b"replicas: 9\n"), "record-source-tree", "helm"),
    "mode": (snap("helm/values.yaml", mode("helm/values.yaml", Mode.EXECUTABLE)), "record-source-tree", "helm"),
    "record-source-tree": (
        record_text("old", b"  tree: ", b"  tree: " + b"e" * 40 + b" #"),
        "record-source-tree",
        "helm",
    ),
    "lfs-chart": (chart("charts/redis-1.2.3.tgz", LFS), "lfs-pointer", "helm/charts/redis-1.2.3.tgz"),
    "lfs-file": (chart("files/logo.png", LFS), "lfs-pointer", "helm/files/logo.png"),
    "link-absolute": (chart("files/passwd", link(b"/etc/passwd")), "symlink-absolute", "helm/files/passwd"),
    "link-drive": (chart("files/passwd", link(b"C:/Windows")), "symlink-absolute", "helm/files/passwd"),
    "link-escapes": (chart("files/up", link(b"../../../../README.md")), "symlink-escapes", "helm/files/up"),
    "link-to-record": (chart("record", link(b"../freight.yaml")), "symlink-escapes", "helm/record"),
    "link-escapes-and-returns": (chart("back", link(b"../helm/values.yaml")), "symlink-escapes", "helm/back"),
    "link-escapes-in-disguise": (chart("files/up", link(b"gone/../../../x")), "symlink-escapes", "helm/files/up"),
    "link-dangling": (chart("files/gone", link(b"../nothing.yaml")), "symlink-dangling", "helm/files/gone"),
    "link-through-a-file": (chart("files/gone", link(b"../values.yaml/x")), "symlink-dangling", "helm/files/gone"),
    "link-to-itself": (chart("self", link(b"self")), "symlink-cycle", "helm/self"),
    "link-to-parent": (chart("files/all", link(b"..")), "symlink-cycle", "helm/files/all"),
    "link-to-here": (chart("files/all", link(b".")), "symlink-cycle", "helm/files/all"),
    "submodule": (chart("sub", SUBMODULE), "submodule", "helm/sub"),
    "case-collision": (chart("VALUES.yaml", b"x"), "name-collision", "helm/values.yaml"),
    "directory-case-collision": (chart("Templates/x", b"x"), "name-collision", "helm/templates"),
    "unicode-collision": (chart("files/cafe\u0301.txt", b"x"), "name-collision", "helm/files/caf\u00e9.txt"),
    "git-directory": (chart("files/.git/config", b"x"), "name-unsafe", "helm/files/.git"),
    "git-in-disguise": (chart(".g\u200cit", b"x"), "name-unsafe", "helm/.g\u200cit"),
    "git-on-ntfs": (chart("GIT~1", b"x"), "name-unsafe", "helm/GIT~1"),
    "backslash": (chart("a\\b", b"x"), "name-unsafe", "helm/a\\b"),
    "newline": (chart("a\nb", b"x"), "name-unsafe", "helm/a\nb"),
    "over-long": (chart("n" * 256, b"x"), "name-unsafe", "helm/" + "n" * 256),
    "gitmodules-link": (chart(".gitmodules", link(b"values.yaml")), "name-unsafe", "helm/.gitmodules"),
    "link-empty": (chart("files/none", link(b"")), "symlink-odd", "helm/files/none"),
    "link-with-nul": (chart("files/nul", link(b"a\0b")), "symlink-odd", "helm/files/nul"),
    "link-over-long": (chart("files/long", link(b"x/" * 2048)), "symlink-odd", "helm/files/long"),
    "unknown-mode": (chart("values.yaml", mode("helm/values.yaml", 0o100600)), "mode-unknown", "helm/values.yaml"),
    "old-mode": (chart("values.yaml", mode("helm/values.yaml", 0o100664)), "mode-odd", "helm/values.yaml"),
    "no-chart": (chart("Chart.yaml", None), "chart-missing", "helm/Chart.yaml"),
    "chart-directory": (chart("Chart.yaml", tree(x=b"y")), "chart-missing", "helm/Chart.yaml"),
    "chart-not-yaml": (chart("Chart.yaml", b"name: {\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-list": (chart("Chart.yaml", b"- name\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-empty": (chart("Chart.yaml", b""), "chart-invalid", "helm/Chart.yaml"),
    "chart-nameless": (chart("Chart.yaml", b"version: 1.0.0\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-versionless": (chart("Chart.yaml", b"name: x\nversion:\n"), "chart-invalid", "helm/Chart.yaml"),
    "chart-deep": (chart("Chart.yaml", b"[" * 5000), "chart-invalid", "helm/Chart.yaml"),
    "chart-link": (chart("Chart.yaml", link(b"values.yaml")), "chart-invalid", "helm/Chart.yaml"),
    "payload-gone": (snap("helm", None), "payload-missing", "helm"),
    "payload-file": (snap("helm", b"x"), "payload-missing", "helm"),
    "payload-link": (snap("helm", link(b"../current/helm")), "payload-missing", "helm"),
    "payload-empty": (payload(lambda w: w.gitops.tree({})), "payload-empty", "helm"),
    "payload-of-empty-directories": (
        payload(lambda w: w.gitops.tree({"a/b": Entry("", Mode.TREE, w.gitops.tree({}))})),
        "payload-empty",
        "helm",
    ),
    "second-payload": (snap("manifests/x.yaml", b"x"), "snapshot-extra", "manifests"),
    "stray-file": (snap("values-production.yaml", b"x"), "snapshot-extra", "values-production.yaml"),
    "no-record": (snap("freight.yaml", None), "record-missing", "freight.yaml"),
    "record-directory": (snap("freight.yaml", tree(x=b"y")), "record-missing", "freight.yaml"),
    "record-empty": (snap("freight.yaml", b""), "record-invalid", "freight.yaml"),
    "record-type": (
        record_text("old", b"packageType: helm", b"packageType: tarball"),
        "record-invalid",
        "freight.yaml",
    ),
    "record-short-revision": (
        record_text("old", b"revision: REVISION", b"revision: abc1234"),
        "record-invalid",
        "freight.yaml",
    ),
    "record-digest": (record_text("old", b"ab" * 32, b"ab" * 31), "record-invalid", "freight.yaml"),
    "record-tag": (record_text("old", b"tag: git-", b"tag: git-0"), "record-invalid", "freight.yaml"),
    "record-of-another": (record_text("old", b"REVISION", b"e" * 40), "record-tag", "freight.yaml"),
    "record-other-tag": (
        record_text("old", b"tag: git-REVISION", b"tag: " + GIT.encode()),
        "record-invalid",
        "freight.yaml",
    ),
    "record-unknown-image-key": (
        record_text("old", b"image:\n", b"image:\n  arch: arm64\n"),
        "record-unknown-key",
        "freight.yaml",
    ),
    "record-unknown-key": (
        record_text("old", b"schemaVersion: v1\n", b"schemaVersion: v1\nteam: blue\n"),
        "record-unknown-key",
        "freight.yaml",
    ),
}


@pytest.mark.parametrize("name", PAYLOAD)
def test_a_change_to_a_snapshot_is_named(sound: World, name: str) -> None:
    tamper, code, path = PAYLOAD[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.old}/{path}")]
    assert report.ok is (CHECKS[code].severity is not Severity.ERROR)
    assert report.findings[0].hint


FOLDER: dict[str, tuple[Tamper, str, str]] = {
    "short-tag": (folder("git-abc1234", lambda w: w.at(w.old)), "tag-short", "git-abc1234"),
    "upper-case-tag": (folder(f"git-{'E' * 40}", lambda w: w.at(w.old)), "tag-short", f"git-{'E' * 40}"),
    "wrong-length-tag": (folder(f"{GIT}e", lambda w: w.at(w.old)), "tag-short", f"{GIT}e"),
    "stray-file": (folder("notes.txt", b"x"), "warehouse-entry", "notes.txt"),
    "stray-directory": (folder("latest", lambda w: w.at(w.new)), "warehouse-entry", "latest"),
    "stray-link": (folder("latest", link(b"current")), "warehouse-entry", "latest"),
    "no-current": (folder("current", None), "current-missing", "current"),
    "current-link": (folder("current", link(b"latest")), "snapshot-not-directory", "current"),
    "current-submodule": (folder("current", SUBMODULE), "snapshot-not-directory", "current"),
    "tag-link": (folder(GIT, link(b"current")), "snapshot-not-directory", GIT),
    "release-of-current-gone": (lambda w: w.put(w.new, None), "current-unknown", "current/freight.yaml"),
    "renamed": (
        lambda w: w.put(f"{w.freight}/{GIT}", w.at(w.old), w.put(w.old, None)),
        "record-tag",
        f"{GIT}/freight.yaml",
    ),
}


@pytest.mark.parametrize("name", FOLDER)
def test_a_change_to_the_warehouse_is_named(sound: World, name: str) -> None:
    tamper, code, path = FOLDER[name]
    report = verify(sound.gitops.path, revision=sound.commit(tamper(sound)))
    assert [(f.code, f.path) for f in report.findings] == [(code, f"{sound.freight}/{path}")]


def test_the_warehouse_itself_may_be_something_else(sound: World) -> None:
    root = sound.put("releases/shop", link(b"../warehouses/codeai/freight"))
    report = verify(sound.gitops.path, revision=sound.commit(root))
    assert [(f.code, f.path) for f in report.findings] == [("warehouse-not-directory", "releases/shop")]


@pytest.mark.parametrize(
    ("app", "files", "code", "path"),
    [
        ("shop", {"base/web.yaml": b"kind: Pod\n"}, "kustomization-missing", "kustomize"),
        ("static", {"README.md": b"nothing to apply\n"}, "manifests-missing", "manifests"),
    ],
)
def test_a_package_is_what_its_type_says(sound: World, app: str, files: dict[str, bytes], code: str, path: str) -> None:
    from tests.gitops_builder import warehouse

    tag = sound.tags[app][0]
    payload = sound.gitops.tree(files)
    entry = sound.gitops.snapshot(record(app, tag.removeprefix("git-"), payload), payload)
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


def test_a_release_that_became_a_file_is_no_release_to_mirror(sound: World) -> None:
    report = verify(sound.gitops.path, revision=sound.commit(sound.put(sound.new, b"x")))
    assert [(f.code, f.path) for f in report.findings] == [
        ("snapshot-not-directory", sound.new),
        ("current-unknown", f"{sound.current}/freight.yaml"),
    ]


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
    arch = verify(sound.gitops.path, revision=sound.commit(PAYLOAD["record-unknown-image-key"][0](sound))).findings[0]
    assert arch.data["key"] == "image.arch"
    invalid = verify(sound.gitops.path, revision=sound.commit(PAYLOAD["record-type"][0](sound))).findings[0]
    assert "tarball" in invalid.message
    assert invalid.data["path"] == "packageType"


#: What is found elsewhere than in one commit's warehouse: each group has tests of its own.
OTHER_GROUPS = ("History", "Pushes", "Renderings", "Rendered branches", "The render lock", "Signatures", "The literal")


def test_every_code_about_a_commit_is_planted_somewhere() -> None:
    planted = {code for table in (MIRROR, PAYLOAD, FOLDER) for _, code, _ in table.values()}
    elsewhere = {
        "warehouse-not-directory",
        "kustomization-missing",
        "manifests-missing",
        "snapshot-missing",
        "payload-too-large",
        "unreadable",
        "special-file",
        "plugin-failed",
    }
    assert planted | elsewhere == {code for code in CHECKS if not group_of(code).startswith(OTHER_GROUPS)}
