"""The ``requires`` key of the project file.

>>> from freightlib.documents.requires import allows, requires_values
>>> from freightlib.models import Requires
>>> requires_values(Requires(">=0.1", {"freightlib-acme": ">=0.1,<2"}))
{'freightlib': '>=0.1', 'plugins': {'freightlib-acme': '>=0.1,<2'}}
>>> allows(">=0.1,<2", "1.4"), allows(">=0.1,<2", "2.0")
(True, False)

Versions are compared by ``packaging``, as pip does. It is imported only where the key is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from freightlib.documents.problems import Path, Problems
from freightlib.documents.project_names import is_name
from freightlib.documents.shapes import RequiresShape
from freightlib.models import Requires

_WRITE = 'write it as pip does: ">=0.1", or ">=0.1,<2"'


def read_requires(problems: Problems, path: Path, shape: RequiresShape) -> Requires | None:
    """What ``shape`` requires, with every name and specifier checked; ``None`` for nothing."""
    if shape.freightlib is not None:
        _check(problems, (*path, "freightlib"), shape.freightlib)
    if shape.plugins is not None and not shape.plugins:
        problems.add((*path, "plugins"), "names no plugin", "name one, or remove the key")
    for name, versions in (shape.plugins or {}).items():
        if not is_name(name):
            problems.add((*path, "plugins", name), f"{name[:80]!r} cannot be a plugin's name", "write it in lower case")
        _check(problems, (*path, "plugins", name), versions)
    found = Requires(shape.freightlib, shape.plugins or {})
    return None if found == Requires() else found


def requires_values(requires: Requires) -> dict[str, Any]:
    """The requirements as they are written."""
    named = {"freightlib": requires.freightlib, "plugins": dict(requires.plugins)}
    return {key: value for key, value in named.items() if value is not None and value != {}}


def allows(versions: str, version: str) -> bool:
    """Whether the specifier ``versions`` allows ``version``; pre-releases count as any other."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(versions).contains(version, prereleases=True)


def own_version() -> str:
    """The version of freightlib."""
    from importlib import metadata

    return metadata.version("freightlib")


def explain_version(problems: Problems, given: Any) -> None:
    """If ``given``, the value of the key, asks for another freightlib, make that the first problem."""
    wanted = given.get("freightlib") if isinstance(given, Mapping) else None
    if isinstance(wanted, str) and _wrong(wanted) is None and not allows(wanted, own_version()):
        problem = f"this is freightlib {own_version()}, and the project requires {wanted}"
        hint = f"install it: pip install 'freightlib{wanted}'"
        problems.found.insert(0, (("requires", "freightlib"), problem, hint))


def _check(problems: Problems, path: Path, versions: str) -> None:
    wrong = _wrong(versions)
    if wrong is not None:
        problems.add(path, wrong, _WRITE)


def _wrong(versions: str) -> str | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(versions)
    except InvalidSpecifier:
        return f"{versions[:80]!r} names no versions"
    return None
