"""Integers of ``--set`` kept integers.

The C interface takes values as JSON, so Helm gets a float64 for every number, while ``--set replicas=3`` gives the
program an int64: ``eq .Values.replicas 3`` and printing from 1e6 on differ. A template that runs before all others
and prints nothing puts the integers back, in the chart and in every subchart that shares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

#: Deeper than any real template, so that Helm runs it first (it runs the deepest paths first).
PATH: Final = "templates/" + "~/" * 60 + "~.tpl"


def template(places: Iterable[tuple[tuple[str, ...], Any]]) -> str:
    """A template that sets each of ``places`` (path of keys, value) where the values hold its float form."""
    lines = []
    for path, value in places:
        lines.append(_put("$", path, value))
        if "global" in path:
            at = path.index("global")
            lines.append(_everywhere(path[:at], path[at:], value))
    return "".join(lines)


def _put(scope: str, path: tuple[str, ...], value: Any) -> str:
    # "with" at each step: a null, a disabled subchart or a schema default may have changed what is there
    *parents, name = path
    out, close, here = "", "", f"{scope}.Values"
    for number, parent in enumerate(parents):
        variable = f"$v{number}"
        out += f'{{{{- with {here} }}}}{{{{- if kindIs "map" . }}}}{{{{- {variable} := index . {_text(parent)} }}}}'
        close += "{{- end }}{{- end }}"
        here = variable
    key = _text(name)
    out += f'{{{{- with {here} }}}}{{{{- if kindIs "map" . }}}}{{{{- if hasKey . {key} }}}}'
    out += f"{{{{- $_ := set . {key} {_go(value, f'(index . {key})')} }}}}{{{{- end }}}}{{{{- end }}}}{{{{- end }}}}"
    return out + close


def _everywhere(subcharts: tuple[str, ...], path: tuple[str, ...], value: Any) -> str:
    name = _text("freightlib integers " + json.dumps([subcharts, path]))
    scope = "$"
    for subchart in subcharts:
        scope = f"(index {scope}.Subcharts {_text(subchart)})"
    body = _put("$", path, value)
    return (
        f"{{{{- define {name} }}}}{{{{- if . }}}}{body}"
        f"{{{{- range .Subcharts }}}}{{{{- template {name} . }}}}{{{{- end }}}}{{{{- end }}}}{{{{- end }}}}"
        f"{{{{- template {name} {scope} }}}}"
    )


def _go(value: Any, there: str) -> str:
    """A template expression for ``value``; what is no integer is taken from ``there``."""
    if type(value) is int:
        return f"(int64 {value})"
    if isinstance(value, list):
        return f"(list {' '.join(_go(item, f'(index {there} {index})') for index, item in enumerate(value))})"
    if isinstance(value, dict) and value:
        pairs = " ".join(f"{_text(key)} {_go(item, f'(index {there} {_text(key)})')}" for key, item in value.items())
        return f"(dict {pairs})"
    return there


def _text(text: str) -> str:
    # JSON's escapes are Go's, but for the surrogate pairs of characters beyond the first plane
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
