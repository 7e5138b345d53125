"""A transform: rewrites manifests after a renderer made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from freightlib.models import Manifest
from freightlib.plugins.contracts.options import EffectiveOptions


@frozen
class TransformRequest:
    """Manifests between render and layout, and the transform's own effective options for this app and stage."""

    app: str
    stage: str
    manifests: tuple[Manifest, ...] = field(repr=False)
    options: Mapping[str, Any] = field(hash=False)


@runtime_checkable
class Transform(Protocol):
    """Rewrites manifests after a renderer made them, where the project file names it (``render.transforms``).

    Must be deterministic and thread-safe. ``version`` is raised whenever the same manifests and options would give
    others than before: name, version and options stand in the lock.
    """

    name: str
    version: str

    def effective_options(self, options: Mapping[str, Any], /) -> EffectiveOptions:
        """Every option with its default filled in, checked, as plain YAML values.

        Raises ProjectError naming the option (``path``) that is unknown or wrong.
        """
        ...

    def transform(self, request: TransformRequest, /) -> Sequence[Manifest]:
        """All manifests, changed or not. Raises RenderError, ManifestError."""
        ...
