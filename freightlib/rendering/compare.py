r"""Compares two renderings of the same inputs, resource by resource and field by field.

>>> from freightlib.rendering.compare import compare_renderings
>>> from freightlib.models import Manifest
>>> text = "kind: Secret\nmetadata: {name: db}\ndata: {pin: '1'}\n"
>>> first, second = Manifest("db.yaml", text.encode()), Manifest("db.yaml", text.replace("1", "2").encode())
>>> [(each.resource, each.place, each.kind) for each in compare_renderings([first], [second])]
[('Secret db', 'data.pin', 'value')]

Documents are matched by apiVersion, kind, namespace and name, then by the file they come from. Different bytes are
always a difference, even if a cluster would read the same data.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from freightlib.documents import kubeyaml
from freightlib.errors import DocumentError
from freightlib.models import Manifest
from freightlib.plugins.contracts import Difference

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PIECES: Final = re.compile(r"[^\W_]+")
_NOTHING: Final = object()


def compare_renderings(first: Sequence[Manifest], second: Sequence[Manifest]) -> tuple[Difference, ...]:
    """Return every difference between the renderings, in the order of ``first``; empty if they are equal."""
    if tuple(first) == tuple(second):
        return ()
    before, after = [_Document(each) for each in first], [_Document(each) for each in second]
    common = Counter(first) & Counter(second)
    if len(first) == len(second) == common.total():
        return (_reordered(before, after),)
    # documents that are equal in both need no parsing
    pairs = _pairs(_without(before, common), _without(after, common))
    return tuple(each for old, new in pairs for each in _of_pair(old, new))


@frozen(eq=False)
class _Document:
    """A manifest and its data, which is parsed when it is first needed."""

    manifest: Manifest
    _read: list[Any] = field(factory=list, init=False)

    @property
    def values(self) -> Any:
        """The document's data, or ``_NOTHING`` if it is not YAML."""
        if not self._read:
            self._read.append(_values(self.manifest))
        return self._read[0]

    @property
    def identity(self) -> tuple[str, ...]:
        """apiVersion, kind, namespace and name; an empty string for each that the document lacks."""
        values = self.values
        facts = values if isinstance(values, dict) else {}
        inner = facts.get("metadata")
        metadata = inner if isinstance(inner, dict) else {}
        texts = (facts.get("apiVersion"), facts.get("kind"), metadata.get("namespace"), metadata.get("name"))
        return tuple("" if text is None else str(text) for text in texts)

    @property
    def resource(self) -> str:
        """The resource in words, such as ``Secret shop/db``."""
        _, kind, namespace, name = self.identity
        return " ".join(part for part in (kind, f"{namespace}/{name}" if namespace and name else name) if part)


def _values(manifest: Manifest) -> Any:
    try:
        documents = kubeyaml.load_all(manifest.data, document=manifest.path)
    except DocumentError:
        return _NOTHING
    return documents[0] if len(documents) == 1 else documents


def _without(documents: Iterable[_Document], common: Counter[Manifest]) -> list[_Document]:
    left = common.copy()
    kept = []
    for each in documents:
        if left[each.manifest] > 0:
            left[each.manifest] -= 1
        else:
            kept.append(each)
    return kept


def _pairs(first: list[_Document], second: list[_Document]) -> list[tuple[_Document | None, _Document | None]]:
    """Match documents by path and identity, then by identity, by path and kind, by path; the rest has no partner."""
    partner: dict[int, _Document] = {}
    left = list(second)
    for key in (_whole, _identity, _kind, _path):
        waiting: dict[Any, list[_Document]] = {}
        for each in left:
            waiting.setdefault(key(each), []).append(each)
        for number, each in enumerate(first):
            if number not in partner and (same := waiting.get(key(each))):
                partner[number] = same.pop(0)
        left = [each for group in waiting.values() for each in group]
    over = {id(each) for each in left}
    matched: list[tuple[_Document | None, _Document | None]] = [
        (each, partner.get(number)) for number, each in enumerate(first)
    ]
    return [*matched, *((None, each) for each in second if id(each) in over)]


