"""Bases of what plugins offer: they supply the members that most leave empty.

>>> from freightlib.plugins import BaseRenderer, Manifest, RenderResult
>>> class Echo(BaseRenderer):
...     name = "echo"
...     package_types = frozenset({"plain"})
...
...     def render(self, request, /):
...         return RenderResult([Manifest(file.path, file.data) for file in request.package])
>>> Echo().fingerprint({})
Fingerprint(engine='echo', version='1')

To subclass them is not required: whatever has the members of a contract is taken.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.errors import ProjectError
from freightlib.models import Manifest, RenderResult
from freightlib.models.text import closest
from freightlib.plugins.contracts import (
    Fingerprint,
    GateRequest,
    GateResult,
    PolicyPath,
    RenderRequest,
    TransformRequest,
)


class BaseRenderer(ABC):
    """A renderer without options that reads no policy and keeps nothing: see ``contracts.Renderer``.

    ``version`` is raised whenever the same package would be rendered otherwise: it is the version of the fingerprint.
    """

    name: str
    package_types: frozenset[str]
    default_options: frozenset[str] = frozenset()
    version: str = "1"

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """The facts of ``default_options``, as given. Raises ProjectError for any other option."""
        return _only(options, self.default_options, f"the renderer {self.name}", "render.")

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:  # noqa: ARG002 (for subclasses)
        """The renderer itself, in its ``version``."""
        return Fingerprint(self.name, self.version)

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:  # noqa: ARG002
        """No policy file is read."""
        return ()

    def prepare(self, renders: int, /) -> None:  # noqa: B027 (few have anything to start)
        """Nothing has to be started."""

    @abstractmethod
    def render(self, request: RenderRequest, /) -> RenderResult:
        """See ``contracts.Renderer``."""

    def close(self) -> None:  # noqa: B027
        """Nothing was started."""


class BaseTransform(ABC):
    """A transform without options: see ``contracts.Transform``."""

    name: str
    version: str = "1"

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """No options. Raises ProjectError for any."""
        return _only(options, frozenset(), f"the transform {self.name}", "render.transforms.")

    @abstractmethod
    def transform(self, request: TransformRequest, /) -> Sequence[Manifest]:
        """See ``contracts.Transform``."""


class BaseGate(ABC):
    """A gate without options that judges releases, not changes of policy: see ``contracts.Gate``."""

    name: str
    for_policy: bool = False

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """No options. Raises ProjectError for any."""
        return _only(options, frozenset(), f"the gate {self.name}", "gates.")

    @abstractmethod
    def evaluate(self, request: GateRequest, /) -> GateResult:
        """See ``contracts.Gate``."""


def _only(options: Mapping[str, Any], known: frozenset[str], who: str, path: str) -> Mapping[str, Any]:
    for name in options:
        if name not in known:
            close = closest(name, known)
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise ProjectError(
                f"{who} has no option {name!r}",
                hint=f"did you mean {close!r}?" if close else takes,
                path=f"{path}{name}",
            )
    return dict(options)
