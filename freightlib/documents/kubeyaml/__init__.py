r"""Reads YAML as Kubernetes does, and as plain text where a value must not be interpreted.

>>> from freightlib.documents import kubeyaml
>>> kubeyaml.load(b"on: 0777\nsince: 2026-03-22\n", document="example.yaml")
{'true': 511, 'since': '2026-03-22'}
>>> kubeyaml.load(b"version: 1.10\n", document="example.yaml", text=True)
{'version': '1.10'}
>>> kubeyaml.split(b"a: 1\n---\nb: 2\n")
((b'', b'a: 1\n'), (b'---\n', b'b: 2\n'))

The rules for scalars are those of sigs.k8s.io/yaml (Go), which no Python loader has. They work on libyaml's event
stream. Equal anchors give one shared object: treat what is read as read-only. No other package uses PyYAML.

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
    """Every document of a YAML stream as plain values (dict with text keys, list, str, int, float, bool, None).

    ``document`` names the file in messages. With ``text`` every scalar comes as ``Text``, duplicate keys and tags are
    refused, and ``limits`` default to those of freightlib's own documents (1 MiB); without, they default to those of
    manifests (16 MiB), the last of duplicate keys wins and unknown tags are ignored, as in Kubernetes.

    Raises ``error`` (DocumentError or a subclass) with ``document`` and ``line`` for anything that is not YAML,
    not UTF-8, or beyond the limits: size, nesting, number of documents, what aliases expand to.
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
    """The one document of a YAML stream. As ``load_all``; also raises ``error`` when there is none or more than one."""
    documents = load_all(data, document=document, text=text, limits=limits, error=error)
    if len(documents) == 1:
        return documents[0]
    problem = "is empty" if not documents else f"holds {len(documents)} documents where one is expected"
    hint = "write its keys" if not documents else "remove the '---' lines inside it"
    raise error(f"{document}: {problem}", hint=hint, document=document, line=1)
