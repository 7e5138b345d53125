"""``freightlib.plugins`` is the one import of plugins, and costs nothing until a name of it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from freightlib import plugins
from freightlib.cli.scaffold import plugin as scaffold
from freightlib.git import backend_kit
from tests import docs_blocks

ROOT = Path(__file__).parents[2]
ALLOWED = {"freightlib", "freightlib.plugins", "freightlib.testing"}
FILES = sorted(ROOT.glob("plugins/*/freightlib_*/**/*.py"))
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def imported(code: str) -> Iterator[tuple[str, str]]:
    """The modules of freightlib that ``code`` imports, also in functions, with the names taken from them."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            found = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found = [(alias.name, "") for alias in node.names]
        else:
            continue
        yield from ((module, name) for module, name in found if module.partition(".")[0] == "freightlib")


def private(code: str) -> list[str]:
    return [
        f"{module}: {name}"
        for module, name in imported(code)
        if module not in ALLOWED or (module == "freightlib.plugins" and name not in dir(plugins))
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "plugins")))
def test_a_plugin_of_this_repository_imports_the_public_part_alone(path: Path) -> None:
    assert private(path.read_text()) == []


def test_all_four_are_looked_at() -> None:
    assert {path.relative_to(ROOT / "plugins").parts[0] for path in FILES} == {
        f"freightlib-{name}" for name in ("forges", "gitcli", "helm", "kustomize")
    }
    assert private("from freightlib.plugins.contracts import Gate\nfrom freightlib.git import trees") != []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_plugins_in_the_docs_import_the_public_part_alone(page: Path) -> None:
    found = docs_blocks.blocks(page.read_text(), str(page.relative_to(ROOT)))
    codes = [block.text for block in found if block.language == "python" and "hookimpl" in block.text]
    assert [one for code in codes for one in private(code)] == []


def test_so_does_what_the_scaffold_writes(tmp_path: Path) -> None:
    written = scaffold.write_skeleton("my-yaml", tmp_path / "plugin")
    codes = [(tmp_path / "plugin" / path).read_text() for path in written if path.suffix == ".py"]
    assert len(codes) == 2
    assert [one for code in codes for one in private(code)] == []


@pytest.mark.parametrize("module", [plugins, backend_kit])
def test_every_name_is_there_and_known_to_type_checkers(module: ModuleType) -> None:
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text())
    checked = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    typed = [alias.asname for node in ast.walk(checked) if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(str(name) for name in typed) == dir(module)
    assert [name for name in dir(module) if not (getattr(module, name).__doc__ or name.isupper())] == []
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_it_imports_nothing_before_it_is_asked() -> None:
    code = "import sys, freightlib.plugins as p; print(*[m for m in sys.modules if m.startswith('freightlib.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["freightlib.plugins"]
