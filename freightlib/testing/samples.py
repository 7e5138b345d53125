"""Small deploy packages of each type, and what they render to.

>>> from freightlib.testing import sample_package, sample_resources
>>> sorted(sample_package("kustomize"))[0], sample_resources("shop")[0]
('base/kustomization.yaml', 'Deployment/shop-web')
"""

from __future__ import annotations

from typing import Final

from freightlib.errors import UsageError

_WEB: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}-web
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: web
          image: ghcr.io/example/{name}:1.0
---
apiVersion: v1
kind: Service
metadata:
  name: {name}-web
spec:
  selector: {{app: {name}}}
  ports:
    - port: 80
"""
_SETTINGS: Final = """\
# settings of {name}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-settings
data:
  greeting: "grüße"
  limit: "0777"
"""


def sample_resources(name: str = "sample") -> tuple[str, ...]:
    """Return what every ``sample_package`` of this name renders to: ``Kind/name`` each."""
    return (f"Deployment/{name}-web", f"Service/{name}-web", f"ConfigMap/{name}-settings")


def sample_package(package_type: str, name: str = "sample") -> dict[str, bytes]:
    """Return a small deploy package of a type (``plain``, ``helm``, ``kustomize``): path -> contents.

    Raises UsageError for another type.
    """
    web, settings = (text.format(name=name) for text in (_WEB, _SETTINGS))
    packages = {
        "plain": {"web.yaml": web, "more/settings.yaml": settings},
        "helm": {
            "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.2.3\n",
            "values.yaml": "replicas: 2\n",
            "templates/web.yaml": web.replace("replicas: 2", "replicas: {{ .Values.replicas }}"),
            "templates/settings.yaml": settings,
        },
        "kustomize": {
            "kustomization.yaml": "resources:\n  - base\n",
            "base/kustomization.yaml": "resources:\n  - web.yaml\n  - settings.yaml\n",
            "base/web.yaml": web,
            "base/settings.yaml": settings,
        },
    }
    if package_type not in packages:
        raise UsageError(f"there is no sample of a {package_type!r} package", hint=f"use one of: {', '.join(packages)}")
    return {path: text.encode() for path, text in packages[package_type].items()}
