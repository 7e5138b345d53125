"""The plugin freightlib finds through the entry point: it offers one renderer."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.plugins import Renderer, hookimpl


@hookimpl
def freightlib_renderers() -> Iterable[Renderer]:
    """The one renderer of this plugin; it holds nothing between renders."""
    from freightlib_kustomize.renderer import Kustomize  # not before a renderer is asked for: publish needs none

    return [Kustomize()]
