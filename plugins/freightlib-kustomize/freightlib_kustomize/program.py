"""The program that builds: ``kustomize``, or ``kubectl kustomize``; which one and its version stand in the lock."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from freightlib.plugins import IsolationError, Limits, RenderError, ToolError, find_program, run_isolated
from freightlib_kustomize.failures import failure
from freightlib_kustomize.workspace import Workspace

MISSING: Final = (
    "install kustomize 5 (https://kubectl.docs.kubernetes.io/installation/kustomize/) or kubectl 1.27 or later, "
    "or name one with program under render"
)
_VERSION: Final = re.compile(r"(?:\{Version:)?(?:kustomize/)?v?(\d+)(\.\d+\.\d+[\w.+-]*)")
_RESTRICTORS: Final = {"rootOnly": "LoadRestrictionsRootOnly", "none": "LoadRestrictionsNone"}
# what a Go program maps before it does anything
_OWN_MEMORY: Final = 2 << 30


@frozen
class Program:
    """A program found: its ``path``, ``kind`` (``kustomize`` or ``kubectl``) and ``version`` as the lock has it."""

    path: Path
    kind: str
    version: str

    @property
    def build(self) -> list[str]:
        """The command that builds a directory."""
        return [str(self.path), "build" if self.kind == "kustomize" else "kustomize"]


_found: dict[tuple[str, int, int], Program] = {}


def find(name: str | None) -> Program:
    """The program ``name`` (on PATH, or a path); for ``None`` kustomize, else kubectl. Raises ToolError."""
    if name is None:
        name = next((one for one in ("kustomize", "kubectl") if shutil.which(one)), "kustomize")
    path = find_program(name, MISSING)
    status = path.stat()
    key = (str(path), status.st_mtime_ns, status.st_size)
    if key not in _found:
        _found[key] = _identified(path)
    return _found[key]


def _identified(path: Path) -> Program:
    kubectl = "kubectl" in path.name
    done = run_isolated([path, "version", *(["--client", "-o", "json"] if kubectl else [])], seconds=30)
    said = done.stdout.decode("utf-8", "replace").strip()
    own, version = _of_kubectl(said) if kubectl else ("", _VERSION.match(said))
    if done.status or version is None:
        what = "kubectl with kustomize in it" if kubectl else "kustomize"
        raise ToolError(f"{path} is not {what}", hint=MISSING, tool=str(path), stderr=done.said[:2000])
    number = version[1] + version[2]
    if int(version[1]) < 5:
        # what it would fetch is decided by rules that the checks here do not know
        raise ToolError(f"{path} is kustomize {number}, which is too old", hint=MISSING, tool=str(path), stderr="")
    if not kubectl:
        return Program(path, "kustomize", number)
    return Program(path, "kubectl", f"{own} (kustomize {number})")


def _of_kubectl(said: str) -> tuple[str, re.Match[str] | None]:
    try:
        facts = json.loads(said)
        own = str(facts["clientVersion"]["gitVersion"]).removeprefix("v")
        return own, _VERSION.fullmatch(str(facts["kustomizeVersion"]))
    except (ValueError, LookupError, TypeError):
        return "", None


def helm_version() -> str:
    """Return the version of the helm program that kustomize would run. Raises ToolError if helm is missing."""
    done = run_isolated([_helm(), "version", "--template", "{{.Version}}"], seconds=30)
    return done.stdout.decode("utf-8", "replace").strip().removeprefix("v")


def _helm() -> Path:
    return find_program("helm", "install helm, or remove allowHelm from render: https://helm.sh/docs/intro/install/")


def build(
    space: Workspace, directory: str, options: Mapping[str, Any], *, stage: str, limits: Limits
) -> tuple[bytes, tuple[str, ...]]:
    """What kustomize prints for ``directory``, and its warnings.

    Raises RenderError with kustomize's message, IsolationError when it was stopped.
    """
    program = find(options["program"])
    with tempfile.TemporaryDirectory(prefix="freightlib-kustomize-") as made:
        home = Path(made).resolve()
        space.write(home)
        try:
            done = run_isolated(
                [*program.build, *_flags(options, program.kind), "--", directory],
                cwd=home,
                seconds=limits.seconds,
                memory=limits.memory + _OWN_MEMORY if limits.isolation != "none" else 0,
                output=limits.output,
                network=options["allowRemote"],
            )
        except ToolError as error:
            if "reason" in error.data:
                raise _stopped(error, stage) from error
            raise
    said = done.said.replace(f"{home}/", "").replace(str(home), ".")
    if done.status:
        raise failure(said, stage=stage)
    return done.stdout, tuple(line[2:] for line in said.splitlines() if line.startswith("# Warning"))


def _flags(options: Mapping[str, Any], kind: str) -> list[str]:
    flags = [f"--load-restrictor={_RESTRICTORS[options['loadRestrictor']]}"]
    if options["allowHelm"]:
        flags += ["--enable-helm", f"--helm-command={_helm()}"]
    if options["allowPlugins"]:
        flags += ["--enable-alpha-plugins", *(["--enable-exec"] if kind == "kustomize" else [])]
    if options["allowPlugins"] and options["allowRemote"]:
        flags.append("--network")
    return flags


def _stopped(error: ToolError, stage: str) -> RenderError:
    return IsolationError(
        f"building stage {stage}: {error.message}",
        hint=error.hint,
        stage=stage,
        renderer="kustomize",
        reason=error.data["reason"],
        stderr=error.data["stderr"],
    )
