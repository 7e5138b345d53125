"""Converts text trees to shapes through cattrs, and reports every problem with its path."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from attrs import fields, has

from freightlib.documents.kubeyaml import Text, is_null
from freightlib.documents.problems import Path, Problems, did_you_mean
from freightlib.documents.shapes import (
    AppShape,
    ForgeShape,
    ImageShape,
    Named,
    OutputShape,
    PackageShape,
    ProjectShape,
    RecordShape,
    RequiresShape,
    SourceShape,
    StageShape,
    wire_name,
)

_RECORD = (ImageShape, SourceShape, RecordShape)
_SHAPES = (*_RECORD, PackageShape, OutputShape, ForgeShape, StageShape, AppShape, RequiresShape, ProjectShape)


class _WrongError(ValueError):
    """A value does not have the type of its key."""


def kind_of(value: Any) -> str:
    """Return what a value of a text tree is, in words."""
    if isinstance(value, Text):
        return "nothing" if is_null(value) else f"the text {str(value)[:60]!r}"
    return "a mapping" if isinstance(value, dict) else "a list"


@cache
def converter() -> Any:
    """Return the configured cattrs converter. cattrs is imported here, because the import takes about 15 ms."""
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, override

    made = Converter(detailed_validation=True, forbid_extra_keys=True)

    def upstream(value: Any, _: Any) -> str | list[str]:
        if isinstance(value, list):
            return made.structure(value, list[str])
        return _text(value, str)

    made.register_structure_hook(str, _text)
    made.register_structure_hook(bool, _truth)
    made.register_structure_hook_func(lambda kind: kind == Named | None, _listed)
    made.register_structure_hook_func(lambda kind: kind == str | list[str], upstream)
    made.register_structure_hook_func(
        lambda kind: kind == str | None, lambda v, _: None if is_null(v) else _text(v, str)
    )
    made.register_structure_hook_func(lambda kind: kind == dict[str, Any] | None, _options)
    made.register_structure_hook_func(
        lambda kind: kind == dict[str, str] | None,
        lambda value, _: None if is_null(value) else _named(made)(value, dict[str, str]),
    )
    # before the shapes, because their structuring functions use the hooks registered so far
    made.register_structure_hook_func(lambda kind: kind in (dict[str, AppShape], dict[str, StageShape]), _named(made))
    for shape in _SHAPES:
        names = {a.name: override(rename=wire_name(a.name)) for a in fields(shape)}
        inner = make_dict_structure_fn(shape, made, _cattrs_forbid_extra_keys=True, **names)  # type: ignore[arg-type]
        made.register_structure_hook(shape, _shaped(inner))
        made.register_structure_hook_func(_optional_of(shape), _optional(made, shape))
    return made


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, Text) or is_null(value):
        raise _WrongError(f"expected text, not {kind_of(value)}")
    return str(value)


def _options(value: Any, _: Any) -> dict[str, Any] | None:
    return None if is_null(value) else _mapping(value)


def _listed(value: Any, _: Any) -> list[dict[str, Any]] | None:
    if is_null(value):
        return None
    if not isinstance(value, list):
        raise _WrongError(f"expected a list, not {kind_of(value)}")
    return [_mapping(each) for each in value]


def _truth(value: Any, _: Any) -> bool:
    if not isinstance(value, Text) or not value.plain or value not in ("true", "false"):
        raise _WrongError(f"expected true or false, not {kind_of(value)}")
    return value == "true"


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongError(f"expected a mapping, not {kind_of(value)}")
    return value


def _shaped(inner: Any) -> Any:
    return lambda value, kind: inner(_mapping(value), kind)


def _optional_of(shape: type) -> Any:
    return lambda kind: kind == shape | None


def _optional(made: Any, shape: type) -> Any:
    return lambda value, _: None if is_null(value) else made.structure(value, shape)


def _named(made: Any) -> Any:
    from cattrs import IterableValidationError, IterableValidationNote

    def structure(value: Any, kind: Any) -> dict[str, Any]:
        found, errors = {}, []
        for name, below in _mapping(value).items():
            try:
                found[str(name)] = made.structure(below, kind.__args__[1])
            except Exception as error:  # noqa: BLE001 (cattrs gathers whatever a hook raised)
                error.add_note(IterableValidationNote("", str(name), kind))
                errors.append(error)
        if errors:
            raise IterableValidationError("", errors, kind)
        return found

    return structure


def structure(problems: Problems, tree: Any, shape: type) -> Any:
    """Return ``tree`` as ``shape``. If it is invalid, add what is wrong to ``problems`` and return ``None``."""
    from cattrs import BaseValidationError

    try:
        made = converter().structure(tree, shape)
    except (BaseValidationError, _WrongError) as error:
        _explain(problems, error, ())
        return None
    _check_rules(problems, made, ())
    return None if problems.found else made


def _explain(problems: Problems, error: Any, path: Path) -> None:
    from cattrs import BaseValidationError, ForbiddenExtraKeysError

    if isinstance(error, BaseValidationError):
        # report a misspelt key before the missing key, because it is the cause
        for below in sorted(error.exceptions, key=lambda below: isinstance(below, KeyError)):
            note = next(
                (n for n in reversed(getattr(below, "__notes__", ())) if hasattr(n, "name") or hasattr(n, "index")),
                None,
            )
            if note is None:
                _explain(problems, below, path)
                continue
            step = wire_name(note.name) if hasattr(note, "name") else note.index
            del below.__notes__[below.__notes__.index(note)]
            _explain(problems, below, (*path, step))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [wire_name(a.name) for a in fields(error.cl)]
        for extra in sorted(error.extra_fields):
            problems.add(
                (*path, str(extra)),
                f"unknown key{did_you_mean(extra, known)}",
                f"known here: {', '.join(sorted(known))}",
            )
    elif isinstance(error, KeyError):
        problems.add(path, "is missing", "add the key")
    else:
        problems.add(path, str(error), "see the documentation of this key")


def _check_rules(problems: Problems, made: Any, path: Path) -> None:
    """Check the patterns and enumerations that the shapes declare."""
    if isinstance(made, dict):
        for name, below in made.items():
            _check_rules(problems, below, (*path, name))
    if not has(type(made)):
        return
    for attribute in fields(type(made)):
        value, here = getattr(made, attribute.name), (*path, wire_name(attribute.name))
        rules = attribute.metadata.get("rules", {})
        if isinstance(value, str) and "enum" in rules and value not in rules["enum"]:
            _not_in(problems, here, value, rules["enum"])
        elif isinstance(value, str) and "pattern" in rules and not re.fullmatch(rules["pattern"], value):
            problems.add(here, f"{value[:80]!r} is not of the right form", attribute.metadata["description"])
        else:
            _check_rules(problems, value, here)


def _not_in(problems: Problems, path: Path, value: str, known: tuple[str, ...]) -> None:
    hint = f"use one of: {', '.join(known)}"
    if path[-1] == "schemaVersion":
        hint = f"this freightlib reads {', '.join(known)}: upgrade freightlib if the document is newer"
    problems.add(path, f"{value[:80]!r} is not known{did_you_mean(value, known)}", hint)
