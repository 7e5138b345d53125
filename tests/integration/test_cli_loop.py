"""The command line over the whole loop: real processes, real repositories, the real Helm engine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import freightlib
from freightlib.testing import git
from tests.cli import call, document, freight
from tests.worlds import CHART, World

STAGES = ("staging", "test", "levelbuilder", "production")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def published(world: World) -> subprocess.CompletedProcess[str]:
    return publish(
        world, "--created-at", "2026-03-22T12:34:56Z", "--source-url", "https://example.com/shop.git", "--json"
    )


def publish(world: World, *more: str) -> subprocess.CompletedProcess[str]:
    revision, image = world.revision, world.image
    return freight(
        *(
            "publish",
            "--repo",
            world.gitops.path,
            "--source",
            world.source.path,
            "--revision",
            revision,
            "--image",
            image,
            *more,
        )
    )


@pytest.fixture(scope="module")
def promoted(world: World, published: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    return freight("promote", *STAGES, "--repo", world.gitops.path, "--json")


def test_publish_names_the_tree_that_git_names(world: World, published: subprocess.CompletedProcess[str]) -> None:
    assert (published.returncode, published.stderr) == (0, "")
    made = document("publish", published.stdout)
    assert made["tag"] == f"git-{world.revision}"
    assert made["created"] is True
    assert made["snapshot"]["payload"] == world.source.git("rev-parse", f"{world.revision}:k8s/helm")
    assert made["snapshot"]["freight"]["createdAt"] == "2026-03-22T12:34:56Z"
    assert made["snapshot"]["freight"]["source"]["repository"] == "https://example.com/shop.git"
    assert world.gitops.git("rev-parse", f"{made['commit']}~1") == made["previousCommit"]


def test_publishing_again_says_so(world: World, published: subprocess.CompletedProcess[str]) -> None:
    again = publish(world)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == f"git-{world.revision} of codeai: already published, nothing to do\n"


def test_verify(world: World, published: subprocess.CompletedProcess[str]) -> None:
    done = freight("verify", "--repo", world.gitops.path, "--source", world.source.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "verified: 1 app, 1 snapshot\n", "")


def test_promote_moves_every_stage_and_proposes_the_reviewed_one(
    world: World, promoted: subprocess.CompletedProcess[str]
) -> None:
    assert (promoted.returncode, promoted.stderr) == (0, "")
    made = document("promote", promoted.stdout)
    assert [one["outcome"] for one in made["promotions"]] == ["promoted"] * 3 + ["proposed"]
    for one in made["promotions"]:
        assert world.gitops.git("rev-parse", one["branch"]) == one["commit"]


def test_the_work_tree_followed(world: World, promoted: subprocess.CompletedProcess[str]) -> None:
    assert world.gitops.git("status", "--porcelain") == ""
    assert (world.gitops.path / "warehouses/codeai/freight/current/helm/Chart.yaml").is_file()


def test_render_out_is_what_the_branch_holds(
    world: World, promoted: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    target = tmp_path / "out"
    done = freight("render", "staging", "--repo", world.gitops.path, "--out", target)
    assert (done.returncode, done.stderr) == (0, "")
    world.gitops.git(
        "archive",
        "--format=tar",
        "-o",
        str(tmp_path / "x.tar"),
        "stage/staging:apps/codeai/deployments/staging/deploy",
    )
    (tmp_path / "branch").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "x.tar", "-C", tmp_path / "branch"], check=True)
    compared = subprocess.run(["diff", "-r", target, tmp_path / "branch"], capture_output=True, text=True, check=False)
    # the lock names the commit that policy was read from; all else is equal
    assert [line for line in compared.stdout.splitlines() if "freight.lock" not in line and line[:1] in "<>O"] == []


def test_render_prints_what_helm_prints(world: World, promoted: subprocess.CompletedProcess[str], helm4: Path) -> None:
    done = freight("render", "staging", "--repo", world.gitops.path)
    policy = world.gitops.path / "apps/codeai"
    helm = subprocess.run(
        [
            helm4,
            "template",
            "staging",
            world.source.path / "k8s/helm",
            "--namespace",
            "staging",
            "-f",
            policy / "envTypes/staging.values.yaml",
            "-f",
            policy / "deployments/staging/values.yaml",
            "--set",
            f"image={world.image.partition('@')[0]}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    def documents(text: str) -> list[str]:
        return [part.strip() for part in text.split("---\n") if part.strip()]

    assert documents(done.stdout) == documents(helm.stdout)


def test_every_other_verb_prints_what_its_schema_says(
    world: World, promoted: subprocess.CompletedProcess[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for verb, arguments in {
        "verify": [],
        "status": [],
        "render": ["staging", "test"],
        "diff": ["production"],
        "log": ["staging"],
        "promote": ["staging", "--dry-run"],
    }.items():
        status, out, err = call(capsys, verb, *arguments, "--repo", world.gitops.path, "--json")
        assert (status, err) == (0, ""), verb
        document(verb, out)
    document("plugins", call(capsys, "plugins", "--json")[1])


def test_a_promotion_out_of_turn_is_blocked(
    world: World, promoted: subprocess.CompletedProcess[str], capsys: pytest.CaptureFixture[str]
) -> None:
    revision = world.source.commit({"k8s/helm/values.yaml": "image: replace-me\nreplicas: 3\n"})
    image = f"ghcr.io/example/shop:v2@sha256:{'b' * 64}"
    freightlib.publish(world.gitops.path, world.source.path, revision=revision, image=image)
    before = world.gitops.git("for-each-ref")
    status, out, err = call(capsys, "promote", "test", "--repo", world.gitops.path)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 2
    assert "its upstream staging holds" in err
    status, out, _ = call(capsys, "promote", "staging", "--repo", world.gitops.path, "--dry-run")
    assert status == 0
    assert "+          image: ghcr.io/example/shop:v2" in out
    assert world.gitops.git("for-each-ref") == before
    status, _, err = call(capsys, "promote", "test", "--repo", world.gitops.path, "--force")
    assert status == 0
    assert "--force set aside" in err
    assert call(capsys, "diff", "staging", "--repo", world.gitops.path, "--exit-code")[0] == 1
    assert call(capsys, "diff", "staging", "--repo", world.gitops.path)[0] == 0


def test_a_reader_that_goes_away_is_no_error(world: World, promoted: subprocess.CompletedProcess[str]) -> None:
    script = (
        f"'{{}}' -m freightlib.cli log staging --repo '{world.gitops.path}' --json | true; echo ${{{{PIPESTATUS[0]}}}}"
    )
    done = subprocess.run(
        ["bash", "-c", script.format(sys.executable)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.strip() in ("141", "0")


def test_push_moves_the_remote_too(world: World, promoted: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    bare, clone = tmp_path / "remote.git", tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--bare", str(world.gitops.path), str(bare))
    git(tmp_path, "clone", "-q", str(bare), str(clone))
    revision = world.source.commit({"src/x": "3"})
    image = f"ghcr.io/example/shop:v3@sha256:{'c' * 64}"
    done = freight(
        *("publish", "--repo", clone, "--source", world.source.path, "--revision", revision, "--image", image, "--push")
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert git(bare, "rev-parse", "main") == git(clone, "rev-parse", "main")


def workers(pid: int) -> str:
    """The ids of a process's children, as Linux tells them; elsewhere a pause must do."""
    if not Path("/proc/self/task").exists():
        time.sleep(5)
        return "unknown"
    return "".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))


def test_ctrl_c_ends_it_though_renderings_run_on(tmp_path: Path) -> None:
    endless = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}\n"
    world = World(tmp_path, {**CHART, "templates/endless.yaml": endless})
    world.publish()
    before = world.gitops.git("for-each-ref")
    arguments = [sys.executable, "-m", "freightlib.cli", "promote", "staging", "test", "--repo", str(world.gitops.path)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        deadline = time.monotonic() + 60
        while not workers(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        # far below the minute after which the rendering itself would be stopped
        out, err = process.communicate(timeout=40)
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert world.gitops.git("for-each-ref") == before
