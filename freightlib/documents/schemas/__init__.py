"""Generates the JSON Schemas of freightlib's documents from their shapes.

>>> from freightlib.documents.schemas import generate
>>> generate("freight")["properties"]["packageType"]["enum"]
['helm', 'kustomize', 'plain']

``python -m freightlib.documents.schemas`` writes the files that ship with the package.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from __future__ import annotations

import json
from importlib import resources
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

from freightlib.documents.shapes import LAYOUT_NAMES, NAME, Named, ProjectShape, RecordShape, wire_name
from freightlib.errors import UsageError
from freightlib.models.project import CHECK_LEVELS, TWICE

SHAPES: Final[dict[str, type]] = {"freight": RecordShape, "freightlib": ProjectShape}
#: The shapes with unknown keys allowed. The record keeps unknown keys; elsewhere they are errors.
_OPEN: Final = frozenset({"RecordShape", "ImageShape", "SourceShape"})


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``freight`` (freight.yaml) or ``freightlib`` (freightlib.yaml).

    Raises UsageError for any other name.
    """
    _known(name)
    text = resources.files("freightlib.documents.schemas").joinpath(file_name(name)).read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def file_name(name: str) -> str:
    """Return the schema's file name."""
    return f"{name}.v1.schema.json"


def generate(name: str) -> dict[str, Any]:
    """Generate the JSON Schema of a document from its shape. Raises UsageError for an unknown name."""
    shape = _known(name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name}.yaml",
        **_of_shape(shape),
    }


def _known(name: str) -> type:
    if name not in SHAPES:
        raise UsageError(f"there is no schema named {name!r}", hint=f"use one of: {', '.join(SHAPES)}")
    return SHAPES[name]


def _of_shape(shape: type) -> dict[str, Any]:
    kinds = get_type_hints(shape)
    made: dict[str, Any] = {
        "type": "object",
        "description": shape.__doc__,
        "properties": {
            wire_name(attribute.name): {
                "description": attribute.metadata["description"],
                **_with_rules(_of_kind(kinds[attribute.name]), attribute.metadata["rules"]),
            }
            for attribute in fields(shape)
        },
        "required": [wire_name(attribute.name) for attribute in fields(shape) if attribute.default is NOTHING],
    }
    if shape.__name__ not in _OPEN:
        made["additionalProperties"] = False
    return made


def _of_kind(kind: Any) -> dict[str, Any]:
    if has(kind):
        return {key: value for key, value in _of_shape(kind).items() if key != "description"}
    if kind in (str, bool):
        return {"type": "string" if kind is str else "boolean"}
    if get_origin(kind) is UnionType:
        options = [_of_kind(option) for option in get_args(kind) if option is not NoneType]
        if NoneType in get_args(kind):
            options.append({"type": "null"})
        return options[0] if len(options) == 1 else {"anyOf": options}
    return _of_list(kind) if get_origin(kind) is list else _of_mapping(get_args(kind)[1])


def _of_mapping(below: Any) -> dict[str, Any]:
    if below is Any:
        named = {
            "renderer": {"description": "The renderer's name.", "type": ["string", "null"]},
            "layout": {"description": "How manifests become files.", "enum": [*LAYOUT_NAMES, None]},
            "transforms": {
                "description": "The transforms of the rendered manifests, in order: each a name and its options.",
                "type": ["array", "null"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            },
            "checks": {
                "description": "The levels of findings about a rendering: finding -> off, warn or refuse.",
                "type": ["object", "null"],
                "additionalProperties": {"enum": [*CHECK_LEVELS, False]},
            },
            "renderTwice": {
                "description": "When to render twice and compare; default: suspected.",
                "enum": [*TWICE, None],
            },
        }
        return {"type": "object", "properties": named}
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": _of_kind(below),
        "minProperties": 1,
    }


def _of_list(kind: Any) -> dict[str, Any]:
    if kind == Named:
        item = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        return {"type": "array", "items": item}
    return {"type": "array", "items": _of_kind(get_args(kind)[0]), "minItems": 1, "uniqueItems": True}


def _with_rules(made: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in made and rules:
        return {
            "anyOf": [
                _with_rules(option, rules) if option.get("type") == "string" else option for option in made["anyOf"]
            ]
        }
    if "enum" in rules:
        made = {"enum": list(rules["enum"])}
    if "pattern" in rules:
        made = {**made, "pattern": f"^{rules['pattern']}$"}
    return made


def text(name: str) -> str:
    """Return the text of the schema file."""
    return json.dumps(generate(name), indent=2, ensure_ascii=False) + "\n"
