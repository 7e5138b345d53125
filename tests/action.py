"""Runs ``action.yml`` as the runner of GitHub Actions would: its expressions, its steps' shells, its files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from attrs import field, frozen

ROOT: Final = Path(__file__).parents[1]
_EXPRESSION: Final = re.compile(r"\$\{\{ *(.*?) *\}\}")


def metadata() -> dict[str, Any]:
    """``action.yml``, parsed."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return loaded


@frozen
class Ran:
    """What came of running the action."""

    status: int
    log: str
    summary: str
    outputs: Mapping[str, str] = field(factory=dict)


def run(
    inputs: Mapping[str, str], *, work: Path, temp: Path, environment: Mapping[str, str], installed: Path | None = None
) -> Ran:
    """The action with ``inputs`` in the directory ``work``.

    ``installed`` is the Python of an environment that stands for what the first step would install.
    """
    action = metadata()
    known = action["inputs"]
    assert {*inputs} <= {*known}
    values = {name: inputs.get(name, str(one.get("default", ""))) for name, one in known.items()}
    steps: dict[str, dict[str, str]] = {}
    log, summary = "", temp / "summary.md"
    summary.write_text("")
    if installed is not None and not (temp / "freightlib-action").exists():
        (temp / "freightlib-action").symlink_to(installed.parents[1])
    status = 0
    for number, step in enumerate(action["runs"]["steps"]):
        assert step["shell"] == "bash"
        if installed is not None and step["id"] == "install":
            continue
        output = temp / f"output-{number}"
        output.write_text("")
        script = temp / f"step-{number}.sh"
        script.write_text(_evaluated(step["run"], values, steps))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=work,
            env={
                **environment,
                **{name: _evaluated(text, values, steps) for name, text in step.get("env", {}).items()},
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "RUNNER_TEMP": str(temp),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        log += done.stdout.decode()
        steps[step["id"]] = _outputs(output.read_text())
        status = done.returncode
        if status:
            break
    outputs = {name: _evaluated(one["value"], values, steps) for name, one in action["outputs"].items()}
    return Ran(status, log, summary.read_text(), outputs)


def _evaluated(text: str, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> str:
    def value(match: re.Match[str]) -> str:
        parts = match[1].split(".")
        if parts[0] == "inputs" and len(parts) == 2:
            return inputs[parts[1]]
        assert parts[0] == "steps", match[0]
        assert parts[2] == "outputs", match[0]
        return steps.get(parts[1], {}).get(parts[3], "")

    return _EXPRESSION.sub(value, text)


def _outputs(text: str) -> dict[str, str]:
    """The outputs in a file of them, read as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        held = []
        for each in lines:
            if each == end:
                break
            held.append(each)
        found[name] = "\n".join(held)
    return found


def commands(log: str) -> list[str]:
    """The workflow commands that the runner would obey in a log."""
    obeyed, stopped = [], None
    for line in log.splitlines():
        text = line.lstrip()
        if stopped is not None:
            stopped = None if text == f"::{stopped}::" else stopped
        elif text.startswith("::stop-commands::"):
            stopped = text.removeprefix("::stop-commands::")
        elif text.startswith("::") or "##[" in line:
            obeyed.append(text)
    return obeyed
