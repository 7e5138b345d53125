"""The options of ``helm-template``: checked, defaults filled in, as plain YAML values in one order.

>>> from freightlib_helm.options import effective
>>> effective({"releaseName": "shop", "setValues": {"image": "shop:v1"}})["setValues"]
[{'key': 'image', 'value': 'shop:v1', 'literal': False}]

Names and meanings are those of Kargo's ``helm-template`` step and of Helm's flags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from freightlib.plugins import ProjectError, closest, path_problem

_API_VERSION: Final = re.compile(r"[A-Za-z0-9./-]+")
ENGINES: Final = ("auto", "sdk", "program")


def effective(options: Mapping[str, Any]) -> dict[str, Any]:
    """Every option by name, in a fixed order. Raises ProjectError naming the option that is unknown or wrong."""
    for name in options:
        if name not in _READERS:
            close = closest(str(name), _READERS)
            raise _wrong(
                str(name),
                f"helm-template has no option {name!r}",
                f"did you mean {close!r}?" if close else f"it has: {', '.join(_READERS)}",
            )
    return {name: read(name, options.get(name)) for name, read in _READERS.items()}


def _wrong(name: str, message: str, hint: str) -> ProjectError:
    return ProjectError(message, hint=hint, path=f"render.{name}")


def _release(name: str, value: Any) -> str:
    if value is None:
        raise _wrong(name, "helm-template needs a releaseName", 'write releaseName: "{deployment}" under render')
    return _text(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(name, f"{name} is {value!r:.80}, not a text", f"write {name}: as a text that is not empty")
    return value


def _default_text(default: str) -> Callable[[str, Any], str]:
    return lambda name, value: default if value is None else _text(name, value)


def _optional_text(name: str, value: Any) -> str | None:
    return None if value is None else _text(name, value)


def _flag(name: str, value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _wrong(name, f"{name} is {value!r:.80}, not true or false", f"write {name}: true, or leave it out")
    return value


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise _wrong(name, f"{name} is {value!r:.80}, not a list", f"write {name}: as a list of texts")
    return [_text(f"{name}[{index}]", item) for index, item in enumerate(value)]


def _paths(name: str, value: Any) -> list[str]:
    paths = _texts(name, value)
    for index, path in enumerate(paths):
        if path_problem(path):
            raise _wrong(
                f"{name}[{index}]",
                f"the values file {path!r} is not a plain path in the repository",
                "write it from the repository's root, with / between names and no . or ..",
            )
    return paths


def _api_versions(name: str, value: Any) -> list[str]:
    versions = _texts(name, value)
    for index, version in enumerate(versions):
        if not _API_VERSION.fullmatch(version):  # helm would cut it at commas
            raise _wrong(
                f"{name}[{index}]",
                f"{version!r:.80} is not an API version",
                "write it as group/version or group/version/Kind",
            )
    return versions


def _engine(name: str, value: Any) -> str:
    if value is None:
        return "auto"
    if value not in ENGINES:
        raise _wrong(name, f"{value!r:.80} is not an engine", f"use one of: {', '.join(ENGINES)}")
    return str(value)


def _set_values(name: str, value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        value = [{"key": key, "value": item} for key, item in value.items()]
    if not isinstance(value, list | tuple):
        raise _wrong(
            name, f"{name} is {value!r:.80}", "write it as {key: value}, or as a list of {key, value, literal}"
        )
    return [_set_value(f"{name}[{index}]", item) for index, item in enumerate(value)]


def _set_value(name: str, item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping) or not {"key", "value"} <= item.keys() <= {"key", "value", "literal"}:
        raise _wrong(name, f"{name} is not {{key, value, literal}}", "give each entry a key and a value")
    key = _text(f"{name}.key", item["key"])
    return {
        "key": key,
        "value": _scalar(f"{name}.value", item["value"]),
        "literal": _flag(f"{name}.literal", item.get("literal")),
    }


def _scalar(name: str, value: Any) -> str:
    # what a person would type after "--set key=": YAML's true, null and 3 are Helm's true, null and 3
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str) or "\0" in value:
        raise _wrong(name, f"{name} is {value!r:.80}, not a single value", "give one text, number, true, false or null")
    return value


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "releaseName": _release,
    "namespace": _default_text("default"),
    "valuesFiles": _paths,
    "ignoreMissingValueFiles": _flag,
    "setValues": _set_values,
    "includeCRDs": _flag,
    "disableHooks": _flag,
    "skipTests": _flag,
    "kubeVersion": _optional_text,
    "apiVersions": _api_versions,
    "engine": _engine,
    "helmPath": _optional_text,
}
