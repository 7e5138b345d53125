"""What is about to be committed: ``verify --staged``, and the hook of the pre-commit program that runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from freightlib import publish
from freightlib.testing import RepositoryBuilder, git
from tests.cli import call, document
from tests.worlds import World

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
VALUES = "warehouses/codeai/freight/current/helm/values.yaml"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with one release, checked out."""
    made = World(tmp_path)
    publish(made.gitops.path, made.source.path, revision=made.revision, image=made.image)
    made.gitops.git("reset", "-q", "--hard")
    return made


def test_the_index_is_verified_and_nothing_else(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("verify", "--repo", world.gitops.path, "--staged", "--json")
    before = world.gitops.git("for-each-ref"), world.gitops.git("rev-parse", "HEAD")

    def codes() -> list[str]:
        status, out, _ = call(capsys, *arguments)
        found = [one["code"] for one in document("verify", out)["findings"]]
        assert status == (1 if found else 0)
        return found

    assert codes() == []
    world.gitops.write({VALUES: "image: other\n", "warehouses/codeai/freight/untracked": "x"})
    assert codes() == []  # neither is staged
    world.gitops.git("add", VALUES)
    assert codes() == ["mirror-content"]
    world.gitops.git("checkout", "-q", "HEAD", "--", VALUES)
    world.gitops.git("update-index", "--chmod=+x", VALUES)
    assert codes() == ["mirror-mode"]  # the work tree's mode does not count
    world.gitops.git("rm", "-q", "-f", "--cached", VALUES)
    assert codes() == ["mirror-missing"]
    world.gitops.git("reset", "-q")
    assert (world.gitops.git("for-each-ref"), world.gitops.git("rev-parse", "HEAD")) == before
    assert world.gitops.git("fsck", "--strict") == "" or "dangling" in world.gitops.git("fsck", "--strict")


def test_what_has_no_index_is_told(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "verify", "--staged", "--rev", "HEAD", "--repo", world.gitops.path)
    assert (status, "--staged cannot be used with another revision" in err) == (2, True)
    for place in (tmp_path / "nothing", tmp_path):
        status, _, err = call(capsys, "verify", "--staged", "--repo", place)
        assert (status, len(err.splitlines())) == (3, 2)


def commit(directory: Path, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-m", "x", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, env=dict(environment), check=False)


def test_a_hook_sees_what_commits_with_an_index_of_their_own(world: World) -> None:
    hook = world.gitops.path / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m freightlib.cli verify --staged\n")
    hook.chmod(0o755)
    world.gitops.write({VALUES: "image: other\n", "README.md": "more\n"})
    partial = commit(world.gitops.path, "README.md", environment=os.environ)
    assert partial.returncode == 0, partial.stderr
    for arguments in (["-a"], [VALUES]):
        refused = commit(world.gitops.path, *arguments, environment=os.environ)
        assert refused.returncode == 1
        assert "mirror-content" in refused.stdout + refused.stderr


# --- pre-commit -----------------------------------------------------------------------------------


def pre_commit(*arguments: str, cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=dict(environment), check=False)


@pytest.fixture
def environment(own_environment: Mapping[str, str], tmp_path: Path) -> dict[str, str]:
    """The developer's, for pip's sake, with git as in every test and a cache of its own."""
    isolated = {name: value for name, value in os.environ.items() if name.startswith(("GIT_", "LC_"))}
    return {**own_environment, **isolated, "PRE_COMMIT_HOME": str(tmp_path / "cache")}


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """This repository as it stands here, committed in a repository of its own, as pre-commit clones it."""
    copy = tmp_path / "freightlib"
    listed = git(ROOT, "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and name.startswith(("freightlib/", "pyproject.toml", "README", "LICENSE", ".pre")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    RepositoryBuilder(copy).commit({}, "Copy")
    return copy


def test_the_manifest_is_valid(tmp_path: Path, environment: dict[str, str]) -> None:
    done = pre_commit("validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"), cwd=tmp_path, environment=environment)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    (tmp_path / "wrong.yaml").write_text("- id: x\n")
    assert pre_commit("validate-manifest", "wrong.yaml", cwd=tmp_path, environment=environment).returncode == 1


def test_pre_commit_stops_a_bad_commit_and_lets_a_good_one_pass(
    world: World, hooks: Path, environment: dict[str, str]
) -> None:
    revision = git(hooks, "rev-parse", "HEAD")
    config = f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: freight-verify\n"
    world.gitops.write({".pre-commit-config.yaml": config})
    installed = pre_commit("install", "--install-hooks", cwd=world.gitops.path, environment=environment)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    world.gitops.git("add", ".pre-commit-config.yaml")

    world.gitops.write({VALUES: "image: other\n"})  # not staged: no matter
    good = commit(world.gitops.path, environment=environment)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "verify releases" in good.stderr + good.stdout
    tip = world.gitops.git("rev-parse", "HEAD")

    world.gitops.git("add", VALUES)
    bad = commit(world.gitops.path, environment=environment)
    assert bad.returncode == 1
    assert "mirror-content" in bad.stdout + bad.stderr
    world.gitops.git("reset", "-q", "--hard")
    world.gitops.git("rm", "-q", VALUES)
    gone = commit(world.gitops.path, environment=environment)
    assert (gone.returncode, "mirror-missing" in gone.stdout + gone.stderr) == (1, True)
    assert world.gitops.git("rev-parse", "HEAD") == tip
