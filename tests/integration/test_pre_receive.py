"""A server with freightlib's hook: real pushes, of which those that break a rule are refused as a whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from freightlib.cli.hook_script import install_hook
from freightlib.errors import UsageError
from freightlib.plugins.repositories import BACKEND
from freightlib.proof.push import judge_push
from freightlib.testing import RepositoryBuilder, git
from tests.cli import freight
from tests.worlds import World

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A bare repository with the hook, which two releases were pushed to."""
    made = World(tmp_path / "world")
    place = tmp_path / "server.git"
    made.gitops.clone(place, "--bare")
    done = freight("hook", "install", "--repo", str(place))
    assert (done.returncode, str(place / "hooks/pre-receive") in done.stdout) == (0, True)
    clone(tmp_path, place, "one")
    publish(made, tmp_path / "one")
    push(tmp_path / "one", "main")
    return place


def clone(tmp_path: Path, server: Path, name: str) -> Path:
    git(tmp_path, "clone", "-q", str(server), name)
    return tmp_path / name


def publish(made: World, where: Path) -> None:
    asked = ("--source", made.source.path, "--revision", made.revision, "--image", made.image)
    done = freight("publish", "--repo", where, *asked)
    assert done.returncode == 0, done.stderr


def push(where: Path, *refs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(where), "push", "-q", "origin", *refs], capture_output=True, text=True, check=False
    )


def commit(where: Path, **files: str | None) -> None:
    RepositoryBuilder(where).commit({name.replace("__", "/"): text for name, text in files.items()}, "By hand")


def main_of(server: Path) -> str:
    return git(server, "rev-parse", "main")


