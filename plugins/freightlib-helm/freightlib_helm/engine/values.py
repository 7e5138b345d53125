"""Values as Helm builds them: files merged in order, then ``--set``, then ``--set-literal`` (Helm: pkg/cli/values).

>>> documents(b"a: 1\\r\\n---\\nb: 2\\n")
['a: 1\\n', 'b: 2\\n']
>>> merged({"a": {"b": 1.0, "c": 2.0}}, {"a": {"b": None}})
{'a': {'b': None, 'c': 2.0}}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from freightlib_helm.engine import strvals


class ValuesError(Exception):
    """Values cannot be read; the message is Helm's."""


def build(
    files: Iterable[tuple[str, bytes]], settings: Iterable[Mapping[str, Any]], to_json: Callable[[str], str]
) -> dict[str, Any]:
    """The values of ``files`` (name, contents) and ``settings`` (key, value, literal). Raises ValuesError.

    ``to_json`` is Helm's own YAML reader: one document in, JSON out. Numbers of files come back as ``float``, as
    Helm has them; an ``int`` is one that ``--set`` made.
    """
    values: dict[str, Any] = {}
    for name, data in files:
        try:
            for document in documents(data):
                values = merged(values, _read(document, to_json))
        except ValuesError as error:
            raise ValuesError(f"failed to parse {name}: {error}") from error
    plain = [setting for setting in settings if not setting["literal"]]
    literal = [setting for setting in settings if setting["literal"]]
    for flag, chosen, apply in (
        ("--set", plain, strvals.set_into),
        ("--set-literal", literal, strvals.set_literal_into),
    ):
        for setting in chosen:
            try:
                apply(f"{setting['key']}={setting['value']}", values)
            except strvals.SetError as error:
                raise ValuesError(f"failed parsing {flag} data: {error}") from None
    return values


def _read(document: str, to_json: Callable[[str], str]) -> dict[str, Any]:
    if "\0" in document:
        raise ValuesError("cannot unmarshal yaml document: control characters are not allowed")
    try:
        # Go makes a float64 of every number; an int here would lose the sign of -0
        found = json.loads(to_json(document), parse_int=float)
    except Exception as error:
        said = str(error).replace("common.Values", "map[string]interface {}")  # as the program names the type
        raise ValuesError(f"cannot unmarshal yaml document: {said}") from error
    return found if isinstance(found, dict) else {}


def documents(data: bytes) -> list[str]:
    """The YAML documents of a values file: Helm merges them all, and reads CRLF as LF (Kubernetes: YAMLReader).

    Raises ValuesError for a separator with anything but a comment behind it.
    """
    *ended, rest = data.decode("utf-8", "surrogateescape").split("\n")
    lines = [line.removesuffix("\r") for line in ended] + ([rest] if rest else [])
    found: list[str] = []
    document: list[str] = []
    for line in lines:
        if line.startswith("---"):
            behind = line[3:].strip()
            if behind and not behind.startswith("#"):
                raise ValuesError(f"error reading yaml document: invalid Yaml document separator: {behind}")
            if document:
                found.append("".join(document))
                document = []
                continue
        document.append(line + "\n")
    return [*found, "".join(document)] if document else found


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``over`` on top, maps merged key by key, everything else replaced; null stays (it deletes later)."""
    out = dict(base)
    for key, value in over.items():
        below = out.get(key)
        out[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return out


def integers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The innermost places that hold integers of ``--set``: (path of keys, number or whole list)."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from integers(item, (*path, key))
    elif _holds_integer(value):
        yield path, value


def _holds_integer(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_integer(item) for item in value)
    if isinstance(value, dict):
        return any(_holds_integer(item) for item in value.values())
    return type(value) is int
