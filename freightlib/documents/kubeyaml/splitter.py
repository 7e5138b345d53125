r"""Splits a YAML stream into its documents without losing a byte.

>>> from freightlib.documents.kubeyaml.splitter import split
>>> split(b"# top\n--- # one\na: 1\n...\n---\nb: 2")
((b'# top\n--- ', b'# one\na: 1\n...\n'), (b'---\n', b'b: 2'))
"""

from __future__ import annotations

from typing import Any, Final

from freightlib.documents.kubeyaml.events import BOM, MANIFEST_LIMITS, Limits, decode, events
from freightlib.errors import DocumentError

_BLANKS: Final = " \t"


def split(
    data: bytes,
    *,
    document: str = "input",
    limits: Limits = MANIFEST_LIMITS,
    error: type[DocumentError] = DocumentError,
) -> tuple[tuple[bytes, bytes], ...]:
    """Return the documents of a stream as (separator, body) pairs. Joined, they give ``data`` exactly.

    A separator is everything up to and including the ``---`` line (or only the ``---`` if content follows on the same
    line). It is empty for a first document without one. Comments before a separator belong to the document above them.
    There is always at least one pair. Raises ``error`` as ``load_all`` does.
    """
    import yaml

    text = decode(data, document, limits, error)
    starts: list[tuple[int, int]] = []
    start_event: Any = yaml.DocumentStartEvent
    for event in events(text, document, error):
        if event.__class__ is start_event:
            begin, end = event.start_mark.index, event.end_mark.index
            starts.append((begin, _after(text, end) if event.explicit else begin))
    if not starts:
        return ((b"", data),)
    # text before the first document belongs to its separator if it has one, else to its body
    starts[0] = (0, starts[0][1] if text[starts[0][0] :].startswith(("---", "%")) else 0)
    ends = [start for start, _ in starts[1:]] + [len(text)]
    pairs = [
        (text[start:body].encode("utf-8"), text[body:end].encode("utf-8"))
        for (start, body), end in zip(starts, ends, strict=True)
    ]
    if data.startswith(BOM):
        first = pairs[0]
        pairs[0] = (BOM + first[0], first[1]) if first[0] else (b"", BOM + first[1])
    return tuple(pairs)


def _after(text: str, position: int) -> int:
    """Return the position after the blanks and the line end that follow ``---``, or after the blanks only."""
    while text[position : position + 1] in _BLANKS and position < len(text):
        position += 1
    if text.startswith("\r\n", position):
        return position + 2
    return position + 1 if text[position : position + 1] in ("\n", "\r") else position
