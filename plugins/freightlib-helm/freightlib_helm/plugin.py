"""The plugin freightlib finds through the entry point: it offers one renderer."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.hooks import hookimpl
from freightlib.protocols import Renderer
from freightlib_helm.renderer import HelmTemplate


@hookimpl
def freightlib_renderers() -> Iterable[Renderer]:
    """The one renderer of this plugin; what it starts lives as long as the process."""
    return [HelmTemplate()]
