"""Renders Kustomize packages for freightlib: the renderer ``kustomize``.

>>> from freightlib_kustomize import Kustomize
>>> Kustomize().effective_options({"policy": "apps/shop", "envType": "test"})["wrapper"]
'apps/shop/kargo/templates/deploy'
"""

from __future__ import annotations

from freightlib_kustomize.renderer import Kustomize

__all__ = ["Kustomize"]
