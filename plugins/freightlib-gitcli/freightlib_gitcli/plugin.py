"""The plugin freightlib finds through the entry point: it offers one git backend."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.git.contract import GitBackend
from freightlib.plugins.hooks import hookimpl
from freightlib_gitcli.backend import GitProgramBackend


@hookimpl
def freightlib_git_backends() -> Iterable[GitBackend]:
    """The one backend of this plugin. Built-in backends are asked first."""
    return [GitProgramBackend()]
