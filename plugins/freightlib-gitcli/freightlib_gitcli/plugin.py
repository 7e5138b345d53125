"""The plugin freightlib finds through the entry point: it offers one git backend."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.plugins import GitBackend, hookimpl

freightlib_api = 1


@hookimpl
def freightlib_git_backends() -> Iterable[GitBackend]:
    """The one backend of this plugin. Built-in backends are asked first."""
    from freightlib_gitcli.backend import GitProgramBackend  # not before a plugin's backend is asked for

    return [GitProgramBackend()]
