"""Helm's ``--set`` and ``--set-literal`` expressions, applied to values in place (Helm: pkg/strvals).

>>> values = {"web": {"ports": [80.0]}}
>>> set_into("web.ports[1]=8080,image=shop:v1", values)
>>> values
{'web': {'ports': [80.0, 8080]}, 'image': 'shop:v1'}

An ``int`` is Helm's int64; numbers of values files are Helm's float64 and are ``float`` here.
"""

from __future__ import annotations

import re
from typing import Any, Final

MAX_INDEX: Final = 65536
MAX_NESTING: Final = 30
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")


class SetError(Exception):
    """An expression cannot be read; the message is Helm's."""


class _End(Exception):  # noqa: N818 - Go's io.EOF: the expression is used up
    pass


def set_into(expression: str, values: dict[str, Any]) -> None:
    """Apply ``a.b=1,c[0]=x`` as ``--set`` does. Raises SetError."""
    _run(_Parser(expression), values)


def set_literal_into(expression: str, values: dict[str, Any]) -> None:
    """Apply ``a.b=anything`` as ``--set-literal`` does: one key, all after ``=`` is text. Raises SetError."""
    _run(_LiteralParser(expression), values)


def _run(parser: _Parser, values: dict[str, Any]) -> None:
    try:
        while True:
            parser.key(values, 0)
    except _End:
        return
    except RecursionError:
        raise SetError("unable to parse key: too deeply nested") from None


def typed(text: str) -> Any:
    """What ``--set`` makes of a value: true, false, null, an integer without leading zeros, or text."""
    word = text.casefold()
    if word in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[word]
    if text == "0":
        return 0
    if _INTEGER.fullmatch(text) and text[0] != "0" and -(2**63) <= int(text) < 2**63:
        return int(text)
    return text


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def until(self, stops: str) -> tuple[str, str]:
        """Text up to one of ``stops``, and which; ``""`` when the text ended first. A backslash takes the next."""
        found: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char in stops:
                return "".join(found), char
            if char == "\\":
                if self.at == len(self.text):
                    break
                char = self.text[self.at]
                self.at += 1
            found.append(char)
        return "".join(found), ""

    def key(self, data: dict[str, Any], depth: int) -> None:
        """Read one key with its value into ``data``. Raises _End at the end of the text."""
        name, stop = self.until(self.key_stops)
        if not stop:
            if not name:
                raise _End
            raise SetError(f'key "{name}" has no value')
        if stop == ",":
            raise SetError(f'key "{name}" has no value (cannot end with ,)')
        if stop == "=":
            self._assign(data, name)
        elif stop == "[":
            self._indexed(data, name, depth)
        else:
            self._nested(data, name, depth + 1)

    key_stops = "=[,."
    item_stops = "[.="

    def _assign(self, data: dict[str, Any], name: str) -> None:
        if self.at == len(self.text):
            _put(data, name, "")
            raise _End
        _put(data, name, self.value())

    def _indexed(self, data: dict[str, Any], name: str, depth: int) -> None:
        index = self.index()
        there = data.get(name, [])
        if not isinstance(there, list):
            raise _mismatch(there, "[]interface {}")
        try:
            there = self.item(there, index, depth)
        finally:
            _put(data, name, there)  # Helm keeps "a[0]" without a value as an empty list

    def _nested(self, data: dict[str, Any], name: str, depth: int) -> None:
        if depth > MAX_NESTING:
            raise SetError(f"value name nested level is greater than maximum supported nested level of {MAX_NESTING}")
        inner = data.get(name, {})
        if not isinstance(inner, dict):
            raise _mismatch(inner, "map[string]interface {}")
        try:
            self.key(inner, depth)
        except _End:
            if inner:
                _put(data, name, inner)
            raise
        if not inner:
            raise SetError(f'key map "{name}" has no value')
        _put(data, name, inner)

    def index(self) -> int:
        """The number up to ``]``."""
        text, stop = self.until("]")
        if not stop:
            raise _End  # Helm takes an index that never closes for the end
        if not _INTEGER.fullmatch(text):
            raise SetError(f'error parsing index: strconv.Atoi: parsing "{text}": invalid syntax')
        return int(text)

    def item(self, items: list[Any], index: int, depth: int) -> list[Any]:
        """``items`` with what follows ``[index]`` set in it."""
        if index < 0:
            raise SetError(f"negative {index} index not allowed")
        text, stop = self.until(self.item_stops)
        if text:
            raise SetError(f'unexpected data at end of array index: "{text}"')
        if not stop:
            raise _End
        if stop == "=":
            return _put_index(items, index, "" if self.at == len(self.text) else self.value())
        if stop == "[":
            after = self.index()
            below = items[index] if index < len(items) and items[index] is not None else []
            if not isinstance(below, list):
                raise _mismatch(below, "[]interface {}")
            return _put_index(items, index, self.item(below, after, depth))
        inner = items[index] if index < len(items) else {}
        if not isinstance(inner, dict):
            inner = {}
            items[index] = inner
        self.key(inner, depth)
        return _put_index(items, index, inner)

    def value(self) -> Any:
        """What stands after ``=``: a value up to ``,`` or a list in braces."""
        if self.text[self.at] != "{":
            return typed(self.until(",")[0])
        self.at += 1
        items = []
        while True:
            text, stop = self.until(",}")
            if not stop:
                raise SetError("list must terminate with '}'")
            items.append(typed(text))
            if stop == "}":
                if self.text[self.at : self.at + 1] == ",":
                    self.at += 1
                return items


class _LiteralParser(_Parser):
    key_stops = "=[."

    def until(self, stops: str) -> tuple[str, str]:
        for position in range(self.at, len(self.text)):
            if self.text[position] in stops:
                found = self.text[self.at : position]
                self.at = position + 1
                return found, self.text[position]
        found, self.at = self.text[self.at :], len(self.text)
        return found, ""

    def _assign(self, data: dict[str, Any], name: str) -> None:
        _put(data, name, self.value())  # unlike --set, nothing after = is not the end: "a.=" has no value

    def value(self) -> Any:
        found, self.at = self.text[self.at :], len(self.text)
        return found


_GO_TYPES: Final = {
    bool: "bool",
    int: "int64",
    float: "float64",
    str: "string",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


def _mismatch(value: Any, wanted: str) -> SetError:
    kind = _GO_TYPES.get(type(value), "nil")
    return SetError(f"unable to parse key: interface conversion: interface {{}} is {kind}, not {wanted}")


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    if name:
        data[name] = value


def _put_index(items: list[Any], index: int, value: Any) -> list[Any]:
    if index > MAX_INDEX:
        raise SetError(f"index of {index} is greater than maximum supported index of {MAX_INDEX}")
    items = items + [None] * (index + 1 - len(items))
    items[index] = value
    return items
