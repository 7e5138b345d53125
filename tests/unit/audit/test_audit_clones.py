"""What a clone does not show is said, and is not wrong; and repositories of other kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.testing import RepositoryBuilder, git
from tests.unit.audit.support import OUT, Rendered, clean, told

pytestmark = pytest.mark.usefixtures("backend")


def test_a_full_clone_names_the_files_by_an_earlier_commit(world: Rendered, tmp_path: Path) -> None:
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    # the tree that the lock names is in no commit, so a clone lacks it
    git(tmp_path, "clone", "-q", "--bare", f"file://{world.gitops.path}", "clone.git")
    clone = world.using(gitops=RepositoryBuilder(tmp_path / "clone.git"))
    assert clean(clone.audit("test"))
    (found,) = clone.audit("staging").findings
    assert (found.code, found.path) == ("rendered-content", f"{OUT}/web.yaml")
    assert "the manifests of commit" in found.message


@pytest.mark.parametrize("every", [False, True])
def test_a_shallow_clone_says_what_it_does_not_show(world: Rendered, tmp_path: Path, every: bool) -> None:
    world.gitops.commit({"README.md": "the promoted commits are further back\n"})
    git(
        tmp_path, "clone", "-q", "--bare", "--depth=1", "--no-single-branch", f"file://{world.gitops.path}", "clone.git"
    )
    clone = world.using(gitops=RepositoryBuilder(tmp_path / "clone.git"))
    report = clone.audit(all_commits=every, app=None, rerender=True)
    assert report.ok
    assert {one.code for one in report.findings} == {"audit-unseen"}
    assert report.checked["commits"] == 5
    # what is here is judged
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    git(
        tmp_path,
        "clone",
        "-q",
        "--bare",
        "--depth=1",
        "--no-single-branch",
        f"file://{world.gitops.path}",
        "edited.git",
    )
    report = world.using(gitops=RepositoryBuilder(tmp_path / "edited.git")).audit("staging")
    assert told(report.errors) == [("rendered-edited", OUT)]


def test_a_clone_without_the_rendered_branches_says_so(world: Rendered, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", f"file://{world.gitops.path}", "clone")
    report = world.using(gitops=RepositoryBuilder(tmp_path / "clone")).audit("staging", "test")
    assert [(one.code, one.severity) for one in report.findings] == [("audit-unseen", "warning")] * 2
    assert "origin/stage/staging" in report.findings[0].message
    git(tmp_path, "clone", "-q", "--single-branch", f"file://{world.gitops.path}", "single")
    report = world.using(gitops=RepositoryBuilder(tmp_path / "single")).audit("staging")
    assert [(one.code, one.severity) for one in report.findings] == [("stage-empty", "note")]


@pytest.mark.parametrize("kept", ["blob:none", "tree:0"])
def test_a_partial_clone(world: Rendered, tmp_path: Path, backend: str, kept: str) -> None:
    if backend != "git":
        return  # libgit2 does not open them, and says so: tests/unit/git
    world.gitops.git("config", "uploadpack.allowFilter", "true")
    world.gitops.git("config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--bare", f"--filter={kept}", f"file://{world.gitops.path}", "clone.git")
    clone = world.using(gitops=RepositoryBuilder(tmp_path / "clone.git"))
    away, there = "https://localhost:1/x.git", f"file://{world.gitops.path}"
    clone.gitops.git("config", "remote.origin.url", away)
    with pytest.raises(freightlib.FreightError):
        clone.audit()  # the project file itself cannot be had
    clone.gitops.git("config", "remote.origin.url", there)
    for path in (
        "freightlib.yaml",
        *(f"apps/shop/deployments/{stage}/deployment.yaml" for stage in ("staging", "test")),
    ):
        clone.gitops.git("cat-file", "blob", f"main:{path}")
    clone.gitops.git("config", "remote.origin.url", away)
    for every in (False, True):
        report = clone.audit("staging", "test", all_commits=every)
        assert report.ok
        assert {(one.code, one.severity) for one in report.findings} == {("audit-unseen", "warning")}
    clone.gitops.git("config", "remote.origin.url", there)
    assert clean(clone.audit(rerender=True))


def test_a_repository_with_sha256_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    if backend != "git":
        return  # libgit2 does not open them, and says so: tests/unit/git
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    world = Rendered(tmp_path / "world")
    assert clean(world.audit(app=None, all_commits=True, rerender=True))
    (digest,) = freightlib.attest(world.gitops.path, "test", app="shop").statement["subject"][0]["digest"].values()
    assert len(digest) == 64
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    assert told(world.audit().findings) == [("rendered-content", f"{OUT}/web.yaml")]


def test_a_repository_at_an_address(world: Rendered) -> None:
    address = f"file://{world.gitops.path}"
    report = freightlib.audit(address, app="shop", all_commits=True, rerender=True)
    assert clean(report)
    assert report.checked["commits"] == 8
    assert freightlib.audit(address, app="shop", all_commits=True, rerender=True).checked["commits"] == 3
    assert (
        freightlib.attest(address, "staging", app="shop").data
        == freightlib.attest(world.gitops.path, "staging", app="shop").data
    )
