"""Finds plugins and looks things up by name; a broken plugin is named and does not take the others down.

>>> from freightlib.plugins.registry import registry
>>> registry().renderer("copy").package_types
frozenset({'plain'})

What a plugin offers is compared with its protocol when it comes in, and what its methods return is checked when they
are called: see ``guard``. Offers of freightlib itself are handed out as they are; a test holds them to the same rules.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy
from attrs import evolve, field, mutable

from freightlib.errors import FreightError, PluginError
from freightlib.models.text import closest
from freightlib.plugins.deadlines import deadline, within
from freightlib.plugins.hooks import GROUP, Specs
from freightlib.plugins.offers import Answer, Offered, Offers, ask
from freightlib.plugins.plugin import Plugin, problem_of, warn

if TYPE_CHECKING:
    from importlib import metadata

    from freightlib.git.contract import GitBackend
    from freightlib.plugins.contracts import Forge, Gate, Renderer, Transform

__all__ = ["Answer", "Plugin", "Registry", "registry"]
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


@mutable
class Registry:
    """The plugins that are loaded, and what they offer."""

    manager: pluggy.PluginManager
    plugins: list[Plugin] = field(factory=list)
    _owners: dict[int, Plugin] = field(factory=dict)
    _found: dict[str, Offers] = field(factory=dict)
    _asked: dict[tuple[str, str], Offered] = field(factory=dict)
    _warned: set[str] = field(factory=set)
    #: True once the command has listed ``problems``.
    reported: bool = False

    @property
    def hook(self) -> Any:
        """Pluggy's caller: ``registry.hook.freightlib_promoted(event=...)``."""
        return self.manager.hook

    @property
    def problems(self) -> list[str]:
        """What is wrong with plugins, as far as it is known by now: those not loaded, and offers left out."""
        unloaded = [f"{plugin.label}: not loaded: {plugin.problem}" for plugin in self.plugins if plugin.problem]
        return [*unloaded, *(error.message for error, _ in self.flaws)]

    @property
    def flaws(self) -> list[tuple[PluginError, Plugin]]:
        """The errors for offers that were left out, with their plugins, of every kind that was asked for."""
        return [flaw for offers in self._found.values() for flaw in offers.errors]

    def refusal(self, name: str) -> PluginError | None:
        """Why the offer ``name`` was left out, or one of the plugin or distribution ``name``; ``None`` if none was."""
        named = (offers.refused[name] for offers in self._found.values() if name in offers.refused)
        owned = (error for error, plugin in self.flaws if name in (plugin.name, plugin.distribution))
        return next(iter([*named, *owned]), None)

    def add(self, module: object, plugin: Plugin) -> None:
        """Register a plugin object. One that does not fit the hooks is listed with its problem, and not loaded."""
        problem = self._clash(plugin) or problem_of(module)
        if problem is None:
            try:
                self.manager.register(module, name=plugin.name)
            except (pluggy.PluginValidationError, ValueError) as error:
                problem = str(error).strip().splitlines()[-1]
                if self.manager.has_plugin(plugin.name):
                    self.manager.unregister(name=plugin.name)
        if problem is not None:
            self.fail(plugin, problem)
            return
        self.plugins.append(plugin)
        self._owners[id(module)] = plugin
        self._found.clear()

    def fail(self, plugin: Plugin, problem: str) -> None:
        """List a plugin that is not loaded, and warn of it."""
        self.plugins.append(evolve(plugin, problem=problem))
        self._warn(f"{plugin.label}: not loaded: {problem}")

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            warn(message)

    def _clash(self, plugin: Plugin) -> str | None:
        """Why there cannot be a second plugin of this name."""
        if not self.manager.has_plugin(plugin.name):
            return None
        other = next((one.distribution for one in self.plugins if one.name == plugin.name), "another")
        return f"{other} has a plugin of the name {plugin.name!r} too: uninstall one of the two"

    def remove(self, name: str) -> None:
        """Take the plugin of this name out again, if it is there."""
        if self.manager.has_plugin(name):
            self._owners.pop(id(self.manager.unregister(name=name)), None)
        self.plugins[:] = [plugin for plugin in self.plugins if plugin.name != name]
        for asked in [one for one in self._asked if one[1] == name]:
            del self._asked[asked]
        self._found.clear()

    # --- offers ---

    def renderer(self, name: str) -> Renderer:
        """The renderer called ``name``. Raises PluginError naming the ones there are, or what is wrong with it."""
        return self._one("renderer", "freightlib_renderers", self.renderers(), name)

    def renderers(self) -> Mapping[str, Renderer]:
        """Every renderer by name. One that does not fit its contract is left out: see ``problems``."""
        return self._offers("freightlib_renderers")

    def backends(self) -> Mapping[str, GitBackend]:
        """Every git backend by name, built-ins first. One that does not fit its contract is left out."""
        return self._offers("freightlib_git_backends")

    def built_in_backends(self) -> Sequence[GitBackend]:
        """The git backends of freightlib itself. No plugin is asked."""
        implementations = self.hook.freightlib_git_backends.get_hookimpls()
        found: list[GitBackend] = []
        for one in implementations:
            found += one.function() if self._owner(one).built_in else ()
        return found

    def backend(self, name: str) -> GitBackend:
        """The git backend called ``name``. Raises PluginError as ``renderer`` does."""
        return self._one("git backend", "freightlib_git_backends", self.backends(), name)

    def transforms(self) -> Mapping[str, Transform]:
        """Every transform by name. One that does not fit its contract is left out."""
        return self._offers("freightlib_transforms")

    def transform(self, name: str) -> Transform:
        """The transform called ``name``. Raises PluginError as ``renderer`` does."""
        return self._one("transform", "freightlib_transforms", self.transforms(), name)

    def gates(self) -> Mapping[str, Gate]:
        """Every gate by name. One that does not fit its contract is left out."""
        return self._offers("freightlib_gates")

    def gate(self, name: str) -> Gate:
        """The gate called ``name``. Raises PluginError as ``renderer`` does."""
        return self._one("gate", "freightlib_gates", self.gates(), name)

    def forges(self) -> Mapping[str, Forge]:
        """Every forge by name. One that does not fit its contract is left out."""
        return self._offers("freightlib_forges")

    def forge(self, name: str) -> Forge:
        """The forge called ``name``. Raises PluginError as ``renderer`` does."""
        return self._one("forge", "freightlib_forges", self.forges(), name)

    def checks(self) -> Sequence[str]:
        """The codes that ``render.checks`` may set."""
        return sorted(self._collected("freightlib_checks").taken)

    def owner(self, hook: str, name: str) -> Plugin | None:
        """The plugin that offers ``name`` through ``hook``, once that kind was asked for."""
        offers = self._found.get(hook)
        return offers.taken[name][1] if offers is not None and name in offers.taken else None

    def offered(self, plugin: str) -> dict[str, list[str]]:
        """The hooks that the plugin of this name implements, each with the names of what was taken from it there.

        Empty for a plugin that is not loaded. Names of offers are known once their kind was asked for (``renderers``).
        """
        loaded = self.manager.get_plugin(plugin)
        callers = self.manager.get_hookcallers(loaded) if loaded is not None else None
        names = {
            hook: [name for name, (_, owner) in offers.taken.items() if owner.name == plugin]
            for hook, offers in self._found.items()
            if hook != "freightlib_checks"
        }
        return {name: names.get(name, []) for name in sorted(caller.name for caller in callers or ())}

    def _offers(self, hook: str) -> Mapping[str, Any]:
        return {name: offer for name, (offer, _) in self._collected(hook).taken.items()}

    def _collected(self, hook: str) -> Offers:
        if hook in self._found:
            return self._found[hook]
        found = Offers()
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            owner = self._owner(implementation)
            asked = (hook, owner.name)
            if asked not in self._asked:  # asked once for all: what was offered may hold worker processes by now
                self._asked[asked] = ask(hook, implementation.function, owner)
            for name, offer in self._asked[asked]:
                found.take(hook, name, offer, owner)
        self._found[hook] = found
        for error, _ in found.errors:
            self._warn(error.message)
        return found

    def _owner(self, implementation: pluggy.HookImpl) -> Plugin:
        name = str(implementation.plugin_name)
        return self._owners.get(id(implementation.plugin)) or Plugin(name, name, "")

    def _one(self, kind: str, hook: str, offers: Mapping[str, T], name: str) -> T:
        if name in offers:
            return offers[name]
        found = self._collected(hook)
        if name in found.refused:
            raise found.refused[name]
        close = closest(name, offers)
        hint = f"did you mean {close!r}?" if close else f"installed: {', '.join(sorted(offers)) or 'none'}"
        broken = [f"{plugin.distribution} ({plugin.problem})" for plugin in self.plugins if plugin.problem]
        broken += [error.message for error, _ in found.errors]
        if broken:
            hint += f"; not loaded: {'; '.join(broken)}"
        raise PluginError(f"there is no {kind} named {name!r}", hint=hint, plugin=name)

    # --- questions ---

    def answers(self, hook: str, request: object) -> Iterator[Answer]:
        """What each plugin answers to a hook with one argument, checked. One that fails does not stop the others."""
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            owner = self._owner(implementation)
            arguments = [request for _ in implementation.argnames]
            try:
                yield Answer(owner, self._answer(hook, implementation.function, owner, arguments))
            except FreightError as error:
                yield Answer(owner, error=error)

    def _answer(self, hook: str, function: Any, owner: Plugin, arguments: Sequence[object]) -> Any:
        if owner.built_in:
            return function(*arguments)
        from freightlib.plugins.guard import Guard

        returns = typing.get_type_hints(getattr(Specs, hook))["return"]
        return Guard(owner, hook).ask(function, returns, *arguments)

    def ask(self, hook: str, request: object) -> list[Any]:
        """What each plugin answers to a hook with one argument. Raises the error of the first that fails."""
        found = []
        for answer in self.answers(hook, request):
            if answer.error is not None:
                raise answer.error
            found.append(answer.value)
        return found


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
        found.add(module, Plugin(name.rpartition(".")[2], "freightlib", own, built_in=True))
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        _load(found, entry)
    return found


def problems_so_far(_known: Any = registry) -> list[str]:
    """What is wrong with plugins, by what was looked at until now: nothing is loaded for it."""
    return _known().problems if _known.cache_info().currsize else []


def _load(found: Registry, entry: metadata.EntryPoint) -> None:
    distribution = entry.dist.name if entry.dist else entry.value
    version = entry.dist.version if entry.dist else ""
    plugin = Plugin(entry.name, distribution, version)
    try:
        module = within(deadline(), entry.load)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever a plugin raises on import is its own fault)
        found.fail(plugin, f"{type(error).__name__}: {error}".splitlines()[0])
        return
    found.add(module, plugin)
