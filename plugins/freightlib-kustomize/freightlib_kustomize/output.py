r"""What ``kustomize build`` prints, cut into manifests so that joining them again gives the same bytes.

>>> from freightlib_kustomize.output import parse
>>> text = b"apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\napiVersion: apps/v1\nkind: Deployment\n"
>>> [manifest.path for manifest in parse(text, None)]
['v1_service_web.yaml', 'apps_v1_deployment.yaml']
"""

from __future__ import annotations

import re
from typing import Final

from freightlib.plugins import Manifest, Resource, resource_of

# kustomize indents whatever is in a document, so that a line of its own is always the separator
_SEPARATOR: Final = re.compile(rb"^---\n", re.MULTILINE)
_SAFE: Final = re.compile(r"[a-z0-9._:-]")


def parse(text: bytes, namespace: str | None) -> tuple[Manifest, ...]:
    """The manifests in ``text``, in its order.

    Their paths are the file names of ``kustomize build -o DIR``, ``[group_]version_kind_name.yaml`` in lower case, with
    ``namespace_`` before them for resources of another namespace than ``namespace``: unlike kustomize's, a name does
    not change when a resource of another namespace comes or goes. Raises ManifestError for output that is no manifest.
    """
    bodies = _SEPARATOR.split(text) if text.strip() else []
    found = []
    for body in bodies:
        resource = resource_of(Manifest("kustomize's output", body))
        path = "nothing.yaml" if resource is None else _path(resource, namespace)
        found.append(Manifest(path, body, b""))
    return tuple(found)


def _path(resource: Resource, namespace: str | None) -> str:
    other = resource.namespace if resource.namespace != namespace else ""
    parts = [other, resource.group, resource.version, resource.kind, resource.name]
    return "_".join(_encoded(part) for part in parts if part) + ".yaml"


def _encoded(text: str) -> str:
    # percent-encode what is unsafe in a file name, so that no two names become one
    return "".join(
        char if _SAFE.fullmatch(char) else "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text.lower()
    )
