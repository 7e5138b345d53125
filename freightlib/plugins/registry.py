"""Finds plugins and looks things up by name; a broken plugin is named and does not take the others down.

>>> from freightlib.plugins.registry import registry
>>> registry().renderer("copy").package_types
frozenset({'plain'})
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy
from attrs import evolve, field, frozen, mutable

from freightlib.errors import FreightError, PluginError
from freightlib.git.contract import GitBackend
from freightlib.plugins.contracts import Forge, Gate, Renderer, Transform
from freightlib.plugins.hooks import API_VERSION, GROUP, Specs

if TYPE_CHECKING:
    from importlib import metadata

T = TypeVar("T")

# Built-ins come in through the same door as plugins: modules with hook implementations.
_BUILT_IN: Final = (
    "freightlib.git.libgit2_backend",
    "freightlib.rendering.builtin.copy",
    "freightlib.rendering.builtin.labels",
    "freightlib.rendering.builtin.secrets",
    "freightlib.rendering.twice",
    "freightlib.promotion.gates",
    "freightlib.promotion.no_forge",
)

_HOOKS: Final = [name for name in vars(Specs) if name.startswith(GROUP)]


@frozen
class Plugin:
    """One plugin: its entry-point ``name``, ``distribution`` and ``version``, why it is not loaded (or ``None``)."""

    name: str
    distribution: str
    version: str
    problem: str | None = None


@mutable
class Registry:
    """The plugins that are loaded, and what they offer."""

    manager: pluggy.PluginManager
    plugins: list[Plugin] = field(factory=list)
    _owners: dict[int, Plugin] = field(factory=dict)
    _cache: dict[str, Mapping[str, Any]] = field(factory=dict)
    _asked: dict[tuple[str, str], Sequence[Any]] = field(factory=dict)
    _sources: dict[str, dict[str, str]] = field(factory=dict)

    @property
    def hook(self) -> Any:
        """Pluggy's caller: ``registry.hook.freightlib_promoted(event=...)``."""
        return self.manager.hook

    def add(self, module: object, plugin: Plugin) -> None:
        """Register a plugin object. One that does not fit the hooks is listed with its problem, and not loaded."""
        problem = self._problem(module, plugin)
        if problem is None:
            try:
                self.manager.register(module, name=plugin.name)
            except (pluggy.PluginValidationError, ValueError) as error:
                problem = str(error).strip().splitlines()[-1]
                if self.manager.has_plugin(plugin.name):
                    self.manager.unregister(name=plugin.name)
        if problem is not None:
            self.plugins.append(evolve(plugin, problem=problem))
            return
        self.plugins.append(plugin)
        self._owners[id(module)] = plugin
        self._cache.clear()

    def _problem(self, module: object, plugin: Plugin) -> str | None:
        """Why the plugin cannot be registered, as far as it can be told before trying."""
        if self.manager.has_plugin(plugin.name):
            other = next((one.distribution for one in self.plugins if one.name == plugin.name), "another")
            return f"{other} has a plugin of the name {plugin.name!r} too: uninstall one of the two"
        declared = getattr(module, "freightlib_api", API_VERSION)
        if not isinstance(declared, int) or declared > API_VERSION:
            told = f"it is written for version {declared!r} of the hooks, and this freightlib has {API_VERSION}"
            return f"{told}: upgrade freightlib"
        for name in dir(module):
            function = getattr(module, name, None)
            marked = hasattr(function, f"{GROUP}_impl")
            if marked or (name.startswith(f"{GROUP}_") and inspect.isroutine(function)):
                if not hasattr(self.manager.hook, name):
                    close = difflib.get_close_matches(name, _HOOKS, n=1)
                    return f"there is no hook {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")
                if not marked:
                    return f"{name!r} is not marked with @hookimpl, so it would never be called"
        return None

    def remove(self, name: str) -> None:
        """Take the plugin of this name out again, if it is there."""
        if self.manager.has_plugin(name):
            self._owners.pop(id(self.manager.unregister(name=name)), None)
        self.plugins[:] = [plugin for plugin in self.plugins if plugin.name != name]
        for asked in [one for one in self._asked if one[1] == name]:
            del self._asked[asked]
        self._cache.clear()

    def renderer(self, name: str) -> Renderer:
        """The renderer called ``name``. Raises PluginError naming the ones there are."""
        return self._one("renderer", self.renderers(), name)

    def renderers(self) -> Mapping[str, Renderer]:
        """Every renderer by name. Raises PluginError when two plugins offer one name."""
        return self._offers("freightlib_renderers")

    def backends(self) -> Mapping[str, GitBackend]:
        """Every git backend by name, built-ins first. Raises PluginError when two plugins offer one name."""
        return self._offers("freightlib_git_backends")

    def backend(self, name: str) -> GitBackend:
        """The git backend called ``name``. Raises PluginError naming the ones there are."""
        return self._one("git backend", self.backends(), name)

    def transforms(self) -> Mapping[str, Transform]:
        """Every transform by name. Raises PluginError when two plugins offer one name."""
        return self._offers("freightlib_transforms")

    def transform(self, name: str) -> Transform:
        """The transform called ``name``. Raises PluginError naming the ones there are."""
        return self._one("transform", self.transforms(), name)

    def gates(self) -> Mapping[str, Gate]:
        """Every gate by name. Raises PluginError when two plugins offer one name."""
        return self._offers("freightlib_gates")

    def gate(self, name: str) -> Gate:
        """The gate called ``name``. Raises PluginError naming the ones there are."""
        return self._one("gate", self.gates(), name)

    def owner(self, hook: str, name: str) -> Plugin | None:
        """The plugin that offers ``name`` through ``hook``, once that kind was asked for."""
        source = self._sources.get(hook, {}).get(name)
        return next((plugin for plugin in self.plugins if plugin.name == source), None)

    def forges(self) -> Mapping[str, Forge]:
        """Every forge by name. Raises PluginError when two plugins offer one name."""
        return self._offers("freightlib_forges")

    def forge(self, name: str) -> Forge:
        """The forge called ``name``. Raises PluginError naming the ones there are."""
        return self._one("forge", self.forges(), name)

    def checks(self) -> Sequence[str]:
        """The codes that ``render.checks`` may set."""
        implementations = self.manager.hook.freightlib_checks.get_hookimpls()
        offered = (self._offered("freightlib_checks", one, self._owners[id(one.plugin)]) for one in implementations)
        return sorted({code for codes in offered for code in codes})

    def ask(self, hook: str, request: object) -> list[Any]:
        """What each implementation of a hook with one argument answers. Raises PluginError naming one that fails."""
        implementations = getattr(self.manager.hook, hook).get_hookimpls()
        return [
            _guarded(self._owners[id(one.plugin)], one.function, *(request for _ in one.argnames))
            for one in implementations
        ]

    def offered(self, plugin: str) -> dict[str, list[str]]:
        """The hooks that the plugin of this name implements, each with the names of what was taken from it there.

        Empty for a plugin that is not loaded. Names of offers are known once their kind was asked for (``renderers``).
        """
        loaded = self.manager.get_plugin(plugin)
        callers = self.manager.get_hookcallers(loaded) if loaded is not None else None
        return {
            caller.name: [name for name, owner in self._sources.get(caller.name, {}).items() if owner == plugin]
            for caller in sorted(callers or (), key=lambda caller: caller.name)
        }

    def _offers(self, hook: str) -> Mapping[str, Any]:
        if hook not in self._cache:
            self._cache[hook] = self._collect(hook)
        return self._cache[hook]

    def _collect(self, hook: str) -> Mapping[str, Any]:
        found: dict[str, tuple[Any, Plugin]] = {}
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            owner = self._owners[id(implementation.plugin)]
            for offer in self._offered(hook, implementation, owner):
                if not isinstance(getattr(offer, "name", None), str):
                    raise PluginError(
                        f"{owner.distribution} offers something without a name through {hook}: {offer!r}",
                        hint="update or uninstall it, and tell its authors",
                        plugin=owner.name,
                        distribution=owner.distribution,
                    )
                if offer.name in found:
                    other = found[offer.name][1]
                    raise PluginError(
                        f"{owner.distribution} and {other.distribution} both offer {offer.name!r}",
                        hint=f"uninstall one of them: pip uninstall {owner.distribution}",
                        plugin=offer.name,
                        distribution=owner.distribution,
                    )
                found[offer.name] = (offer, owner)
        self._sources[hook] = {name: owner.name for name, (_, owner) in found.items()}
        return {name: offer for name, (offer, _) in found.items()}

    def _offered(self, hook: str, implementation: pluggy.HookImpl, owner: Plugin) -> Sequence[Any]:
        # asked once for all: what was offered may hold worker processes by now
        asked = (hook, implementation.plugin_name)
        if asked not in self._asked:
            self._asked[asked] = _called(implementation.function, owner)
        return self._asked[asked]

    def _one(self, kind: str, offers: Mapping[str, T], name: str) -> T:
        if name in offers:
            return offers[name]
        close = difflib.get_close_matches(name, offers, n=1)
        broken = [f"{plugin.distribution} ({plugin.problem})" for plugin in self.plugins if plugin.problem]
        hint = f"did you mean {close[0]!r}?" if close else f"installed: {', '.join(sorted(offers)) or 'none'}"
        if broken:
            hint += f"; not loaded: {'; '.join(broken)}"
        raise PluginError(f"there is no {kind} named {name!r}", hint=hint, plugin=name)


