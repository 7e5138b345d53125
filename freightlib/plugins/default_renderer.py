"""Which renderer takes a package where the project file names none.

>>> from freightlib.plugins.default_renderer import default_renderer
>>> default_renderer("plain")
'copy'

Each package type has one renderer of its own: the built-in one, else that of the distribution ``freightlib-<type>``. It
is the default, whatever else is installed. A type without one takes the only renderer there is.
"""

from __future__ import annotations

from freightlib.errors import PluginError
from freightlib.plugins.registry import Plugin, registry


def renderers_for(package_type: str) -> list[str]:
    """The names of all renderers that take such packages."""
    return sorted(name for name, each in registry().renderers().items() if package_type in each.package_types)


def default_renderer(package_type: str) -> str | None:
    """The renderer of such packages where none is named; ``None`` if there is none, or no way to choose.

    Raises PluginError if the type's own plugin is installed and broken: another one must not stand in for it.
    """
    known = registry()
    fitting = renderers_for(package_type)
    owners = {name: known.owner("freightlib_renderers", name) for name in fitting}
    built_in = [name for name, owner in owners.items() if owner is not None and owner.built_in]
    its_own = [name for name, owner in owners.items() if owner is not None and _is_own(owner, package_type)]
    if not built_in and not its_own:
        _check_own(package_type)
    chosen = built_in or its_own or fitting
    return chosen[0] if len(chosen) == 1 else None


def _is_own(plugin: Plugin, package_type: str) -> bool:
    return plugin.project == f"freightlib-{package_type}"


def _check_own(package_type: str) -> None:
    known = registry()
    for plugin in known.plugins:
        if plugin.problem and _is_own(plugin, package_type):
            raise PluginError(
                f"the renderer of {package_type} packages is not loaded: {plugin.label}: {plugin.problem}",
                hint="repair or update it, or name another renderer under render.renderer",
                plugin=plugin.name,
                distribution=plugin.distribution,
            )
    for error, plugin in known.flaws:
        if error.data.get("hook") == "freightlib_renderers" and _is_own(plugin, package_type):
            raise error
