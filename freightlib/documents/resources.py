"""Reads which Kubernetes resource a manifest is: its API version, kind, namespace and name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from freightlib.documents import kubeyaml
from freightlib.errors import ManifestError
from freightlib.models import Manifest

_ENDS_AT_ONCE: Final = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*\.\.\.(?:\s|$)")


@frozen
class Resource:
    """The identity of a resource: API ``group`` (empty for the core group), ``version``, ``kind``, namespace and name.

    ``namespace`` and ``name`` are empty if the manifest has none. ``generated`` is true if ``name`` is only the prefix
    from ``generateName``.
    """

    group: str
    version: str
    kind: str
    namespace: str
    name: str
    generated: bool = False


def resource_of(manifest: Manifest) -> Resource | None:
    """Return which resource a manifest is, or ``None`` if it contains only comments.

    Raises ManifestError if it is not YAML, or not one mapping.
    """
    documents = [document for document in _values(manifest.path, manifest.data) if document is not None]
    if not documents:
        return None
    document = documents[0]
    if len(documents) > 1 or not isinstance(document, dict):
        problem = f"holds {len(documents)} documents" if len(documents) > 1 else "is not a mapping"
        raise ManifestError(
            f"{manifest.path}: a manifest {problem}",
            hint="a manifest is one mapping with apiVersion, kind and metadata",
            document=manifest.path,
        )
    return _resource(document)


def _values(path: str, data: bytes) -> list[Any]:
    # an empty document that ends with '...' is valid only after '---'
    start = b"---\n" if _ENDS_AT_ONCE.match(data) else b""
    return kubeyaml.load_all(start + data, document=path, error=ManifestError)


def _resource(document: Mapping[str, Any]) -> Resource:
    group, _, version = _text(document.get("apiVersion")).rpartition("/")
    metadata = document.get("metadata")
    facts: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    name, prefix = _text(facts.get("name")), _text(facts.get("generateName"))
    return Resource(
        group=group,
        version=version,
        kind=_text(document.get("kind")),
        namespace=_text(facts.get("namespace")),
        name=name or prefix,
        generated=not name and bool(prefix),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(kubeyaml.go_key(value) or "")
