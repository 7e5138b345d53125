"""The plugin's examples run, and its README names every option there is."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import freightlib_kustomize
import pytest
from freightlib_kustomize.options import NAMES

from freightlib.documents import read_project
from freightlib.plugins.registry import registry

MODULES = [name for _, name, _ in pkgutil.iter_modules(freightlib_kustomize.__path__, "freightlib_kustomize.")]
README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.mark.parametrize("name", ["freightlib_kustomize", *MODULES])
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0


def test_the_readme_has_every_option_once_and_in_order() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", README, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(NAMES)


def test_the_readmes_project_file_is_one() -> None:
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert text is not None
    assert read_project(text[1].encode()).apps["codeai"].package.type == "kustomize"


def test_the_plugin_is_found() -> None:
    assert registry().renderer("kustomize").package_types == {"kustomize"}
    assert [plugin.problem for plugin in registry().plugins if plugin.name == "kustomize"] == [None]
