"""The check ``plaintext-secrets``: a rendering must not put a Secret's contents where a repository keeps them for ever.

>>> from freightlib.rendering.builtin.secrets import plaintext
>>> plaintext({"apiVersion": "v1", "kind": "Secret", "stringData": {"token": "hunter2"}, "data": {"empty": ""}})
['stringData.token']

Base64 hides nothing, so ``data`` counts as much as ``stringData``. Values that are empty do not count, nor do Secrets
that SOPS encrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from freightlib.documents import kubeyaml
from freightlib.errors import DocumentError
from freightlib.models import Finding, Manifest, Severity
from freightlib.plugins.hooks import RenderingCheck, hookimpl

CODE: Final = "plaintext-secrets"
_CURE: Final = (
    "keep it out of package and policy (an external secrets operator, sealed secrets, SOPS), or set "
    "render.checks: {plaintextSecrets: off}"
)


def plaintext(document: Any) -> list[str]:
    """The keys of a manifest that hold a Secret's contents in the clear, such as ``data.password``; those of a list's
    items too.
    """
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
    # the items of a SecretList need not say what they are
    if listed.get("kind") == "SecretList" and isinstance(item, Mapping):
        return {"apiVersion": "v1", "kind": "Secret", **item}
    return item


def _documents(manifest: Manifest) -> Iterable[Any]:
    # reading every manifest would cost more than rendering it; an escape could hide the word
    if b"Secret" not in manifest.data and b"\\" not in manifest.data and b"!!" not in manifest.data:
        return ()
    try:
        return kubeyaml.load_all(manifest.data, document=manifest.path)
    except DocumentError:
        return ()  # what cannot be read, no cluster takes either: the layouts that need to read it say so


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
                _CURE,
                {"name": name, "keys": keys},
            )


@hookimpl
def freightlib_checks() -> Sequence[str]:
    """The check's code."""
    return [CODE]


@hookimpl
def freightlib_check_rendering(request: RenderingCheck) -> Sequence[Finding]:
    """One finding for each manifest with plaintext."""
    if request.levels.get(CODE) == "off":
        return []
    return [found for manifest in request.manifests for found in _findings(manifest)]
