r"""Builds values from YAML events, by the rules of Kubernetes or as text for freightlib's own documents.

>>> from freightlib.errors import DocumentError
>>> from freightlib.documents.kubeyaml.events import MANIFEST_LIMITS
>>> read(b"a: &x [1]\nb: *x\n", "example.yaml", False, MANIFEST_LIMITS, DocumentError)
[{'a': [1], 'b': [1]}]
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

from freightlib.documents.kubeyaml.events import Limits, decode, events
from freightlib.documents.kubeyaml.scalars import Text, go_key, go_scalar
from freightlib.errors import DocumentError

_CORE: Final = "tag:yaml.org,2002:"
_WIDTH: Final = 32  # this many characters of text count as one more node
_NO_KEY: Final = object()
_MERGE: Final = object()


def read(data: bytes, document: str, text: bool, limits: Limits, error: type[DocumentError]) -> list[Any]:
    """Return all documents of a stream. See ``freightlib.documents.kubeyaml.load_all``."""
    return _Reader(document, text, limits, error).read(decode(data, document, limits, error))


class _Frame:
    """A mapping or list while it is read. In text mode, ``merged`` holds the keys from ``<<``; the own keys win."""

    __slots__ = ("anchor", "key", "line", "merged", "values", "weight")

    def __init__(self, values: Any, anchor: str | None, weight: int, line: int) -> None:
        self.values = values
        self.anchor = anchor
        self.weight = weight
        self.line = line
        self.key: Any = _NO_KEY
        self.merged: dict[Any, Any] | None = None


class _Reader:
    def __init__(self, document: str, text: bool, limits: Limits, error: type[DocumentError]) -> None:
        self.document = document
        self.text = text
        self.limits = limits
        self.error = error
        self.documents: list[Any] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.weight = 0
        self.expanded = 0

    def fail(self, line: int, problem: str, hint: str) -> DocumentError:
        return self.error(f"{self.document}:{line}: {problem}", hint=hint, document=self.document, line=line)

    def read(self, text: str) -> list[Any]:
        import yaml

        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.on_scalar,
            yaml.AliasEvent: self.on_alias,
            yaml.MappingStartEvent: self.on_mapping,
            yaml.SequenceStartEvent: self.on_sequence,
            yaml.MappingEndEvent: self.on_end,
            yaml.SequenceEndEvent: self.on_end,
            yaml.DocumentStartEvent: self.on_document,
        }
        for event in events(text, self.document, self.error):
            handler = handlers.get(event.__class__)
            if handler is not None:
                handler(event)
        return self.documents

    # --- events -----------------------------------------------------------------------------------

    def on_document(self, event: Any) -> None:
        self.anchors.clear()
        if len(self.documents) >= self.limits.documents:
            raise self.fail(event.start_mark.line + 1, f"more than {self.limits.documents} documents", "split the file")

    def on_scalar(self, event: Any) -> None:
        value, plain, tag = event.value, event.implicit[0], event.tag
        line = event.start_mark.line + 1
        self.weight += 1 + len(value) // _WIDTH
        made: Any
        if self.text:
            if tag is not None:
                raise self.no_tags(tag, line)
            made = Text(value, plain, line)
        elif tag is not None:
            made = self.tagged(value, tag, line)
        else:
            made = go_scalar(value) if plain else value
        if event.anchor is not None:
            self.anchors[event.anchor] = (made, 1 + len(value) // _WIDTH)
        if plain and value == "<<" and self.expects_key() and tag in (None, _CORE + "merge"):
            self.stack[-1].key = _MERGE
            return
        self.put(made, line)

    def on_alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self.anchors:
            raise self.fail(line, f"no anchor named {event.anchor!r} is defined before its use", "define it above")
        found = self.anchors[event.anchor]
        if found is None:
            raise self.fail(line, f"the anchor {event.anchor!r} contains itself", "write the value out")
        made, weight = found
        self.weight += weight
        self.expanded += weight
        if self.expanded > self.limits.expansion:
            raise self.fail(line, "aliases expand to far more than what is written", "write the values out")
        self.put(made, line)

    def on_mapping(self, event: Any) -> None:
        self.push({}, event)

    def on_sequence(self, event: Any) -> None:
        self.push([], event)

    def push(self, values: Any, event: Any) -> None:
        line = event.start_mark.line + 1
        if len(self.stack) >= self.limits.depth:
            raise self.fail(line, f"nested more than {self.limits.depth} deep", "flatten it")
        if self.text and event.tag is not None:
            raise self.no_tags(event.tag, line)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(values, event.anchor, self.weight, line))
        self.weight += 1

    def on_end(self, _: Any) -> None:
        frame = self.stack.pop()
        values = frame.values
        if frame.merged is not None:
            for key, value in frame.merged.items():
                values.setdefault(key, value)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (values, self.weight - frame.weight)
        self.put(values, frame.line)

    # --- placing values ---------------------------------------------------------------------------

    def expects_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].key is _NO_KEY and isinstance(self.stack[-1].values, dict)

    def put(self, value: Any, line: int) -> None:
        if not self.stack:
            self.documents.append(value)
            return
        frame = self.stack[-1]
        values = frame.values
        if isinstance(values, list):
            values.append(value)
        elif frame.key is _NO_KEY:
            frame.key = self.as_key(value, values, line)
        elif frame.key is _MERGE:
            self.merge(frame, value, line)
            frame.key = _NO_KEY
        else:
            values[frame.key] = value
            frame.key = _NO_KEY

    def as_key(self, value: Any, values: dict[Any, Any], line: int) -> str:
        key = go_key(value)
        if key is None:
            kinds = {type(None): "null", list: "a list", dict: "a mapping"}
            kind = kinds.get(type(value), "a whole number beyond 64 bits")
            raise self.fail(line, f"{kind} cannot be a key", "write the key as text, in quotes")
        if self.text and key in values:
            raise self.fail(line, f"the key {key!r} appears twice", "remove one of the two")
        return key

    def merge(self, frame: _Frame, value: Any, line: int) -> None:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise self.fail(line, "'<<' takes a mapping or a list of mappings", "quote the key if it is meant as text")
        if self.text and frame.merged is None:
            frame.merged = {}
        target = frame.values if frame.merged is None else frame.merged
        for source in reversed(sources):  # as in Go: earlier ones win
            target.update(source)

    # --- tags -------------------------------------------------------------------------------------

    def no_tags(self, tag: str, line: int) -> DocumentError:
        return self.fail(line, f"the tag {tag!r} has no meaning here", "remove it; quote the value if it is text")

    def tagged(self, value: str, tag: str, line: int) -> Any:
        """Return a tagged scalar as yaml.v2 resolves it: core tags convert the value, other tags keep the text."""
        name = tag.removeprefix(_CORE)
        if name == "binary":
            try:
                return base64.b64decode(value, validate=False).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError) as problem:
                raise self.fail(line, "!!binary does not hold base64 of UTF-8 text", "write the text out") from problem
        if name not in ("int", "float", "bool", "null"):
            return value
        made = go_scalar(value)
        if name == "float" and isinstance(made, int) and not isinstance(made, bool):
            return float(made)
        if not isinstance(made, {"int": int, "float": float, "bool": bool, "null": type(None)}[name]):
            raise self.fail(line, f"{value[:40]!r} is not of the type !!{name}", "remove the tag or correct the value")
        return made