def test_a_push_that_keeps_the_contract_is_taken_in_silence(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    commit(where, **{"apps/codeai/envTypes/test.values.yaml": "replicas: 7\n"})
    done = push(where, "main")
    assert (done.returncode, done.stderr) == (0, "")
    assert main_of(server) == git(where, "rev-parse", "HEAD")


def test_a_push_that_edits_a_release_is_refused_with_the_reason(tmp_path: Path, server: Path, backend: str) -> None:
    before = main_of(server)
    where = clone(tmp_path, server, "two")
    values = next(where.glob("warehouses/codeai/freight/git-*/helm/values.yaml"))
    commit(where, **{str(values.relative_to(where)): "replicas: 9\n"})
    commit(where, unrelated="x")
    done = push(where, "main")
    assert done.returncode != 0
    assert "history-changed" in done.stderr
    assert "helm/values.yaml" in done.stderr
    assert main_of(server) == before
    # put right again in a further commit, it was still deployable in between
    git(where, "revert", "--no-edit", "HEAD~1")
    assert push(where, "main").returncode != 0
    assert main_of(server) == before


def test_a_push_is_refused_as_a_whole(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    git(where, "branch", "harmless")
    commit(where, warehouses__codeai__freight__current__NOTES="x")
    done = push(where, "main", "harmless")
    assert done.returncode != 0
    assert "mirror-added" in done.stderr
    assert git(server, "branch", "--list", "harmless") == ""


def test_other_branches_are_nobody_s_business(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    git(where, "switch", "-qc", "try")
    commit(where, warehouses__codeai__freight__current__NOTES="x")
    assert push(where, "try").returncode == 0
    # but what they hold is judged when it comes to the GitOps branch
    git(where, "switch", "-q", "main")
    git(where, "merge", "-q", "--ff-only", "try")
    assert push(where, "main").returncode != 0


def test_the_branch_goes_forward_only(tmp_path: Path, server: Path) -> None:
    before = main_of(server)
    where = clone(tmp_path, server, "two")
    git(where, "commit", "-q", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z")
    forced = push(where, "+main")
    assert "push-rewritten" in forced.stderr
    git(where, "reset", "-q", "--hard", "HEAD~1")
    assert "push-rewritten" in push(where, "+main").stderr
    git(server, "config", "receive.denyDeleteCurrent", "ignore")
    assert "push-deleted" in push(where, ":main").stderr
    assert main_of(server) == before


def test_a_warehouse_cannot_be_moved_out_of_sight(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    project = (where / "freightlib.yaml").read_text()
    moved = project.replace("package: {type: helm", "warehouse: elsewhere\n    package: {type: helm", 1)
    assert moved != project
    values = next(where.glob("warehouses/codeai/freight/git-*/helm/values.yaml"))
    commit(where, **{"freightlib.yaml": moved, str(values.relative_to(where)): "replicas: 9\n"})
    done = push(where, "main")
    assert done.returncode != 0
    assert "history-" in done.stderr


def test_a_project_file_that_cannot_be_read_is_refused(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    commit(where, **{"freightlib.yaml": "apps: ["})
    done = push(where, "main")
    assert done.returncode != 0
    assert "freightlib.yaml" in done.stderr


def test_a_large_push_comes_as_a_pack(tmp_path: Path, server: Path, backend: str) -> None:
    # git unpacks small pushes into loose objects; both lie in quarantine while the hook runs
    git(server, "config", "receive.unpackLimit", "1")
    where = clone(tmp_path, server, "two")
    commit(where, warehouses__codeai__freight__current__NOTES="x")
    assert "mirror-added" in push(where, "main").stderr
    git(where, "reset", "-q", "--hard", "HEAD~1")
    commit(where, unrelated="x")
    assert push(where, "main").returncode == 0


def test_a_new_server_takes_a_whole_history_or_none(tmp_path: Path, server: Path) -> None:
    where = clone(tmp_path, server, "two")
    for name, breaks in (("good", False), ("bad", True)):
        place = tmp_path / f"{name}.git"
        RepositoryBuilder(place, bare=True)
        install_hook(place, sys.executable)
        if breaks:
            values = next(where.glob("warehouses/codeai/freight/git-*/helm/values.yaml"))
            commit(where, **{str(values.relative_to(where)): "replicas: 9\n"})
        done = subprocess.run(
            ["git", "-C", str(where), "push", "-q", str(place), "main"], capture_output=True, check=False
        )
        assert (done.returncode != 0) is breaks


def test_the_update_hook_judges_one_ref(tmp_path: Path, server: Path) -> None:
    (server / "hooks/pre-receive").unlink()
    hook = server / "hooks/update"
    hook.write_text(f'#!/bin/sh\nexec {sys.executable} -m freightlib.cli hook update "$1" "$2" "$3"\n')
    hook.chmod(0o755)
    where = clone(tmp_path, server, "two")
    git(where, "branch", "harmless")
    commit(where, warehouses__codeai__freight__current__NOTES="x")
    assert "mirror-added" in push(where, "main", "harmless").stderr
    assert git(server, "branch", "--list", "harmless") != ""


def test_an_existing_hook_is_left_alone(tmp_path: Path) -> None:
    RepositoryBuilder(tmp_path / "server.git", bare=True)
    hook = tmp_path / "server.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(UsageError):
        install_hook(tmp_path / "server.git", sys.executable)
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert install_hook(tmp_path / "server.git", sys.executable, branch="trunk", force=True) == hook
    assert install_hook(tmp_path / "server.git", sys.executable, branch="trunk") == hook  # its own it may replace
    assert os.access(hook, os.X_OK)
    assert "--branch trunk" in hook.read_text()


@pytest.mark.parametrize("line", ["x y", "a b c", f"{'0' * 40} {'1' * 39} refs/heads/main"])
def test_what_is_no_move_of_a_ref_is_refused(tmp_path: Path, line: str) -> None:
    RepositoryBuilder(tmp_path / "server.git", bare=True)
    done = subprocess.run(
        [sys.executable, "-m", "freightlib.cli", "hook", "pre-receive", "--repo", tmp_path / "server.git"],
        input=f"{line}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2


def test_nothing_to_judge_is_fine(tmp_path: Path, backend: str) -> None:
    RepositoryBuilder(tmp_path / "server.git", bare=True)
    assert judge_push(tmp_path / "server.git", []).ok
    assert os.environ[BACKEND] == backend
    shutil.rmtree(tmp_path / "server.git")


# --- rendered branches ----------------------------------------------------------------------------


@pytest.fixture
def staged(tmp_path: Path, server: Path) -> Path:
    """A clone from which staging was promoted and pushed."""
    where = clone(tmp_path, server, "stages")
    done = freight("promote", "staging", "--repo", where)
    assert done.returncode == 0, done.stderr
    pushed = push(where, "stage/staging")
    assert (pushed.returncode, pushed.stderr) == (0, "")
    git(where, "switch", "-q", "stage/staging")
    return where


def test_a_promotion_is_taken_and_a_hand_edit_is_not(server: Path, staged: Path) -> None:
    before = git(server, "rev-parse", "stage/staging")
    manifest = next(staged.rglob("web.yaml"))
    commit(staged, **{str(manifest.relative_to(staged)): "kind: Pod\n"})
    done = push(staged, "stage/staging")
    assert done.returncode != 0
    assert "web.yaml" in done.stderr
    git(staged, "revert", "--no-edit", "HEAD")  # it was deployable in between
    assert push(staged, "stage/staging").returncode != 0
    assert git(server, "rev-parse", "stage/staging") == before


def test_a_rendered_branch_goes_forward_only(server: Path, staged: Path) -> None:
    git(staged, "commit", "-q", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z")
    assert "push-rewritten" in push(staged, "+stage/staging").stderr
    assert "push-deleted" in push(staged, ":stage/staging").stderr


def test_a_release_and_its_promotion_in_one_push(tmp_path: Path, server: Path, staged: Path) -> None:
    git(staged, "switch", "-q", "main")
    commit(staged, **{"apps/codeai/deployments/staging/values.yaml": "replicas: 3\n"})
    done = freight("promote", "staging", "--repo", staged)
    assert done.returncode == 0, done.stderr
    pushed = push(staged, "main", "stage/staging")
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert main_of(server) == git(staged, "rev-parse", "main")
