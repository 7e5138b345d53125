"""The set-up commands of the documentation, run for real in a fresh clone of the files as they are here."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.program import check_sound
from tests import docs_blocks
from tests.docs_blocks import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of a commit of the working copy: what is committed, and what would be."""
    folder = tmp_path_factory.mktemp("clone")
    origin, fresh = folder / "origin", folder / "fresh"
    # objects of the working copy through an index of our own: its own index and work tree stay as they are
    made = RepositoryBuilder(origin, bare=True)
    environment = {"GIT_INDEX_FILE": str(folder / "index"), "GIT_DIR": str(origin), "GIT_WORK_TREE": str(ROOT)}
    for command in (["add", "-A", "."], ["commit", "-q", "-m", "As it is"]):
        git(ROOT, "-c", "safe.directory=*", *command, environment=environment)
    made.clone(fresh)
    return fresh


@pytest.fixture(scope="module")
def demonstrated(clone: Path, own_environment: dict[str, str]) -> str:
    """What the README's demo command prints."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", marked("README.md", "demo-command")],
        cwd=clone,
        env=own_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def marked(name: str, marker: str) -> str:
    (block,) = (one for one in docs_blocks.blocks((ROOT / name).read_text(), name) if one.marker == marker)
    return block.text


def test_the_demo_command_runs_the_loop_with_a_chart(clone: Path, demonstrated: str) -> None:
    assert "its deploy package is k8s/helm" in demonstrated
    assert "Where everything stands" in demonstrated
    for name in ("app", "gitops"):
        check_sound(clone / "freight-demo" / name)


def test_the_demo_leaves_the_clone_clean(clone: Path, demonstrated: str) -> None:
    status = subprocess.run(
        ["git", "-C", str(clone), "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_the_example_plugin_installs_and_is_found(
    clone: Path, demonstrated: str, own_environment: dict[str, str], tmp_path: Path
) -> None:
    page = "docs/plugins/index.md"
    for block in docs_blocks.blocks((ROOT / page).read_text(), page):
        if block.marker == "file":
            (tmp_path / block.argument).parent.mkdir(exist_ok=True)
            (tmp_path / block.argument).write_text(block.text)
    tools = f"{clone / '.venv/bin'}{os.pathsep}{own_environment['PATH']}"
    command = marked(page, "plugin-command").strip() + " --json > plugins.json"
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace("pip install", "pip install -q")],
        cwd=tmp_path,
        env=own_environment | {"PATH": tools},
        check=True,
    )
    plugins = json.loads((tmp_path / "plugins.json").read_text())["plugins"]
    assert {"name": "substitute", "distribution": "freightlib-substitute", "renderers": ["substitute"]}.items() <= next(
        plugin for plugin in plugins if plugin["name"] == "substitute"
    ).items()


def test_the_tutorials_plugin_installs_and_passes_the_suite(
    clone: Path, demonstrated: str, own_environment: dict[str, str], tmp_path: Path
) -> None:
    page = "docs/plugins/tutorial.md"
    for block in docs_blocks.blocks((ROOT / page).read_text(), page):
        if block.marker == "file":
            (tmp_path / block.argument).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.argument).write_text(block.text)
    tools = f"{clone / '.venv/bin'}{os.pathsep}{own_environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", marked(page, "tutorial-command").replace("pip install", "pip install -q")],
        cwd=tmp_path,
        env=own_environment | {"PATH": tools},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "22 passed" in done.stdout
