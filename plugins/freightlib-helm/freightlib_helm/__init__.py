"""Renders Helm charts for freightlib: the renderer ``helm-template``.

>>> from freightlib_helm import HelmTemplate
>>> HelmTemplate().effective_options({"releaseName": "shop"})["namespace"]
'default'
"""

from freightlib_helm.renderer import HelmTemplate

__all__ = ["HelmTemplate"]
