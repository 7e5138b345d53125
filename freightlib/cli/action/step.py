"""Runs one verb for a step of ``action.yml``: reads the action's inputs, writes the step's outputs and its summary.

The inputs come from the environment as ``INPUT_<NAME>`` and become arguments of a process, so no shell reads them. The
output consists of workflow commands that are built here, and of other text that cannot be read as a command.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from freightlib.cli.action.summary import outputs, summary
from freightlib.cli.reports import github
from freightlib.errors import UsageError
from freightlib.models import Finding, Report, Severity

#: The verbs of the action.
ACTION_VERBS: Final = ("publish", "verify", "promote")
#: Options that are not inputs: the action sets them itself, or they are for people at a terminal.
NOT_INPUTS: Final = frozenset({"json", "quiet", "debug", "explain"})
_FLAGS: Final = {"true": True, "false": False, "": False}


def main() -> int:
    """Run the action's verb and return its exit status."""
    environment = os.environ
    try:
        verb = environment.get("INPUT_VERB", "")
        arguments = [*_arguments(verb, environment), *_annotating(verb, environment)]
    except UsageError as error:
        return _failed({"code": error.code, "message": error.message, "hint": error.hint}, error.exit_status)
    return _run(verb, [*arguments, *_stages(verb, environment)], environment)


def inputs_of(verb: str) -> dict[str, click.Option]:
    """Return the inputs of a verb: name -> the option of that name."""
    command = import_module(f"freightlib.cli.verbs.{verb}").command
    options = [one for one in command.params if isinstance(one, click.Option)]
    named = {max(one.opts, key=len).removeprefix("--"): one for one in options}
    return {name: option for name, option in named.items() if name not in NOT_INPUTS}


def _arguments(verb: str, environment: Mapping[str, str]) -> Iterator[str]:
    if verb not in ACTION_VERBS:
        raise UsageError(f"the action has no verb {verb[:40]!r}", hint=f"set verb to {', '.join(ACTION_VERBS)}")
    yield from (verb, "--json")
    own = inputs_of(verb)
    for name in sorted({*own, *(other for each in ACTION_VERBS for other in inputs_of(each))}):
        value = environment.get(_variable(name), "")
        if name not in own:
            _absent(verb, name, value)
        elif own[name].is_flag:
            yield from [f"--{name}"] if _flag(name, value) else []
            yield from own[name].secondary_opts if value == "false" else []
        elif value:
            yield f"--{name}={value}"


def _absent(verb: str, name: str, value: str) -> None:
    if value not in _FLAGS or value == "true":
        raise UsageError(f"{verb} takes no input {name!r}", hint=f"leave it out, or use another verb than {verb}")


def _flag(name: str, value: str) -> bool:
    if value not in _FLAGS:
        raise UsageError(f"the input {name} is {value[:40]!r}", hint="set it to true or false")
    return _FLAGS[value]


def _annotating(verb: str, environment: Mapping[str, str]) -> list[str]:
    """Return the options that make ``verify`` write annotations, unless the workflow chooses a format itself."""
    if verb != "verify" or environment.get("INPUT_FORMAT") or environment.get("INPUT_OUTPUT"):
        return []
    return ["--format=github", f"--output={_scratch(environment) / 'freight-annotations.txt'}"]


def _stages(verb: str, environment: Mapping[str, str]) -> list[str]:
    return ["--", *environment.get("INPUT_STAGES", "").split()] if verb == "promote" else []


def _variable(name: str) -> str:
    return f"INPUT_{name.upper().replace('-', '_')}"


def _scratch(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("RUNNER_TEMP") or ".")


def _run(verb: str, arguments: list[str], environment: Mapping[str, str]) -> int:
    result, annotations = (
        _scratch(environment) / f"freight-{verb}.json",
        _scratch(environment) / "freight-annotations.txt",
    )
    annotations.unlink(missing_ok=True)
    with result.open("wb") as sink:
        # -I: the working directory belongs to the repository, and Python must not import from it
        command = [sys.executable, "-I", "-m", "freightlib.cli", *arguments]
        done = subprocess.run(command, stdout=sink, check=False)  # noqa: S603 (a list: no shell reads it)
    try:
        document: dict[str, Any] = json.loads(result.read_bytes())
    except ValueError:
        return done.returncode or 70  # its error is on stderr
    if "error" in document:
        return _failed(document["error"], done.returncode)
    _append("GITHUB_OUTPUT", _assignments({**outputs(verb, document), "result": str(result)}))
    text = summary(verb, document)
    _append("GITHUB_STEP_SUMMARY", text)
    _log(text)
    if annotations.is_file():
        sys.stdout.write(annotations.read_text(encoding="utf-8"))
    return done.returncode


def _failed(error: Mapping[str, Any], status: int) -> int:
    finding = Finding(error["code"], Severity.ERROR, "", error["message"], error["hint"])
    sys.stdout.write(github(Report((finding,))))
    _append("GITHUB_STEP_SUMMARY", summary("error", error))
    return status


def _assignments(values: Mapping[str, str]) -> str:
    """Return outputs in the runner's file format, with an end marker that no value can contain."""
    end = f"end-{secrets.token_hex(16)}"
    return "".join(f"{name}<<{end}\n{value}\n{end}\n" for name, value in values.items())


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def _log(text: str) -> None:
    """Print text from repositories to the log, so that no line of it is run as a workflow command."""
    token = secrets.token_hex(16)
    sys.stdout.write(f"::stop-commands::{token}\n{text}\n::{token}::\n")
