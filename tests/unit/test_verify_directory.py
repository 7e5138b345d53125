"""A plain directory gives what its commit gives, read literally and without following anything."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from freightlib.errors import ProjectError, UsageError
from freightlib.git.trees import Entry, Mode
from freightlib.models import Finding, Report
from freightlib.testing import git
from freightlib.testing.objects import File
from freightlib.verbs.verify import verify
from freightlib.verbs.verify_directory import verify_directory
from tests.gitops_builder import World, world


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def clone(sound: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clone") / "work"
    git(sound.gitops.path, "clone", "-q", str(sound.gitops.path), str(target))
    return target


@pytest.fixture
def files(clone: Path, tmp_path: Path) -> Path:
    """A checkout that a test may change, without its .git."""
    return Path(shutil.copytree(clone, tmp_path / "files", symlinks=True, ignore=shutil.ignore_patterns(".git")))


def _codes(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in report.findings]


def test_a_checkout_is_as_sound_as_its_commit(sound: World, clone: Path) -> None:
    assert verify_directory(clone) == verify(sound.gitops.path)
    assert verify_directory(clone, source=sound.source.path).findings == ()
    assert verify_directory(clone, app="shop").checked == {"apps": 1, "snapshots": 1}


SAME: dict[str, tuple[str, File | None]] = {
    "content": ("current/helm/values.yaml", b"replicas: 9\n"),
    "line-ends": ("current/helm/README.md", b"# codeai\nWindows line ends stay.\n"),
    "exec-bit": ("current/helm/templates/web.yaml", (Mode.EXECUTABLE, b"kind: Deployment\nmetadata: {name: web}\n")),
    "added": ("current/helm/a/b.yaml", b"kind: Pod\n"),
    "ignored-by-git": ("current/helm/charts/new.tgz", b"x"),
    "missing": ("current/helm/templates/web.yaml", None),
    "link-to-file": ("current/helm/files/link", b"../values.yaml"),
    "file-to-link": ("current/helm/values.yaml", (Mode.SYMLINK, b"README.md")),
    "link-target": ("current/helm/files/link", (Mode.SYMLINK, b"/etc/passwd")),
    "no-current": ("current", None),
    "record-gone": ("current/freight.yaml", None),
    "stray": ("notes.txt", b"x"),
    "link-in-place-of-current": ("current", (Mode.SYMLINK, b"git-x")),
    "short": ("git-abc/freight.yaml", b"x"),
    "beside": ("OLD/values.yaml", b"x"),
    "payload": ("OLD/helm/values.yaml", b"x"),
    "payload-gone": ("OLD/helm", None),
    "payload-link": ("OLD/helm", (Mode.SYMLINK, b"../current/helm")),
    "lfs": ("OLD/helm/charts/redis-1.2.3.tgz", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    "escapes": ("OLD/helm/up", (Mode.SYMLINK, b"../../../../../freightlib.yaml")),
    "backslash": ("OLD/helm/a\\b", b"x"),
    "case": ("OLD/helm/VALUES.yaml", b"x"),
}


@pytest.mark.parametrize("name", SAME)
def test_a_changed_tree_gives_the_same_findings_from_git_and_from_files(
    sound: World, name: str, tmp_path: Path
) -> None:
    path, file = SAME[name]
    place = f"{sound.freight}/{path.replace('OLD', sound.tags['codeai'][0])}"
    commit = sound.commit(sound.put(place, file))
    (sound.gitops.path / "refs/heads" / f"tampered-{name}").write_text(f"{commit}\n")
    target = tmp_path / "work"
    git(sound.gitops.path, "clone", "-q", "-b", f"tampered-{name}", str(sound.gitops.path), str(target))
    from_git = verify(sound.gitops.path, revision=commit, source=sound.source.path)
    assert from_git.findings
    assert verify_directory(target, source=sound.source.path) == from_git


@pytest.mark.parametrize("name", ["content", "no-current", "payload", "lfs", "short"])
def test_a_warehouse_folder_alone_gives_the_same_with_shorter_paths(sound: World, files: Path, name: str) -> None:
    path, file = SAME[name]
    target = files / sound.freight / path.replace("OLD", sound.tags["codeai"][0])
    if file is None:
        shutil.rmtree(target)
    else:
        assert isinstance(file, bytes)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file)
    whole = verify_directory(files)
    folder = verify_directory(files / sound.freight)
    assert whole.findings
    assert [(code, f"{sound.freight}/{where}") for code, where in _codes(folder)] == _codes(whole)
    assert verify_directory(files / sound.freight, source=sound.source.path).findings


def test_the_app_of_a_folder_comes_from_its_path(files: Path) -> None:
    assert verify_directory(files / "warehouses/codeai/freight").checked == {"apps": 1, "snapshots": 3}
    assert verify_directory(files / "releases/shop", app="shop").findings == ()


# --- what only a file system can hold ----------------------------------------------------------------


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    where = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have 107 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(where)


@pytest.mark.parametrize(("make", "kind"), [(_fifo, "a fifo"), (_socket, "a socket")])
def test_a_special_file_is_found_and_never_opened(
    sound: World, files: Path, make: Callable[[Path], None], kind: str
) -> None:
    make(files / sound.current / "helm/special")
    report = verify_directory(files)
    assert _codes(report) == [("special-file", f"{sound.current}/helm/special")]
    assert kind in report.findings[0].message


def test_an_unreadable_file_is_found(sound: World, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = files / sound.current / "helm/values.yaml"
    if os.geteuid() == 0:
        # root may read anything; the system's refusal is all that is played here
        really = os.open

        def refuse(path: object, flags: int, *rest: int) -> int:
            if str(path) == str(secret.resolve()):
                raise PermissionError(13, "Permission denied")
            return really(path, flags, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "open", refuse)
    else:
        secret.chmod(0)
    path = f"{sound.current}/helm/values.yaml"
    report = verify_directory(files)
    assert _codes(report) == [("unreadable", path), ("mirror-missing", path)]
    assert "Permission denied" in report.findings[0].message


def test_empty_directories_do_not_count_as_in_git(sound: World, files: Path) -> None:
    (files / sound.current / "helm/empty/within").mkdir(parents=True)
    assert verify_directory(files).findings == ()


def test_a_link_on_the_way_to_the_warehouse_is_not_followed(sound: World, files: Path, tmp_path: Path) -> None:
    (files / "warehouses/codeai").rename(tmp_path / "elsewhere")
    (files / "warehouses/codeai").symlink_to(tmp_path / "elsewhere")
    assert _codes(verify_directory(files)) == [("warehouse-not-directory", sound.freight)]
    (files / "freightlib.yaml").rename(tmp_path / "freightlib.yaml")
    (files / "freightlib.yaml").symlink_to(tmp_path / "freightlib.yaml")
    with pytest.raises(ProjectError, match="symbolic link"):
        verify_directory(files)


def test_a_name_that_is_not_utf8_is_kept(sound: World, files: Path) -> None:
    name = b"caf\xe9.txt"
    Path(os.fsdecode(os.fsencode(files / sound.current / "helm") + b"/" + name)).write_bytes(b"x")
    found = verify_directory(files).findings
    assert [f.code for f in found] == ["mirror-added"]
    assert found[0].path.encode("utf-8", "surrogateescape").endswith(name)


def test_deep_directories_are_found(sound: World, files: Path) -> None:
    (files / sound.current / "helm" / "/".join("d" * 120)).mkdir(parents=True)
    (files / sound.current / "helm" / "/".join("d" * 120) / "x").write_text("x")
    assert [f.code for f in verify_directory(files).findings] == ["payload-too-large"]


def test_what_is_no_freight_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a directory"):
        verify_directory(tmp_path / "gone")
    with pytest.raises(UsageError, match="neither"):
        verify_directory(tmp_path)


def test_an_unpacked_archive_keeps_the_executable_bit(sound: World, clone: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    git(clone, "archive", "-o", str(archive), "HEAD")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(tmp_path / "out")], check=True)
    assert verify_directory(tmp_path / "out").findings == ()


def test_a_sha256_checkout_is_read_with_its_own_ids(tmp_path: Path) -> None:
    from freightlib.documents import write_record
    from freightlib.git.trees import object_id, pack_tree
    from freightlib.models import Source
    from tests.gitops_builder import record

    chart = b"apiVersion: v2\nname: x\nversion: 0.1.0\n"
    entry = Entry("Chart.yaml", Mode.FILE, object_id("blob", chart, "sha256"))
    payload = object_id("tree", pack_tree([entry]), "sha256")
    text = write_record(record("codeai", "e" * 64, payload, source=Source("https://example.com/x.git", "c", payload)))
    for name in (f"git-{'e' * 64}", "current"):
        (tmp_path / name / "helm").mkdir(parents=True)
        (tmp_path / name / "helm/Chart.yaml").write_bytes(chart)
        (tmp_path / name / "freight.yaml").write_bytes(text)
    report = verify_directory(tmp_path)
    assert report.findings == ()
    assert report.checked == {"apps": 1, "snapshots": 1}
    (tmp_path / "current/helm/Chart.yaml").chmod(0o755)
    found: tuple[Finding, ...] = verify_directory(tmp_path).findings
    assert [(f.code, f.path) for f in found] == [("mirror-mode", "current/helm/Chart.yaml")]
