"""Writes plain values as YAML in one canonical form: equal values give equal bytes.

>>> from freightlib.documents.emit import emit
>>> print(emit({"revision": "0cc4", "number": "1.10", "files": [{"path": "a"}], "none": None}), end="")
revision: 0cc4
number: '1.10'
files:
- path: a
none: null

Text is quoted only if some YAML reader (Go's rules, YAML 1.1, YAML 1.2) would not read it as text. This module does not
use ruamel.yaml, because that is about fifty times slower and a promotion writes a lock for each stage. A test reads the
output with ruamel.yaml and with our own reader.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from freightlib.errors import DocumentError

_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Characters without a special meaning in YAML; a colon only inside a word, and single blanks between words.
PLAIN: Final = r"[A-Za-z0-9_/](?:[A-Za-z0-9_./@+()=,\-]|:(?=[A-Za-z0-9_./@])| (?=[A-Za-z0-9_./(]))*"
_PLAIN: Final = re.compile(PLAIN)
_NUMBER: Final = re.compile(
    r"[0-9][0-9_,.:]*(?:[eE][-+]?[0-9_]*)?|0[xXoObB][0-9a-fA-F_]*|[0-9]{4}-[0-9]{1,2}-[0-9].*|_[0-9_.eE+-]*"
)
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]")


def scalar(value: str) -> str:
    """Return text as a YAML scalar. Raises DocumentError for text that no YAML document can hold (lone surrogates)."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not _NUMBER.fullmatch(value):
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return _ESCAPED.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:
        raise DocumentError("text that is not valid Unicode cannot be written", hint="correct the name or value")
    return f"\\u{code:04x}"


def emit(values: Mapping[str, Any]) -> str:
    """Return a mapping as a block of YAML, keys in the given order.

    Values may be dict, list, tuple, str, int, float, bool and None. Raises DocumentError for any other type, for a key
    that is not text, and for nesting that is too deep to be read again.
    """
    lines: list[str] = []
    _mapping(values, "", lines, 0)
    return "\n".join(lines) + "\n" if lines else "{}\n"


def _mapping(values: Mapping[str, Any], indent: str, lines: list[str], depth: int) -> None:
    if depth > 90:
        raise DocumentError("values nest too deeply to be written", hint="flatten them")
    for key, value in values.items():
        if not isinstance(key, str):
            raise DocumentError(f"the key {key!r} is not text", hint="use text for keys")
        start = f"{indent}{scalar(key)}:"
        kind = value.__class__
        if kind is str:
            lines.append(f"{start} {scalar(value)}")
        elif value and isinstance(value, Mapping):
            lines.append(start)
            _mapping(value, indent + "  ", lines, depth + 1)
        elif value and isinstance(value, (list, tuple)):
            lines.append(start)
            _sequence(value, indent, lines, depth + 1)
        else:
            lines.append(f"{start} {_leaf(value)}")


def _sequence(values: Sequence[Any], indent: str, lines: list[str], depth: int) -> None:
    if depth > 90:
        raise DocumentError("values nest too deeply to be written", hint="flatten them")
    for value in values:
        if value and isinstance(value, (Mapping, list, tuple)):
            first = len(lines)
            if isinstance(value, Mapping):
                _mapping(value, indent + "  ", lines, depth + 1)
            else:
                _sequence(value, indent + "  ", lines, depth + 1)
            lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"
        else:
            lines.append(f"{indent}- {_leaf(value)}")


def _leaf(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return scalar(str(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, (Mapping, list, tuple)):
        return "{}" if isinstance(value, Mapping) else "[]"
    raise DocumentError(
        f"a value of the type {type(value).__name__} cannot be written as YAML",
        hint="use text, numbers, lists, mappings",
    )


def float_text(value: float) -> str:
    """Return a float in a form that every YAML reader understands: with a point, and a sign in the exponent."""
    if math.isnan(value) or math.isinf(value):
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    text = repr(value)
    # YAML 1.1 needs a point before the exponent and a sign in it
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent if exponent[0] in '+-' else '+' + exponent}"
