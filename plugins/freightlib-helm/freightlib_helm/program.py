"""The engine ``program``: the ``helm`` program, version 3 or 4, over a private copy of the chart."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from freightlib.plugins import IsolationError, Limits, RenderError, ToolError, find_program, run_isolated
from freightlib_helm.chart import Chart
from freightlib_helm.failures import failure

MISSING: Final = (
    "pip install 'freightlib-helm[sdk]' (no program needed), or install helm: https://helm.sh/docs/intro/install/"
)
_VERSION: Final = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
_versions: dict[tuple[str, int, int], str] = {}


def find(path: str | None) -> Path:
    """The helm program: ``path``, or the one on PATH. Raises ToolError saying how to get it."""
    return find_program(path or "helm", MISSING)


def version(program: Path) -> str:
    """The program's version, such as ``4.3.1``; asked once per binary. Raises ToolError when it is not helm."""
    status = program.stat()
    key = (str(program), status.st_mtime_ns, status.st_size)
    if key not in _versions:
        done = run_isolated([program, "version", "--template", "{{.Version}}"], seconds=30)
        found = _VERSION.fullmatch(done.stdout.decode("utf-8", "replace").strip())
        if done.status or found is None or not found[1].startswith(("3.", "4.")):
            raise ToolError(f"{program} is not helm 3 or 4", hint=MISSING, tool=str(program), stderr=done.said[:2000])
        _versions[key] = found[1]
    return _versions[key]


def render(
    chart: Chart, options: Mapping[str, Any], values: list[tuple[str, bytes]], *, stage: str, limits: Limits
) -> bytes:
    """What ``helm template`` prints. Raises RenderError with Helm's message, IsolationError when it was stopped."""
    program = find(options["helmPath"])
    with tempfile.TemporaryDirectory(prefix="freightlib-helm-") as home:
        files = _write(Path(home), chart, values)
        command = [str(program), *_arguments(options, files), "--", options["releaseName"], "chart"]
        try:
            done = run_isolated(
                command,
                cwd=home,
                seconds=limits.seconds,
                memory=limits.memory + _OWN_MEMORY if limits.isolation != "none" else 0,
                output=limits.output,
            )
        except ToolError as error:
            if "reason" in error.data:
                raise _stopped(error, chart.name, stage) from error
            raise
    if done.status:
        said = _renamed(done.said.removeprefix("Error: "), files)
        raise failure(_error_lines(said), stage=stage, chart=chart.name, pointers=chart.pointers)
    return done.stdout


# what a Go program maps before it does anything
_OWN_MEMORY: Final = 2 << 30


def _error_lines(said: str) -> str:
    """From ``Error:`` on: warnings stand before it."""
    at = said.rfind("\nError: ")
    return said if at < 0 else said[at + 1 :]


def _renamed(said: str, files: Mapping[str, str]) -> str:
    for written, name in files.items():
        said = said.replace(written, name)
    return said


def _stopped(error: ToolError, chart: str, stage: str) -> RenderError:
    return IsolationError(
        f"rendering {chart} for stage {stage}: {error.message}",
        hint=error.hint,
        stage=stage,
        chart=chart,
        reason=error.data["reason"],
        stderr=error.data["stderr"],
    )


def _write(home: Path, chart: Chart, values: list[tuple[str, bytes]]) -> dict[str, str]:
    """The chart's directory and the values files; file name -> repository path of the latter, in order."""
    for path, data in chart.files:
        target = home / "chart" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (home / "chart").mkdir(exist_ok=True)
    names = {}
    for number, (name, data) in enumerate(values):
        written = f"values-{number:04}.yaml"
        (home / written).write_bytes(data)
        names[written] = name
    return names


def _arguments(options: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    out = ["template", f"--namespace={options['namespace']}"]
    out += [f"--values={name}" for name in files]
    for setting in options["setValues"]:
        flag = "--set-literal" if setting["literal"] else "--set"
        out.append(f"{flag}={setting['key']}={setting['value']}")
    for name, flag in (
        ("includeCRDs", "--include-crds"),
        ("disableHooks", "--no-hooks"),
        ("skipTests", "--skip-tests"),
    ):
        if options[name]:
            out.append(flag)
    if options["kubeVersion"]:
        out.append(f"--kube-version={options['kubeVersion']}")
    out += [f"--api-versions={name}" for name in options["apiVersions"]]
    return out


__all__ = ["MISSING", "find", "render", "version"]
