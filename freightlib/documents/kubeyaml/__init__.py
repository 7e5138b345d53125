r"""Reads YAML as Kubernetes does, or with every scalar as text.

>>> from freightlib.documents import kubeyaml
>>> kubeyaml.load(b"on: 0777\nsince: 2026-03-22\n", document="example.yaml")
{'true': 511, 'since': '2026-03-22'}
>>> kubeyaml.load(b"version: 1.10\n", document="example.yaml", text=True)
{'version': '1.10'}
>>> kubeyaml.split(b"a: 1\n---\nb: 2\n")
((b'', b'a: 1\n'), (b'---\n', b'b: 2\n'))

The rules for scalars are those of sigs.k8s.io/yaml (Go), which no Python loader has. They are applied to libyaml's
event stream. All aliases of an anchor are one shared object, so callers must not modify the values. No other package
imports PyYAML.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from __future__ import annotations

from typing import Any

from freightlib.documents.kubeyaml.events import DOCUMENT_LIMITS, MANIFEST_LIMITS, Limits
from freightlib.documents.kubeyaml.reader import read
from freightlib.documents.kubeyaml.scalars import Text, go_key, go_scalar, is_null
from freightlib.documents.kubeyaml.splitter import split
from freightlib.errors import DocumentError

__all__ = [
    "DOCUMENT_LIMITS",
    "MANIFEST_LIMITS",
    "Limits",
    "Text",
    "go_key",
    "go_scalar",
    "is_null",
    "load",
    "load_all",
    "split",
]


def load_all(
    data: bytes,
    *,
    document: str,
    text: bool = False,
    limits: Limits | None = None,
    error: type[DocumentError] = DocumentError,
) -> list[Any]:
    """Return every document of a YAML stream as plain values (dict with text keys, list, str, int, float, bool, None).

    ``document`` is the name of the file in messages. With ``text``, every scalar is a ``Text``, duplicate keys and tags
    are errors, and ``limits`` default to those of freightlib's own documents (1 MiB). Without ``text``, the last of
    duplicate keys wins and unknown tags are ignored, as in Kubernetes, and ``limits`` default to those of manifests
    (16 MiB).

    Raises ``error`` (DocumentError or a subclass) with ``document`` and ``line`` if the stream is not YAML, is not
    UTF-8, or exceeds the limits of size, nesting, number of documents, or expansion of aliases.
    """
    return read(data, document, text, limits or (DOCUMENT_LIMITS if text else MANIFEST_LIMITS), error)


def load(
    data: bytes,
    *,
    document: str,
    text: bool = False,
    limits: Limits | None = None,
    error: type[DocumentError] = DocumentError,
) -> Any:
    """Return the only document of a YAML stream. Like ``load_all``, but another number of documents is an error too."""
    documents = load_all(data, document=document, text=text, limits=limits, error=error)
    if len(documents) == 1:
        return documents[0]
    problem = "is empty" if not documents else f"holds {len(documents)} documents where one is expected"
    hint = "write its keys" if not documents else "remove the '---' lines inside it"
    raise error(f"{document}: {problem}", hint=hint, document=document, line=1)
