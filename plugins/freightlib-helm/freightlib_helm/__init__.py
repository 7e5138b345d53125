"""Renders Helm charts for freightlib: the renderer ``helm-template``.

>>> from freightlib_helm import HelmTemplate
>>> HelmTemplate().effective_options({"releaseName": "shop"})["namespace"]
'default'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freightlib_helm.renderer import HelmTemplate

__all__ = ["HelmTemplate"]


def __getattr__(name: str) -> Any:
    # lazy: worker processes import freightlib_helm.engine and nothing of freightlib
    if name in __all__:
        from freightlib_helm.renderer import HelmTemplate

        return HelmTemplate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
