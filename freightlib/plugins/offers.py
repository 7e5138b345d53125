"""What plugins offer through one hook: what is taken, and what is left out and why. And what they answer to one.

>>> from freightlib.plugins.offers import Offers
>>> from freightlib.plugins.plugin import Plugin
>>> offers = Offers()
>>> offers.take("freightlib_gates", "soak", object(), Plugin("gates", "freightlib", "1", built_in=True))
>>> offers.take("freightlib_gates", "soak", object(), Plugin("acme", "freightlib-acme", "1.2"))
>>> offers.errors[0][0].message
"freightlib-acme and freightlib both offer 'soak': that of freightlib is used"
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import field, frozen

from freightlib.errors import FreightError, PluginError
from freightlib.plugins.hooks import Specs
from freightlib.plugins.plugin import Plugin

#: Names with what was offered, or with what is wrong with it.
Offered: typing.TypeAlias = Sequence[tuple[str | None, Any]]
_CODES: Final = "freightlib_checks"


@frozen
class Answer:
    """What one plugin answered to a hook: ``value``, or the ``error`` that it failed with."""

    plugin: Plugin
    value: Any = None
    error: FreightError | None = None

    @property
    def problem(self) -> str:
        """What went wrong, with the type of the exception: ``KeyError: 'shop'``."""
        error = self.error
        return "" if error is None else error.data.get("problem") or f"{type(error).__name__}: {error.message}"


@frozen
class Offers:
    """What came in through one hook: ``taken`` by name with its plugin, ``refused`` by name, and all ``errors``."""

    taken: dict[str, tuple[Any, Plugin]] = field(factory=dict)
    refused: dict[str, PluginError] = field(factory=dict)
    errors: list[tuple[PluginError, Plugin]] = field(factory=list)

    def take(self, hook: str, name: str | None, offer: Any, owner: Plugin) -> None:
        """Add an offer, unless it is an error. Of two with one name a built-in one stays, else neither."""
        if isinstance(offer, PluginError):
            self._refuse(offer, owner, name)
        elif name is None or (hook == _CODES and name in self.taken):
            return  # two checks may find the same
        elif name not in self.taken:
            if name not in self.refused or self.refused[name].data.get("hook"):
                self.taken[name] = (offer, owner)
        else:
            other = self.taken[name][1]
            self._refuse(_clash(name, owner, other), owner, None if other.built_in else name)
            if not other.built_in:
                del self.taken[name]

    def _refuse(self, error: PluginError, owner: Plugin, name: str | None) -> None:
        self.errors.append((error, owner))
        if name is not None:
            self.refused[name] = error


def _clash(name: str, owner: Plugin, other: Plugin) -> PluginError:
    kept = f": that of {other.distribution} is used" if other.built_in else ""
    return PluginError(
        f"{owner.distribution} and {other.distribution} both offer {name!r}{kept}",
        hint=f"uninstall one of them: pip uninstall {owner.distribution}",
        plugin=name,
        distribution=owner.distribution,
    )


def ask(hook: str, function: Any, owner: Plugin) -> Offered:
    """What a plugin offers through ``hook``, each offer held against its protocol."""
    if owner.built_in:
        return [(one if hook == _CODES else one.name, one) for one in function()]
    from freightlib.plugins.guard import Guard, guarded, name_of

    guard = Guard(owner, hook)
    wanted = item_of(hook)
    try:
        listed = guard.ask(function, Iterable[str] if wanted is str else Iterable[Any])
    except FreightError as error:
        return [(None, error if "hook" in error.data else guard.failed(f" of {owner.distribution}", error, hook))]
    if wanted is str:
        return [(code, code) for code in listed]
    found: list[tuple[str | None, Any]] = []
    for offer in listed:
        try:
            made = guarded(offer, wanted, guard)
            found.append((made.name, made))
        except PluginError as error:
            found.append((name_of(offer), error))
    return found


def item_of(hook: str) -> Any:
    """The protocol of what a hook offers, from the hook's own annotation."""
    returns = typing.get_type_hints(getattr(Specs, hook))["return"]
    return typing.get_args(returns)[0]
