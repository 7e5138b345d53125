r"""The transform ``common-labels``: adds labels to the metadata of every resource, and nowhere else.

>>> from freightlib.rendering.builtin.labels import labelled
>>> print(labelled(b"kind: A  # first\nmetadata:\n  name: x\n", {"team": "shop"}, document="a.yaml").decode(), end="")
kind: A  # first
metadata:
  labels:
    team: shop
  name: x

Selectors and pod templates are not changed: a label there would change what an object selects. All other bytes of a
document stay the same, except in a document whose aliases share nodes: that one is written anew with the same data.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from attrs import evolve

from freightlib.documents import kubeyaml
from freightlib.documents.emit import emit, scalar
from freightlib.documents.kubeyaml.nodes import Node, compose
from freightlib.errors import ManifestError, ProjectError
from freightlib.models import Manifest
from freightlib.plugins.contracts import Transform, TransformRequest
from freightlib.plugins.hooks import hookimpl

# Kubernetes: apimachinery/pkg/util/validation, IsQualifiedName and IsValidLabelValue
_PART: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_START: Final = re.compile(r"[ -]*")
_BOM: Final = "\ufeff"


class CommonLabels:
    """Adds labels to the metadata of every resource; an existing label gets the new value."""

    name = "common-labels"
    version = "1"

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Check the option ``labels`` (name -> value) by the rules of Kubernetes. Raises ProjectError."""
        for option in options:
            if option != "labels":
                raise _wrong(f"has no option {option!r}", "it takes labels, a mapping", option)
        labels = options.get("labels")
        if not isinstance(labels, Mapping) or not labels:
            raise _wrong("needs labels, a mapping of text", "write labels: {team: shop}", "labels")
        for name, value in labels.items():
            prefix, _, last = str(name).rpartition("/")
            if not _PART.fullmatch(last) or ("/" in str(name) and not _PREFIX.fullmatch(prefix)):
                raise _wrong(
                    f"cannot set the label {name!r}", "a name is [prefix/]name, of letters, digits, - _ .", name
                )
            if not isinstance(value, str):
                raise _wrong(f"needs text for the label {name!r}, not {value!r}", "put it in quotes", name)
            if value and not _PART.fullmatch(value):
                raise _wrong(
                    f"cannot set the label {name!r} to {value[:80]!r}",
                    "a value is at most 63 letters, digits, - _ . and begins and ends with a letter or digit",
                    name,
                )
        return {"labels": {name: labels[name] for name in sorted(labels)}}

    def transform(self, request: TransformRequest, /) -> Sequence[Manifest]:
        """Return every manifest with the labels. Raises ManifestError for one that is not YAML."""
        labels = request.options["labels"]
        return [
            evolve(manifest, data=labelled(manifest.data, labels, document=manifest.path))
            for manifest in request.manifests
        ]


def _wrong(problem: str, hint: str, name: object) -> ProjectError:
    return ProjectError(f"the transform common-labels {problem}", hint=hint, path=f"render.transforms.{name}")


def labelled(data: bytes, labels: Mapping[str, str], *, document: str) -> bytes:
    """Return one document with ``labels`` on its resource, or on each item of a list.

    A document without a resource is returned unchanged. Raises ManifestError if the document is not YAML, or if the
    metadata or labels of a resource are not a mapping.
    """
    documents = [one for one in kubeyaml.load_all(data, document=document, error=ManifestError) if one is not None]
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return data
    expected = copy.deepcopy(documents[0])
    for resource in _resources(expected):
        _label(resource, labels, document)
    if expected == documents[0]:
        return data
    text = data.decode("utf-8")
    mark = _BOM if text.startswith(_BOM) else ""
    edited = mark + _edited(text.removeprefix(_BOM), labels, document)
    if _reads(edited.encode("utf-8"), expected, document):
        return edited.encode("utf-8")
    # aliases share one object, also in a deepcopy: write them out first, so that each copy gets its own labels
    whole = json.loads(json.dumps(documents[0]))
    for resource in _resources(whole):
        _label(resource, labels, document)
    return emit(whole).encode("utf-8")


def _resources(document: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(document, dict) or not document.get("kind"):
        return
    items = document.get("items")
    if str(document["kind"]).endswith("List") and isinstance(items, list):
        for item in items:
            yield from _resources(item)
    else:
        yield document


def _label(resource: dict[str, Any], labels: Mapping[str, str], document: str) -> None:
    place = resource
    for key in ("metadata", "labels"):
        found = place.get(key)
        if found is None:
            found = place[key] = {}
        if not isinstance(found, dict):
            raise ManifestError(
                f"{document}: {key} is not a mapping, so no label can be added",
                hint=f"write {key} as a mapping of names to values",
                document=document,
            )
        place = found
    place.update(labels)


def _reads(data: bytes, expected: Any, document: str) -> bool:
    try:
        return kubeyaml.load_all(data, document=document, error=ManifestError) == [expected]
    except ManifestError:
        return False  # the edit did not fit the style of this document: the caller writes it anew


# --- in place -------------------------------------------------------------------------------------


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def _edited(text: str, labels: Mapping[str, str], document: str) -> str:
    root = compose(text, document=document)
    edits = [edit for resource in _nodes(root) for edit in _edits(text, resource, labels)] if root else []
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _nodes(node: Node) -> Iterator[Node]:
    kind, items = node.last("kind"), node.last("items")
    if kind is None or not kind.scalar:
        return
    if kind.scalar.endswith("List") and items is not None and items.items is not None:
        for item in items.items:
            yield from _nodes(item)
    else:
        yield node


def _edits(text: str, resource: Node, labels: Mapping[str, str]) -> Iterator[_Edit]:
    place = resource
    missing: list[str] = ["metadata", "labels"]
    while missing:
        found = place.last(missing[0])
        if found is None:
            yield _inserted(text, place, _nested(missing, labels))
            return
        if found.pairs is None:
            yield _Edit(found.start, found.end, " " * (found.start == found.end) + _flow(_nested(missing[1:], labels)))
            return
        place = found
        missing.pop(0)
    given = {name: place.last(name) for name in labels}
    for name, found in given.items():
        if found is not None:
            yield _Edit(found.start, found.end, json.dumps(labels[name]) if place.flow else scalar(labels[name]))
    new = {name: labels[name] for name, found in given.items() if found is None}
    if new:
        yield _inserted(text, place, new)


def _nested(keys: Sequence[str], labels: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in reversed(keys):
        labels = {key: labels}
    return labels


def _flow(values: Mapping[str, Any]) -> str:
    return json.dumps(values)


def _inserted(text: str, place: Node, values: Mapping[str, Any]) -> _Edit:
    if place.flow or not place.pairs:
        comma = ", " if place.pairs else ""
        return _Edit(place.start + 1, place.start + 1, _flow(values)[1:-1] + comma)
    first = place.pairs[0][0]
    line = text.rfind("\n", 0, first.start) + 1
    if not _START.fullmatch(text, line, first.start):
        return _Edit(0, 0, "")  # no line fits here: the caller sees that the labels are missing
    ending = "\r\n" if "\r\n" in text else "\n"
    between = ending + " " * first.column
    lines = emit(values).splitlines()
    return _Edit(first.start, first.start, "".join(each + between for each in lines))


@hookimpl
def freightlib_transforms() -> Sequence[Transform]:
    """Offer the built-in transform."""
    return [CommonLabels()]
