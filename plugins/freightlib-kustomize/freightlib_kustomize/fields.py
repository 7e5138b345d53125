"""What the fields of a kustomization and of kustomize's own plugins refer to (kustomize 5: api/types, plugin/builtin).

>>> from freightlib_kustomize.fields import Use, references
>>> [(one.field, one.text, one.use) for one in references({"Resources": ["web.yaml"]})]
[('Resources[0]', 'web.yaml', <Use.RESOURCE: 'resource'>)]

Kustomize decodes with Go's encoding/json, which ignores the case of keys, so that ``Resources`` counts too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from attrs import frozen


class Use(Enum):
    """What kustomize does with a reference."""

    RESOURCE = "resource"  # a file of manifests, or a directory to build
    YAML = "yaml"  # a file that is read as YAML
    RAW = "raw"  # a file that is taken as it is
    PLUGIN = "plugin"  # a file or directory of plugin configurations
    INLINE_YAML = "inline yaml"  # the text itself is YAML
    EITHER = "either"  # YAML itself where that is a resource, else a path
    EITHER_PLUGIN = "either plugin"  # the same, of a plugin configuration
    PLACE = "place"  # a directory that need not be there
    HELM = "helm"  # a chart to inflate


@frozen
class Reference:
    """One reference: the ``field`` it stands in, its ``text``, and what it is for."""

    field: str
    text: str
    use: Use


Reader = Callable[[str, Any], Iterator[Reference]]
_NULLS: Final = frozenset(("~", "null", "Null", "NULL"))


def folded(mapping: Any) -> Iterator[tuple[str, str, Any]]:
    """The items of a mapping: each key as encoding/json compares it, as it is written, and the value."""
    if isinstance(mapping, Mapping):
        for key, value in mapping.items():
            yield str(key).casefold(), str(key), value


def references(kustomization: Any) -> Iterator[Reference]:
    """Every reference in a kustomization."""
    for key, written, value in folded(kustomization):
        if key in _FIELDS:
            yield from _FIELDS[key](written, value)


def plugin_references(document: Any) -> Iterator[Reference]:
    """Every reference in the configuration of one of kustomize's own plugins."""
    for key, written, value in folded(document):
        if key in _PLUGIN_FIELDS:
            yield from _PLUGIN_FIELDS[key](written, value)


def _is_text(value: Any) -> bool:
    # a kustomization is read as text, so null arrives as a word
    return isinstance(value, str) and bool(value) and not (value in _NULLS and getattr(value, "plain", False))


def _one(use: Use) -> Reader:
    def read(field: str, value: Any) -> Iterator[Reference]:
        if _is_text(value):
            yield Reference(field, str(value), use)

    return read


def _each(reader: Reader) -> Reader:
    def read(field: str, value: Any) -> Iterator[Reference]:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from reader(f"{field}[{index}]", item)

    return read


def _keys(**readers: Reader) -> Reader:
    def read(field: str, value: Any) -> Iterator[Reference]:
        for key, written, below in folded(value):
            if key in readers:
                yield from readers[key](f"{field}.{written}", below)

    return read


def _file_of_pair(field: str, value: Any) -> Iterator[Reference]:
    """``[key=]path``, as generators take files."""
    if _is_text(value):
        key, equals, path = value.partition("=")
        yield Reference(field, path if equals and "://" not in key else str(value), Use.RAW)


def _both(*readers: Reader) -> Reader:
    def read(field: str, value: Any) -> Iterator[Reference]:
        for reader in readers:
            yield from reader(field, value)

    return read


def _chart(field: str, value: Any) -> Iterator[Reference]:
    name = next((str(below) for key, _, below in folded(value) if key in ("name", "chartname")), "")
    yield Reference(field, name, Use.HELM)
    yield from _CHART_FILES(field, value)


_GENERATOR: Final[dict[str, Reader]] = {
    "files": _each(_file_of_pair),
    "envs": _each(_one(Use.RAW)),
    "env": _one(Use.RAW),
}
_CHART_FILES: Final = _keys(
    valuesfile=_one(Use.YAML), values=_one(Use.YAML), additionalvaluesfiles=_each(_one(Use.YAML)), repo=_one(Use.HELM)
)
_RESOURCES: Final = _each(_one(Use.RESOURCE))
_PLUGINS: Final = _each(_one(Use.EITHER_PLUGIN))
_PATCH: Final = _keys(path=_one(Use.YAML), patch=_one(Use.INLINE_YAML))
_PATCHES: Final = _both(_each(_PATCH), _each(_one(Use.EITHER)))
_FIELDS: Final[Mapping[str, Reader]] = {
    "resources": _RESOURCES,
    "bases": _RESOURCES,
    "components": _RESOURCES,
    "crds": _each(_one(Use.YAML)),
    "configurations": _each(_one(Use.YAML)),
    "patches": _PATCHES,
    "patchesstrategicmerge": _each(_one(Use.EITHER)),
    "patchesjson6902": _each(_PATCH),
    "replacements": _each(_keys(path=_one(Use.YAML))),
    "openapi": _keys(path=_one(Use.YAML)),
    "configmapgenerator": _each(_keys(**_GENERATOR)),
    "secretgenerator": _each(_keys(**_GENERATOR)),
    "generators": _PLUGINS,
    "transformers": _PLUGINS,
    "validators": _PLUGINS,
    "helmcharts": _each(_chart),
    "helmchartinflationgenerator": _each(_chart),
    "helmglobals": _keys(charthome=_one(Use.PLACE), confighome=_one(Use.PLACE)),
}
_PLUGIN_FIELDS: Final[Mapping[str, Reader]] = {
    **_GENERATOR,
    "path": _one(Use.YAML),
    "paths": _each(_one(Use.EITHER)),
    "patch": _one(Use.INLINE_YAML),
    "patches": _both(_one(Use.INLINE_YAML), _PATCHES),
    "jsonop": _one(Use.INLINE_YAML),
    "replacements": _each(_keys(path=_one(Use.YAML))),
    "valuesfile": _one(Use.YAML),
    "additionalvaluesfiles": _each(_one(Use.YAML)),
}
