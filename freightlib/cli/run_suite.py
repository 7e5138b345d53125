"""Runs the conformance suite against an installed plugin, with pytest in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from freightlib.errors import PluginError, UsageError
from freightlib.plugins.registry import registry


def run_suite(name: str, suite: str | None, *, shown: bool) -> tuple[bool, str]:
    """Return whether the renderer, git backend or gate ``name`` passes, and pytest's output.

    With ``shown``, pytest prints its output itself, and the returned text is empty. Raises UsageError if pytest is not
    installed, PluginError for an unknown name.
    """
    _check_name(name)
    if find_spec("pytest") is None:
        raise UsageError(
            "checking a plugin needs pytest, which is not installed",
            hint="install it: pip install 'freightlib[testing]'",
        )
    place = Path(find_spec("freightlib.testing").origin or "").with_name("installed.py")  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="freightlib-check-") as scratch:
        # ignore configuration and conftest files of the current directory and of freightlib's own checkout
        apart = ["-c", os.devnull, "--noconftest", "--rootdir", scratch, "--basetemp", str(Path(scratch, "work"))]
        done = subprocess.run(  # noqa: S603 (our own interpreter, our own arguments)
            [sys.executable, "-m", "pytest", str(place), *apart, "-v", "--tb=short", "-p", "no:cacheprovider"],
            env={**os.environ, "FREIGHTLIB_CHECK": name, **({"FREIGHTLIB_SUITE": suite} if suite else {})},
            check=False,
            text=True,
            capture_output=not shown,
        )
    return done.returncode == 0, done.stdout or ""


def _check_name(name: str) -> None:
    offered = [*registry().renderers(), *registry().backends(), *registry().gates()]
    if name in offered:
        return
    found = next((plugin for plugin in registry().plugins if name in (plugin.name, plugin.distribution)), None)
    if found is not None and found.problem:
        raise PluginError(
            f"the plugin {found.name!r} of {found.distribution} is not loaded: {found.problem}",
            hint="correct or update it first",
            plugin=found.name,
            distribution=found.distribution,
        )
    refused = registry().refusal(name)
    if refused is not None:
        raise refused
    raise PluginError(
        f"no renderer, git backend or gate is named {name!r}",
        hint=f"installed: {', '.join(offered)}",
        plugin=name,
    )
