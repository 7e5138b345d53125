"""Reads the key ``render`` of an app or a stage."""

from __future__ import annotations

from typing import Any

from freightlib.documents.problems import Path, Problems, did_you_mean, resolve
from freightlib.documents.shapes import LAYOUT_NAMES
from freightlib.models import RenderSpec
from freightlib.models.project import CHECK_LEVELS, TWICE


def read_render(problems: Problems, path: Path, given: dict[str, Any] | None) -> RenderSpec:
    """Return the render spec in ``given``. What is wrong is added to ``problems``."""
    values = resolve(given or {})
    named: dict[str, str | None] = {}
    for key in ("renderer", "layout"):
        value = values.pop(key, None)
        if value is not None and not isinstance(value, str):
            problems.add((*path, key), f"expected text, not {value!r}", "write its name")
            value = None
        named[key] = value
    layout = named["layout"]
    if layout is not None and layout not in LAYOUT_NAMES:
        words = did_you_mean(layout, LAYOUT_NAMES)
        problems.add((*path, "layout"), f"no layout named {layout!r}{words}", f"use one of: {', '.join(LAYOUT_NAMES)}")
    transforms = _transforms(problems, (*path, "transforms"), values.pop("transforms", None))
    checks = _checks(problems, (*path, "checks"), values.pop("checks", None))
    twice = _twice(problems, (*path, "renderTwice"), values.pop("renderTwice", None))
    return RenderSpec(named["renderer"], layout, values, transforms, checks, twice)


def _twice(problems: Problems, path: Path, given: Any) -> str | None:
    if given in TWICE:
        return str(given)
    if given is not None:
        problems.add(path, f"{given!r} is not a value of renderTwice", f"use one of: {', '.join(TWICE)}")
    return None


def _transforms(problems: Problems, path: Path, given: Any) -> tuple[dict[str, Any], ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        problems.add(path, f"expected a list, not {given!r}", "write a list of mappings, each with a name")
        return None
    for index, each in enumerate(given):
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            problems.add((*path, index), "expected a mapping with a name", "write - {name: common-labels, ...}")
            return None
    return tuple(given)


def _checks(problems: Problems, path: Path, given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        problems.add(path, f"expected a mapping, not {given!r}", "write what each check does: plaintextSecrets: refuse")
        return None
    levels: dict[str, str] = {}
    for name, level in given.items():
        # in YAML 1.1 the word off is a boolean
        chosen = "off" if level is False else level
        if chosen not in CHECK_LEVELS:
            problems.add((*path, name), f"{level!r} is not a level", f"use one of: {', '.join(CHECK_LEVELS)}")
        else:
            levels[name] = chosen
    return levels
