"""A chart as it would render at another time: every ``now`` in its templates is 400 days, 5 hours and more later.

>>> from freightlib_helm.again.clock import later_text
>>> later_text('{{ now | date "2006" }} {{ "now" }} {{ .now }} now')
'{{ (dateModify `9605h7m11s` now) | date "2006" }} {{ "now" }} {{ .now }} now'

No process can be given another clock without privileges (Go reads it past the C library, and time namespaces leave the
wall clock alone), and a pause would show seconds but not days. So the call itself is moved. The amount changes
the year, the month, the day, the weekday, the hour, the minute and the second.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from freightlib_helm.again.archives import unpacked
from freightlib_helm.again.lexer import actions
from freightlib_helm.again.sources import is_template
from freightlib_helm.chart import Chart, pack

#: In backquotes: a text of Go's that needs no escape wherever it stands.
LATER: Final = "(dateModify `9605h7m11s` now)"


def later(chart: Chart) -> Chart | None:
    """The chart with its clock moved; ``None`` for one that does not ask what time it is."""
    if not any(b"now" in data or path.endswith(".tgz") for path, data in chart.files):
        return None
    before = unpacked(chart.files)
    files = [(path, _moved(path, data)) for path, data in before]
    if files == before:
        return None
    return evolve(chart, files=tuple(files), archive=pack(files))


def _moved(path: str, data: bytes) -> bytes:
    if b"now" not in data or not is_template(path):
        return data
    return later_text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def later_text(text: str) -> str:
    """A template's text with every call of ``now`` moved."""
    parts, at = [], 0
    for action in actions(text):
        for word in action.words:
            if word.kind == "name" and word.text == "now":
                parts += [text[at : word.start], LATER]
                at = word.start + len("now")
    return "".join((*parts, text[at:]))
