"""The check ``plaintext-secrets``: finds the contents of a Secret, because a git history would keep them for ever.

>>> from freightlib.rendering.builtin.secrets import plaintext
>>> plaintext({"apiVersion": "v1", "kind": "Secret", "stringData": {"token": "hunter2"}, "data": {"empty": ""}})
['stringData.token']

``data`` is checked like ``stringData``, because base64 hides nothing. Empty values and values that SOPS encrypted are
not reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from freightlib.documents import kubeyaml
from freightlib.errors import DocumentError
from freightlib.models import Finding, Manifest, Severity
from freightlib.plugins.hooks import RenderingCheck, hookimpl

CODE: Final = "plaintext-secrets"
_REMEDY: Final = (
    "keep it out of package and policy (an external secrets operator, sealed secrets, SOPS), or set "
    "render.checks: {plaintextSecrets: off}"
)


def plaintext(document: Any) -> list[str]:
    """Return the keys that hold a Secret in plain text, such as ``data.password``, also in the items of a list."""
    if not isinstance(document, Mapping):
        return []
    items = document.get("items")
    if isinstance(items, list):
        return [key for item in items for key in plaintext(_item(document, item))]
    if document.get("kind") != "Secret" or document.get("apiVersion") != "v1":
        return []
    return [
        f"{part}.{key}"
        for part in ("data", "stringData")
        for key, value in (document[part].items() if isinstance(document.get(part), Mapping) else ())
        if value not in (None, "") and not (document.get("sops") and str(value).startswith("ENC["))
    ]


def _item(listed: Mapping[str, Any], item: Any) -> Any:
    # the items of a SecretList need no apiVersion and kind
    if listed.get("kind") == "SecretList" and isinstance(item, Mapping):
        return {"apiVersion": "v1", "kind": "Secret", **item}
    return item


def _documents(manifest: Manifest) -> Iterable[Any]:
    # parsing every manifest costs more than rendering it, so look for the word first; an escape or a tag could hide it
    if b"Secret" not in manifest.data and b"\\" not in manifest.data and b"!!" not in manifest.data:
        return ()
    try:
        return kubeyaml.load_all(manifest.data, document=manifest.path)
    except DocumentError:
        return ()  # no cluster accepts what cannot be read, and the layouts that parse manifests report it


def _findings(manifest: Manifest) -> Iterator[Finding]:
    for document in _documents(manifest):
        keys = plaintext(document)
        if keys:
            metadata = document.get("metadata")
            name = str(metadata.get("name", "")) if isinstance(metadata, Mapping) else ""
            yield Finding(
                CODE,
                Severity.WARNING,
                manifest.path,
                f"the {document['kind']} {name!r} holds {', '.join(keys)} in the clear",
                _REMEDY,
                {"name": name, "keys": keys},
            )


@hookimpl
def freightlib_checks() -> Sequence[str]:
    """Return the code of this check."""
    return [CODE]


@hookimpl
def freightlib_check_rendering(request: RenderingCheck) -> Sequence[Finding]:
    """Return one finding for each document with a plain-text Secret."""
    if request.levels.get(CODE) == "off":
        return []
    return [found for manifest in request.manifests for found in _findings(manifest)]
