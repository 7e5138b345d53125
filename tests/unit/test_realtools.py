"""The real tools are the versions the docs and the lock speak of, and the session is cut off from the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

from tests import realtools


def output(*command: object) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


def test_versions(helm4: Path, helm3: Path, kubectl: Path) -> None:
    assert output(helm4, "version", "--short").startswith("v4.3.1")
    assert output(helm3, "version", "--short").startswith("v3.18.0")
    assert "v1.37.1" in output(kubectl, "version", "--client")


def test_a_missing_tool_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(realtools.ToolMissing, match="helm4/helm is not there"):
        realtools.tool("helm4", {"FREIGHTLIB_TEST_TOOLS": str(tmp_path)})


def test_a_failed_download_leaves_nothing_behind(tmp_path: Path) -> None:
    # With nowhere to download from, nothing is left that would pass for the tool.
    env = {
        "PATH": os.environ["PATH"],
        "XDG_CACHE_HOME": str(tmp_path),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    with pytest.raises(realtools.ToolMissing, match="could not download"):
        realtools.tool("helm3", env)
    assert [path.name for path in (tmp_path / "freightlib-test-tools").iterdir()] == [".lock"]


def test_git_sees_no_configuration_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert output("git", "config", "--list", "--show-origin") == ""
    with pytest.raises(OSError, match="doesn't exist"):
        pygit2.Config.get_global_config()


def test_processes_of_tests_are_isolated_too(isolated: Path) -> None:
    code = "import os, pathlib; print(pathlib.Path.home(), 'KUBECONFIG' in os.environ)"
    assert output(sys.executable, "-c", code).split() == [str(isolated), "False"]
