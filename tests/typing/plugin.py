"""Code as a plugin author writes it: these classes fit the protocols, and one that does not is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.plugins import (
    BaseGate,
    BaseRenderer,
    Fingerprint,
    Gate,
    GateRequest,
    GateResult,
    Manifest,
    PolicyPath,
    Renderer,
    RenderRequest,
    RenderResult,
    hookimpl,
)


class Echo:
    """A renderer that hands back the package's files."""

    name = "echo"
    package_types = frozenset({"plain"})
    default_options = frozenset[str]()

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """As given."""
        return options

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """Of its own."""
        return Fingerprint("echo", "1")

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """None."""
        return ()

    def prepare(self, renders: int, /) -> None:
        """Nothing to do."""

    def render(self, request: RenderRequest, /) -> RenderResult:
        """The files."""
        return RenderResult([Manifest(path=file.path, data=file.data) for file in request.package])

    def close(self) -> None:
        """Nothing to do."""


class Short(BaseRenderer):
    """A renderer that leaves to its base what it has no need for."""

    name = "short"
    package_types = frozenset({"plain"})

    def render(self, request: RenderRequest, /) -> RenderResult:
        """Nothing at all."""
        return RenderResult(())


class Open(BaseGate):
    """A gate that leaves to its base what it has no need for."""

    name = "open"

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Always passes."""
        return GateResult(True, "open")


class Halfway:
    """Not a renderer: it cannot render."""

    name = "halfway"
    package_types = frozenset({"plain"})


class Lunch:
    """A gate that closes at noon."""

    name = "lunch"
    for_policy = True

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """As given."""
        return options

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """By the clock that it is given."""
        return GateResult(request.now.hour != 12, "it is not noon")


class Ajar:
    """Not a gate: it does not say whether it judges policy."""

    name = "ajar"


class Plugin:
    """What an entry point names."""

    @hookimpl
    def freightlib_gates(self) -> Sequence[Gate]:
        """Two gates."""
        return [Lunch(), Open()]

    @hookimpl
    def freightlib_renderers(self) -> Sequence[Renderer]:
        """Two renderers."""
        return [Echo(), Short()]


def mistakes() -> Sequence[Renderer]:
    """What mypy must refuse."""
    return [Halfway()]  # type: ignore[list-item]


def more_mistakes() -> Sequence[Gate]:
    """What mypy must refuse."""
    return [Ajar()]  # type: ignore[list-item]
