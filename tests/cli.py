"""Runs the ``freight`` command for tests: in this process, or as one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from freightlib.cli import main


def freight(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "freightlib.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        timeout=120,
    )


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in this process: its exit status, stdout and stderr."""
    capsys.readouterr()
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@cache
def schema() -> dict[str, Any]:
    """The schema of what ``--json`` prints."""
    text = files("freightlib.cli").joinpath("cli.v1.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def document(verb: str, text: str) -> Any:
    """The JSON object in ``text``, after it was checked against the verb's schema."""
    loaded = json.loads(text)
    kind = {"$schema": schema()["$schema"], "$defs": schema()["$defs"], "$ref": f"#/$defs/{verb}"}
    jsonschema.Draft202012Validator(kind).validate(loaded)
    return loaded
