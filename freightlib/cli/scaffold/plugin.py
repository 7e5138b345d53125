"""Writes the skeleton of a plugin: a distribution with one renderer, whose tests pass without a change."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Final

from freightlib.errors import UsageError

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

_PYPROJECT: Final = """\
[build-system]
requires = ["hatchling>=1.25"]
build-backend = "hatchling.build"

[project]
name = "freightlib-$name"
version = "0.1.0"
description = "The renderer $name for freightlib."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["freightlib>=0.1,<0.2"]

[project.optional-dependencies]
test = ["freightlib[testing]"]

[project.entry-points.freightlib]
$name = "freightlib_$module"

[tool.hatch.build.targets.wheel]
packages = ["freightlib_$module"]

[tool.pytest.ini_options]
pythonpath = ["."]
"""
_PACKAGE: Final = '''\
"""The renderer $name for freightlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.plugins import (
    BaseRenderer,
    DocumentError,
    Fingerprint,
    Manifest,
    PolicyPath,
    Renderer,
    RenderError,
    RenderRequest,
    RenderResult,
    hookimpl,
    kubeyaml,
)

#: The version of freightlib's hooks that this plugin is written for.
freightlib_api = 1


class $class_name(BaseRenderer):
    """Renders packages of the type plain; for now it returns their YAML files unchanged."""

    name = "$name"
    package_types = frozenset({"plain"})
    default_options = frozenset({"namespace"})  # facts of the stage to get as options

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        return Fingerprint("$name", "1")  # a new version renders every stage again

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        return []  # name here what render reads from request.policy

    def render(self, request: RenderRequest, /) -> RenderResult:
        found = []
        for file in request.package:
            if not file.path.endswith((".yaml", ".yml")):
                continue
            try:
                parts = kubeyaml.split(file.data, document=file.path)
            except DocumentError as error:
                raise RenderError(
                    f"stage {request.stage}: {error.message}", hint=error.hint, stage=request.stage
                ) from error
            found += [Manifest(file.path, data, separator) for separator, data in parts]
        return RenderResult(found)


@hookimpl
def freightlib_renderers() -> Sequence[Renderer]:
    return [$class_name()]
'''
_TESTS: Final = '''\
"""The renderer $name keeps the rules of freightlib, and works with it."""

from __future__ import annotations

import freightlib_$module

from freightlib.testing import RendererSuite


class Test$class_name(RendererSuite):
    """Each check is a test; define ``cases`` to test your own packages (see freightlib.testing.RenderCase)."""

    def make_renderer(self):
        return freightlib_$module.$class_name()


def test_a_stage_is_rendered(freight_plugin, render_stage):
    freight_plugin(freightlib_$module)
    made = render_stage({"web.yaml": "kind: Service\\n"}, render={"renderer": "$name"})
    assert made.files == {"web.yaml": b"kind: Service\\n"}
    assert made.lock.render.options == {"namespace": "test"}
'''
_README: Final = """\
# freightlib-$name

The renderer `$name` for [freightlib](https://pypi.org/project/freightlib/): write `renderer: $name` under `render:` in
`freightlib.yaml`.

```bash
python -m pip install -e '.[test]'
python -m pytest
freight plugins check $name
```
"""


def write_skeleton(name: str, directory: str | Path) -> list[Path]:
    """Write the skeleton of a plugin with the renderer ``name``; return the directory and its files, relative to it.

    Raises UsageError for an invalid name, or if the directory is not empty.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a plugin's name", hint="use a-z, 0-9 and -, such as my-renderer")
    root = Path(directory)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{str(root)!r} exists already", hint="name another directory")
    module = name.replace("-", "_")
    words = {"name": name, "module": module, "class_name": "".join(word.capitalize() for word in name.split("-"))}
    texts = {
        "pyproject.toml": _PYPROJECT,
        "README.md": _README,
        f"freightlib_{module}/__init__.py": _PACKAGE,
        f"tests/test_{module}.py": _TESTS,
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(Template(text).substitute(words), encoding="utf-8")
    return [root, *map(Path, texts)]