def _called(function: Any, owner: Plugin) -> Sequence[Any]:
    called: Sequence[Any] = _guarded(owner, lambda: list(function()))
    return called


def _guarded(owner: Plugin, function: Any, *arguments: object) -> Any:
    try:
        return function(*arguments)
    except FreightError:
        raise
    except Exception as error:
        raise PluginError(
            f"the plugin {owner.name!r} of {owner.distribution} failed: {error}",
            hint="update or uninstall it, and tell its authors",
            plugin=owner.name,
            distribution=owner.distribution,
        ) from error


@cache
def registry() -> Registry:
    """The registry of this process: built-ins, then every installed plugin. Loaded once."""
    from importlib import metadata

    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Specs)
    found = Registry(manager)
    own = metadata.version("freightlib")
    for name in _BUILT_IN:
        module = __import__(name, fromlist=["_"])
        found.add(module, Plugin(name.rpartition(".")[2], "freightlib", own))
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        _load(found, entry)
    return found


def _load(found: Registry, entry: metadata.EntryPoint) -> None:
    distribution = entry.dist.name if entry.dist else entry.value
    version = entry.dist.version if entry.dist else ""
    try:
        module = entry.load()
    except Exception as error:  # noqa: BLE001 (whatever a plugin raises on import is its own fault, and is reported)
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        found.plugins.append(Plugin(entry.name, distribution, version, problem))
        return
    found.add(module, Plugin(entry.name, distribution, version))
