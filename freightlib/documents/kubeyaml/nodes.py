r"""Parses a YAML document with the positions of its nodes, to edit a few characters and keep the rest unchanged.

>>> from freightlib.documents.kubeyaml.nodes import compose
>>> node = compose("kind: A\nmetadata: {name: x}\n", document="a.yaml")
>>> node.last("metadata").start
18
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from freightlib.documents.kubeyaml.events import events
from freightlib.errors import DocumentError, ManifestError


@frozen
class Node:
    """A node of a YAML document. ``start`` and ``end`` count characters of the text; ``column`` is that of the start.

    A node has the text of a ``scalar``, the ``pairs`` of a mapping, or the ``items`` of a sequence. ``flow`` is true
    for the ``{}`` and ``[]`` forms.
    """

    start: int
    end: int
    column: int
    scalar: str | None = None
    pairs: tuple[tuple[Node, Node], ...] | None = field(default=None, repr=False)
    items: tuple[Node, ...] | None = field(default=None, repr=False)
    flow: bool = False

    def last(self, key: str) -> Node | None:
        """Return the value of a key, or ``None``. Of duplicate keys the last one wins, as in Kubernetes."""
        return next((value for name, value in reversed(self.pairs or ()) if name.scalar == key), None)


def compose(text: str, *, document: str, error: type[DocumentError] = ManifestError) -> Node | None:
    """Return the root of the only document in ``text``, or ``None`` if it is empty or uses aliases.

    The caller must first read the text with ``load_all``, which checks the limits. Raises ``error``.
    """
    stream = events(text, document, error)
    for event in stream:
        kind = type(event).__name__
        if kind == "AliasEvent":
            return None
        if kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            root = _node(event, stream)
            return None if any(type(later).__name__ == "AliasEvent" for later in stream) else root
    return None


def _node(event: Any, stream: Iterator[Any]) -> Node | None:
    kind, start = type(event).__name__, event.start_mark
    if kind == "ScalarEvent":
        return Node(start.index, event.end_mark.index, start.column, scalar=event.value)
    if kind == "AliasEvent":
        return None
    below: list[Node] = []
    for child in stream:
        if type(child).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
            flow, end = bool(event.flow_style), child.end_mark.index
            if kind == "SequenceStartEvent":
                return Node(start.index, end, start.column, items=tuple(below), flow=flow)
            pairs = tuple(zip(below[::2], below[1::2], strict=True))
            return Node(start.index, end, start.column, pairs=pairs, flow=flow)
        node = _node(child, stream)
        if node is None:
            return None
        below.append(node)
    return None