def _whole(document: _Document) -> object:
    return document.manifest.path, document.identity


def _identity(document: _Document) -> object:
    # a document without apiVersion, kind and name matches no other
    return document.identity if any(document.identity) else id(document)


def _kind(document: _Document) -> object:
    return document.manifest.path, document.identity[:2]


def _path(document: _Document) -> object:
    return document.manifest.path


def _of_pair(old: _Document | None, new: _Document | None) -> Iterator[Difference]:
    if old is None or new is None:
        one = old or new
        assert one is not None  # noqa: S101 - a pair has at least one side
        yield Difference(one.manifest.path, one.resource, "", "added" if old is None else "missing")
        return
    about = (old.manifest.path, old.resource)
    readable = old.values is not _NOTHING and new.values is not _NOTHING
    found = list(_fields(old.values, new.values, "")) if readable else []
    for place, kind, before, after in found:
        yield Difference(*about, place, kind, before, after)
    if not found and old.manifest != new.manifest:
        before, after = (each.manifest.data.decode("utf-8", "replace") for each in (old, new))
        yield Difference(*about, "", "text", *_changed_lines(before, after))


def _changed_lines(before: str, after: str) -> tuple[str, str]:
    """Return the lines of each text from the first to the last line that differs."""
    one, other = before.split("\n"), after.split("\n")
    start = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return "\n".join(one[start : len(one) - end]), "\n".join(other[start : len(other) - end])


def _reordered(first: list[_Document], second: list[_Document]) -> Difference:
    """Return the difference for equal documents in another order; it names the first one that moved."""
    moved = next(old for old, new in zip(first, second, strict=True) if old.manifest != new.manifest)
    return Difference(moved.manifest.path, moved.resource, "", "order")


# --- inside a document ----------------------------------------------------------------------------

_Field = tuple[str, str, Any, Any]


def _fields(first: Any, second: Any, place: str) -> Iterator[_Field]:
    if isinstance(first, dict) and isinstance(second, dict):
        yield from _of_mappings(first, second, place)
    elif isinstance(first, list) and isinstance(second, list):
        yield from _of_lists(first, second, place)
    elif not _equal(first, second):
        kind = "order" if _same_pieces(first, second) else "value"
        yield place, kind, first, second


def _of_mappings(first: Mapping[str, Any], second: Mapping[str, Any], place: str) -> Iterator[_Field]:
    for key, value in first.items():
        below = f"{place}{_step(key, place)}"
        if key in second:
            yield from _fields(value, second[key], below)
        else:
            yield below, "missing", value, None
    for key, value in second.items():
        if key not in first:
            yield f"{place}{_step(key, place)}", "added", None, value


def _of_lists(first: list[Any], second: list[Any], place: str) -> Iterator[_Field]:
    if len(first) == len(second):
        found = [
            each
            for number, pair in enumerate(zip(first, second, strict=True))
            for each in _fields(*pair, f"{place}[{number}]")
        ]
        reordered = len(first) > 1 and found and Counter(map(_canonical, first)) == Counter(map(_canonical, second))
        yield from [(place, "order", first, second)] if reordered else found
        return
    shorter = min(len(first), len(second))
    for number in range(shorter):
        yield from _fields(first[number], second[number], f"{place}[{number}]")
    for number in range(shorter, max(len(first), len(second))):
        longer, kind = (first, "missing") if len(first) > len(second) else (second, "added")
        sides = (longer[number], None) if kind == "missing" else (None, longer[number])
        yield f"{place}[{number}]", kind, *sides


def _step(key: str, place: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}" if place else key
    return f"[{json.dumps(key)}]"


def _equal(first: Any, second: Any) -> bool:
    # in Python 1 == 1.0 == True, and NaN is not equal to itself
    return type(first) is type(second) and (first == second or (first != first and second != second))  # noqa: PLR0124


def _same_pieces(first: Any, second: Any) -> bool:
    if not isinstance(first, str) or not isinstance(second, str) or len(first) != len(second):
        return False
    one, other = _PIECES.findall(first), _PIECES.findall(second)
    return len(one) > 1 and one != other and sorted(one) == sorted(other)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
