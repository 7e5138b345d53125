"""Rules of the house that no other tool checks: the public surface, its examples, its cost, what may be committed."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

import freightlib
from freightlib.errors import FreightError
from tests import public_names

ROOT = Path(__file__).parents[2]
FOUND = sorted(pkgutil.walk_packages(freightlib.__path__, "freightlib."), key=lambda module: module.name)
MODULES = [module.name for module in FOUND]
HEAVY = ("pygit2", "ruamel", "cattrs", "yaml", "click", "rich", "multiprocessing", "helm_python")


def test_dir_shows_the_public_names_and_nothing_else() -> None:
    assert list(freightlib.__all__) == sorted(freightlib.__all__)
    assert dir(freightlib) == list(freightlib.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = freightlib.no_such_name


def test_the_lists_of_public_names_follow_from_the_table() -> None:
    text = public_names.FILE.read_text()
    assert public_names.filled(text, freightlib._PUBLIC) == text, "run: python -m tests.public_names"
    assert public_names.filled(text, {**freightlib._PUBLIC, "freightlib.new": "new"}) != text


@pytest.mark.parametrize("name", sorted(getattr(freightlib, "__all__", ["__all__"])))
def test_public_names_are_documented(name: str) -> None:
    thing = getattr(freightlib, name)
    if inspect.isclass(thing) or inspect.isroutine(thing):
        own = thing.__doc__ or ""
        assert len(own.split()) > 3, f"{name} says nothing of itself"
        assert thing.__module__.startswith("freightlib."), f"{name} is not ours to export"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in examples(module):
        runner.run(example, out=report.append)
    assert not report, "".join(report)


def examples(module: ModuleType) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__)
    return [test for test in found if test.examples]


def test_examples_are_found() -> None:
    """The test above would pass on anything if the finder found nothing."""
    assert len(examples(importlib.import_module("freightlib.errors"))) == 1


@pytest.mark.parametrize("statement", ["import freightlib", "import freightlib.errors, freightlib.models"])
def test_importing_the_library_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    # editable installs and site hooks may load something before the first line of ours
    before = subprocess.run(
        [sys.executable, "-c", code.replace(statement, "pass")], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "freightlib" in loaded
    assert {*loaded} - {*before} & {*HEAVY} == set()


def errors() -> list[type[FreightError]]:
    for name in MODULES:
        importlib.import_module(name)
    found, new = [FreightError], [FreightError]
    while new:
        new = [sub for kind in new for sub in kind.__subclasses__() if sub.__module__.startswith("freightlib")]
        found += new
    return found


def test_every_error_has_a_code_of_its_own() -> None:
    missing = [kind.__name__ for kind in errors() if "code" not in vars(kind)]
    shared = [code for code, times in Counter(kind.code for kind in {*errors()}).items() if times > 1]
    assert (missing, shared) == ([], [])


def test_every_error_has_a_documented_exit_status() -> None:
    assert {kind.exit_status for kind in errors()} <= {1, 2, 3}


# What must not be committed; written so that this file does not match itself.
MACHINE = re.compile(
    rb"(?<![\w.~})>-])/(?:ro{2}t|work|opt/[a-z]|(?:home|Users)/[A-Za-z])[\w.-]*/"
    rb"|/tmp/[l]ab/"
    rb"|(?:[p]ypi\.org/simple|files\.[p]ythonhosted\.org|[i]ndex-url|find-[l]inks)"
)


def test_no_committed_file_speaks_of_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    assert len(files) > 20
    told = {
        str(file.relative_to(ROOT)): [found.decode(errors="replace") for found in MACHINE.findall(file.read_bytes())]
        for file in files
        if file.is_file() and not file.is_symlink()
    }
    assert {file: found for file, found in told.items() if found} == {}


@pytest.mark.parametrize("path", ["/ro~ot/x/", "cd /wo~rk/main", "'/ho~me/me/src'", "--ind~ex-url https://x"])
def test_the_machine_pattern_sees_what_it_should(path: str) -> None:
    assert MACHINE.search(path.replace("~", "").encode())


@pytest.mark.parametrize("path", ["a/work/x/", "https://example.com/work/x/", "{dir}/work/a/", "/usr/bin/git"])
def test_the_machine_pattern_leaves_the_rest_alone(path: str) -> None:
    assert not MACHINE.search(path.encode())


def test_readme_carries_the_command_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"<!-- (demo|test)-command -->\n```\w*\n(.+)\n```", readme)
    assert [kind for kind, _ in commands] == ["demo", "test"], "each is one line, in the block below its marker"


def test_a_verb_is_the_function_whatever_was_imported_before() -> None:
    """No room bears a verb's name, so importing modules never hides a function."""
    code = "import freightlib.verbs.verify, freightlib as f; print(callable(f.verify), callable(f.publish))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


# the demonstration and init write project files, which name a renderer; errors may name what to install
NAMES_PLUGINS = {"testing/demo/world.py", "verbs/init/text.py", "git/libgit2.py"}


def test_the_core_names_no_plugin() -> None:
    package = ROOT / "freightlib"
    naming = {
        str(file.relative_to(package))
        for file in package.rglob("*.py")
        if re.search(r"helm-template|freightlib[-_](?:helm|kustomize|gitcli)|freightlib-forges", file.read_text())
    }
    assert naming <= NAMES_PLUGINS


# git init by any caller; written so that this file does not match itself
SECOND_BUILDER = re.compile(r"""(?:git\(|_git\(|"git"|\*git)[^\n]*["']in[i]t["']""")


def test_only_the_builders_make_repositories() -> None:
    """Other ways to a repository in tests are the library's own: init_repository and the demonstration."""
    places = [ROOT / "tests", ROOT / "bench", *(ROOT / "plugins").glob("*/tests")]
    files = [file for place in places for file in place.rglob("*.py")]
    assert len(files) > 100
    assert [str(file) for file in files if SECOND_BUILDER.search(file.read_text())] == []


@pytest.mark.parametrize("line", ['git(a, "in~it", "-q")', '["git", "-C", x, "in~it"]', '[*git, "in~it", "--bare"]'])
def test_the_pattern_of_a_second_builder_sees_one(line: str) -> None:
    assert SECOND_BUILDER.search(line.replace("~", ""))


# --- the shape of the code ------------------------------------------------------------------------

CODE = sorted([*(ROOT / "freightlib").rglob("*.py"), *ROOT.glob("plugins/*/freightlib_*/**/*.py")])


def test_no_file_is_over_300_lines_and_no_function_over_60() -> None:
    long = {str(file.relative_to(ROOT)) for file in CODE if len(file.read_text().splitlines()) > 300}
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno >= 60:
                long.add(f"{file.relative_to(ROOT)}: {node.name}")
    assert long == set()


def cycles(imports: Mapping[str, set[str]]) -> set[str]:
    """The modules that import themselves by way of others: what no module without imports left can be removed from."""
    left = {name: others & imports.keys() for name, others in imports.items()}
    while True:
        free = {name for name, others in left.items() if not others}
        if not free:
            return {*left}
        left = {name: others - free for name, others in left.items() if name not in free}


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {module_of(file): file for file in (ROOT / "freightlib").rglob("*.py")}
    imports: dict[str, set[str]] = {}
    for name, file in modules.items():
        found = imports.setdefault(name, set())
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys() or {node.module}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        found -= {name, "freightlib"}
    assert cycles(imports) == set()


def test_a_cycle_is_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"os"}, "e": {"d"}}) == {"a", "b", "c"}


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
