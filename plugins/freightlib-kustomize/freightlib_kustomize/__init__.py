"""Renders Kustomize packages for freightlib: the renderer ``kustomize``.

>>> from freightlib_kustomize import Kustomize
>>> Kustomize().effective_options({"policy": "apps/shop", "envType": "test"})["wrapper"]
'apps/shop/kargo/templates/deploy'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freightlib_kustomize.renderer import Kustomize

__all__ = ["Kustomize"]


if not TYPE_CHECKING:  # the plugin is loaded by every verb, its renderer by those that render

    def __getattr__(name: str) -> Any:
        if name != "Kustomize":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from freightlib_kustomize.renderer import Kustomize

        return Kustomize
