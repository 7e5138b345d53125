"""The plugin freightlib finds through the entry point: it offers one renderer."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.plugins import Renderer, hookimpl


@hookimpl
def freightlib_renderers() -> Iterable[Renderer]:
    """The one renderer of this plugin; what it starts lives as long as the process."""
    from freightlib_helm.renderer import HelmTemplate  # not before a renderer is asked for: publish needs none

    return [HelmTemplate()]
