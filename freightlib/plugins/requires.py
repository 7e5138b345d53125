"""Is what a project requires installed, and loaded?

>>> from freightlib.models import Requires
>>> from freightlib.plugins.requires import check_requires
>>> check_requires(Requires(plugins={"freightlib-acme": ">=2"}))
Traceback (most recent call last):
    ...
freightlib.errors.PluginError: the project requires the plugin freightlib-acme, which is not installed
install it: pip install 'freightlib-acme>=2'
"""

from __future__ import annotations

from freightlib.documents.requires import allows, own_version
from freightlib.errors import PluginError, ProjectError
from freightlib.models import PROJECT_FILE, Requires
from freightlib.plugins.plugin import Plugin, spelled
from freightlib.plugins.registry import registry


def check_requires(requires: Requires) -> None:
    """Raise ProjectError if this freightlib is not one that the project takes, PluginError for a plugin that is
    missing, too old or too new, or not loaded.
    """
    if requires.freightlib is not None and not allows(requires.freightlib, own_version()):
        raise ProjectError(
            f"the project requires freightlib {requires.freightlib}, and this is {own_version()}",
            hint=f"install it: pip install 'freightlib{requires.freightlib}'",
            document=PROJECT_FILE,
            path="requires.freightlib",
        )
    for name, versions in requires.plugins.items():
        found = [plugin for plugin in registry().plugins if name == plugin.name or spelled(name) == plugin.project]
        if not found:
            raise _error(name, "which is not installed", f"install it: pip install '{name}{versions}'")
        for plugin in found:
            _check(name, versions, plugin)


def _check(name: str, versions: str, plugin: Plugin) -> None:
    if plugin.problem is not None:
        problem = f"which is not loaded: {plugin.label}: {plugin.problem}"
        raise _error(name, problem, "repair or update it (see: freight plugins)", plugin)
    if not allows(versions, plugin.version):
        problem = f"in a version {versions}, and {plugin.label} is installed"
        raise _error(name, problem, f"install another: pip install '{plugin.distribution}{versions}'", plugin)


def _error(name: str, problem: str, hint: str, plugin: Plugin | None = None) -> PluginError:
    return PluginError(
        f"the project requires the plugin {name}, {problem}",
        hint=hint,
        plugin=name if plugin is None else plugin.name,
        distribution=None if plugin is None else plugin.distribution,
    )
