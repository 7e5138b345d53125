r"""A YAML document with the places of its nodes, to change a few characters of it and leave the rest.

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
    """A node: ``start`` and ``end`` in characters of the text, ``column`` of its start; the text of a scalar, the
    ``pairs`` of a mapping or the ``items`` of a sequence; ``flow`` for the ``{}`` and ``[]`` forms.
    """

    start: int
    end: int
    column: int
    scalar: str | None = None
    pairs: tuple[tuple[Node, Node], ...] | None = field(default=None, repr=False)
    items: tuple[Node, ...] | None = field(default=None, repr=False)
    flow: bool = False

    def last(self, key: str) -> Node | None:
        """The value of a key; of its last one, where there are several, as Kubernetes reads it."""
        return next((value for name, value in reversed(self.pairs or ()) if name.scalar == key), None)


def compose(text: str, *, document: str, error: type[DocumentError] = ManifestError) -> Node | None:
    """The root of the one document in ``text``; ``None`` when there is none or an alias makes nodes shared.

    The text must have been read before (``load_all``), which holds it within the limits. Raises ``error``.
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
