r"""Reads and writes marker files: who marked a release, when and why.

>>> from freightlib.documents.mark import read_marker
>>> read_marker(b"revision: abc\nmergedAt: 2026-03-22T12:34:56Z\n", document="git-abc.yaml").when.year
2026

Written files are canonical. Files that are read may come from other tools: any key may be missing, and unknown keys are
ignored. A file that is not a YAML mapping, or has a known key that is not text, is an error.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from freightlib.documents import kubeyaml
from freightlib.documents.emit import emit
from freightlib.documents.kubeyaml import Text, is_null
from freightlib.documents.problems import Problems
from freightlib.documents.structure import kind_of
from freightlib.errors import MarkerError
from freightlib.models.mark import Marker

#: The kinds of markers. A file has the first kind whose time it holds.
KINDS: Final = ("verified", "blocked", "merged", "marked")
_TIME: Final = "TIME"
_HINT: Final = "markers are written by freight mark; correct the file, or remove it"
_LONGEST: Final = 1000


def read_marker(data: bytes, *, document: str) -> Marker:
    """Parse a marker. An empty file is a marker without facts. Raises MarkerError if the file is not a marker."""
    documents = kubeyaml.load_all(data, document=document, text=True, error=MarkerError)
    tree: Any = documents[0] if documents else {}
    problems = Problems(document, tree, MarkerError)
    if is_null(tree):
        tree = {}
    if not isinstance(tree, dict) or len(documents) > 1:
        what = f"{len(documents)} documents" if len(documents) > 1 else kind_of(tree)
        problems.add((), f"expected one mapping, not {what}", _HINT)
        problems.throw()
    texts = {key: _text(problems, tree, key) for key in ("revision", "tag", "by", "reason")}
    times = {kind: _text(problems, tree, f"{kind}At") for kind in KINDS}
    problems.stop()
    kind = next((kind for kind in KINDS if times[kind]), "marked")
    return Marker(kind, when=_time(times[kind]), **texts)


def write_marker(marker: Marker) -> bytes:
    """Return the marker in its canonical form. Its ``when`` must be set."""
    values: dict[str, Any] = {
        "revision": marker.revision,
        "tag": marker.tag,
        f"{marker.kind}At": _TIME,
        "by": marker.by,
        "reason": marker.reason,
    }
    text = emit({key: value for key, value in values.items() if value is not None})
    assert marker.when is not None  # noqa: S101 (our own caller)
    time = marker.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    # emit would quote a time, and markers have times without quotes
    return text.replace(f"At: {_TIME}\n", f"At: {time}\n", 1).encode("utf-8")


def _text(problems: Problems, tree: dict[str, Any], key: str) -> str | None:
    value = tree.get(key)
    if is_null(value):
        return None
    if not isinstance(value, Text) or len(value) > _LONGEST:
        what = f"{len(value)} characters" if isinstance(value, Text) else kind_of(value)
        problems.add((key,), f"expected a short text, not {what}", _HINT)
        return None
    return str(value)


def _time(text: str | None) -> datetime | None:
    # the time is only shown, so a marker with an unknown form of time is still valid
    if text is None or not re.match(r"\d{4}-", text, re.ASCII):
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        return None if found.tzinfo is None else found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
