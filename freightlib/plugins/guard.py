r"""Calls the code of plugins: what it returns is checked, and whatever goes wrong names the plugin.

>>> from freightlib.plugins.contracts import Transform
>>> from freightlib.plugins.guard import Guard, guarded
>>> from freightlib.plugins.plugin import Plugin
>>> class Broken:
...     name, version = "broken", "1"
...     def effective_options(self, options): return None
...     def transform(self, request): return None
>>> guard = Guard(Plugin("acme", "freightlib-acme", "1.2"), "freightlib_transforms")
>>> guarded(Broken(), Transform, guard).effective_options({})  # doctest: +NORMALIZE_WHITESPACE
Traceback (most recent call last):
freightlib.errors.PluginError: freightlib-acme 1.2: freightlib_transforms: effective_options of the transform broken
failed: it answered None, not a mapping (TypeError)
update or uninstall it, and tell its authors

Errors of freightlib's own tree pass as they are: a plugin that raises one says what its user has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from attrs import frozen

from freightlib.errors import FreightError, PluginError
from freightlib.plugins.contract_checks import conform, flaw_in, members
from freightlib.plugins.contracts import Explaining, Renderer
from freightlib.plugins.deadlines import deadline, within
from freightlib.plugins.hooks import GROUP
from freightlib.plugins.mismatches import MismatchError
from freightlib.plugins.plugin import Plugin

_HINT: Final = "update or uninstall it, and tell its authors"
#: What an offer may fit as well.
_OPTIONAL: Final[dict[type, tuple[type, ...]]] = {Renderer: (Explaining,)}
#: What has limits of its own: renderings those of the request, forges and git those of the network.
_OWN_LIMITS: Final = frozenset({"render", "repetitions", "prepare", "close"})
_NETWORKED: Final = frozenset({"freightlib_forges", "freightlib_git_backends"})
#: What gets a repository, which belongs to one thread.
_ONE_THREAD: Final = frozenset({"freightlib_gates"})


@frozen
class Guard:
    """The plugin whose code is called, and the hook through which that code came."""

    owner: Plugin
    hook: str

    @property
    def kind(self) -> str:
        """What the hook offers, in words: ``renderer``, ``git backend``."""
        return self.hook.removeprefix(f"{GROUP}_").removesuffix("s").replace("_", " ")

    def error(self, text: str, **data: Any) -> PluginError:
        """The error that says ``text`` of the plugin and hook."""
        owner = self.owner
        data = {"plugin": owner.name, "distribution": owner.distribution, "hook": self.hook, **data}
        return PluginError(f"{owner.label}: {self.hook}{text}", hint=_HINT, **data)

    def failed(self, what: str, error: BaseException, member: str) -> PluginError:
        """The error for what a call raised."""
        text = " ".join(str(error).split())
        kind = type(error).__name__
        problem = f"{kind}: {text}" if text else kind
        return self.error(f"{what} failed: {f'{text} ({kind})' if text else kind}", member=member, problem=problem)

    def ask(self, function: Callable[..., Any], returns: Any, *arguments: Any) -> Any:
        """What a hook of the plugin answers. Raises PluginError; errors of freightlib's own pass."""
        what = f" of {self.owner.distribution}"
        return self._called(function, arguments, {}, returns, (what, self.hook), timed=True, apart=bool(arguments))

    def call(self, offer: Any, member: str, returns: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What a method of an offer answers. Raises as ``ask`` does."""
        what = f": {member} of the {self.kind} {offer.name}"
        timed = self.hook not in _NETWORKED and member not in _OWN_LIMITS
        apart = self.hook not in _ONE_THREAD
        function = getattr(offer, member)
        made = self._called(function, arguments, named, returns, (what, member), timed=timed, apart=apart)
        return self._streamed(made, (what, member)) if isinstance(made, Iterator) else made

    def _called(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
        returns: Any,
        what: tuple[str, str],
        *,
        timed: bool,
        apart: bool,
    ) -> Any:
        def run() -> Any:
            made = function(*arguments, **named)
            if returns in (None, type(None)):
                return None
            try:
                return conform(made, returns)
            except MismatchError as error:
                if hasattr(made, "cr_frame"):
                    made.close()  # a coroutine that nobody awaits
                raise TypeError(error.of(made)) from None

        try:
            return within(deadline() if timed else 0.0, run, apart=apart)
        except FreightError:
            raise
        except (Exception, SystemExit) as error:
            raise self.failed(what[0], error, what[1]) from error

    def _streamed(self, made: Iterator[Any], what: tuple[str, str]) -> Iterator[Any]:
        try:
            yield from made
        except FreightError:
            raise
        except (Exception, SystemExit) as error:
            raise self.failed(what[0], error, what[1]) from error


class _Guarded:
    """An offer whose methods are called through a guard. Everything else is the offer's own, its class too."""

    def __init__(self, offer: Any, guard: Guard) -> None:
        self._offer = offer
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._offer, name)

    def __repr__(self) -> str:
        return repr(self._offer)

    @property
    def __class__(self) -> type:
        return type(self._offer)

    @__class__.setter
    def __class__(self, value: type) -> None:
        raise TypeError("the class of a plugin's offer cannot be set")


def guarded(offer: Any, protocol: type, guard: Guard) -> Any:
    """``offer``, to be called in safety. Raises PluginError when it does not fit the protocol."""
    flaw = flaw_in(offer, protocol)
    if flaw is None and not offer.name:
        flaw = "has an empty name"
    if flaw is not None:
        advice = "; it is a class, and an instance of it is wanted" if isinstance(offer, type) else ""
        raise guard.error(f": the {guard.kind} {name_of(offer) or type(offer).__name__} {flaw}{advice}")
    fitting = (protocol, *(each for each in _OPTIONAL.get(protocol, ()) if flaw_in(offer, each) is None))
    return _class(fitting)(offer, guard)


def name_of(offer: object) -> str | None:
    """The name of an offer, if it has one."""
    try:
        name = getattr(offer, "name", None)
    except (Exception, SystemExit):  # noqa: BLE001 (a property of a plugin may raise anything)
        return None
    return name if isinstance(name, str) and name else None


@cache
def _class(protocols: tuple[type, ...]) -> type[_Guarded]:
    """The class of guarded offers that fit these protocols."""
    found = {member.name: member for protocol in protocols for member in members(protocol)}
    methods = {name: _method(name, member.hint) for name, member in found.items() if member.calls}
    values = {name: _attribute(name) for name, member in found.items() if not member.calls}
    return type(f"Guarded{protocols[0].__name__}", (_Guarded,), {**values, **methods})


def _method(name: str, returns: Any) -> Callable[..., Any]:
    def method(self: _Guarded, *arguments: Any, **named: Any) -> Any:
        return self._guard.call(self._offer, name, returns, arguments, named)

    method.__name__ = name
    return method


def _attribute(name: str) -> property:
    return property(lambda self: getattr(self._offer, name))
