"""The page about the architecture is what the code is, and every package says its job and whether it is public."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests import docs_blocks, docs_reference
from tests.docs_blocks import ROOT
from tests.docs_reference import PACKAGE, room_imports, rooms_in_order

PAGE = ROOT / "docs/explanation/architecture.md"
TEXT = PAGE.read_text()
ORDER = rooms_in_order()
ROOMS = [name for name in ORDER if name != "errors"]
PACKAGES = sorted(str(file.parent.relative_to(PACKAGE)) for file in PACKAGE.rglob("*/__init__.py"))
PUBLIC = {"plugins", "plugins/contracts", "testing", "testing/demo"}


# --- the picture ----------------------------------------------------------------------------------


def picture() -> dict[str, list[str]]:
    """Room -> the files that the picture names, from the top."""
    box = TEXT.partition("```text\n")[2].partition("```")[0]
    rows = re.findall(r"^\| ([a-z]+) +\| .+? +\| ?(.+?) *\|$", box, re.MULTILINE)
    return {room: files.split() for room, files in rows if room != "room"}


def test_the_picture_shows_every_room_in_the_order_of_the_import_contract() -> None:
    assert list(reversed(picture())) == ORDER
    assert f"`{' < '.join(ORDER)}`" in TEXT
    assert len(ROOMS) == 11
    assert "is in eleven folders" in TEXT


def test_every_room_of_the_code_is_in_the_contract() -> None:
    assert {*room_imports()} == {*ORDER}


@pytest.mark.parametrize("room", ORDER)
def test_the_files_in_the_picture_exist(room: str) -> None:
    place = PACKAGE if room == "errors" else PACKAGE / room
    files = picture()[room]
    assert files
    assert [name for name in files if not (place / name).exists()] == []


def test_the_table_of_imports_is_what_the_code_says() -> None:
    assert docs_reference.filled(TEXT) == TEXT, "run: python -m tests.docs_reference"


# --- the import rule ------------------------------------------------------------------------------


def upward(package: Path) -> list[str]:
    """Imports that the rule forbids, and those of no room."""
    return [
        f"{room} imports {other}"
        for room, others in room_imports(package).items()
        for other in sorted(others)
        if other not in ORDER[: ORDER.index(room)]
    ]


def test_a_room_imports_only_rooms_to_its_left() -> None:
    assert upward(PACKAGE) == []


def test_an_import_to_the_right_is_found(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git/one.py").write_text("def late():\n    from freightlib.verbs.publish import publish\n")
    (tmp_path / "models.py").write_text("from freightlib import git\nimport freightlib.errors\n")
    assert upward(tmp_path) == ["git imports verbs", "models imports git"]


def test_only_the_registry_names_a_higher_room_as_text() -> None:
    naming = set()
    for file in PACKAGE.rglob("*/*.py"):
        below = ORDER[: ORDER.index(file.relative_to(PACKAGE).parts[0]) + 1]
        texts = {node.value for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Constant)}
        named = {found[1] for text in texts if (found := re.fullmatch(r"freightlib\.(\w+)\.[\w.]+", str(text)))}
        if named.intersection(ORDER).difference(below):
            naming.add(str(file.relative_to(PACKAGE)))
    assert naming == {"plugins/registry.py"}


# --- ten questions --------------------------------------------------------------------------------

QUESTIONS = re.findall(r"^\| (.+\?) \| \[(.+?)\]\((.+?)\) \| (.+?) \|$", TEXT, re.MULTILINE)


def defined(file: Path) -> set[str]:
    """The functions, classes and methods of a file, the latter as ``Class.method``."""
    return {*_defined(ast.parse(file.read_bytes()), "")}


def _defined(node: ast.AST, prefix: str) -> Iterator[str]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            yield prefix + each.name
            if isinstance(each, ast.ClassDef):
                yield from _defined(each, f"{each.name}.")


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10
    assert len({question for question, *_ in QUESTIONS}) == 10


@pytest.mark.parametrize(("shown", "link", "answer"), [each[1:] for each in QUESTIONS], ids=[e[0] for e in QUESTIONS])
def test_an_answer_names_what_its_file_defines(shown: str, link: str, answer: str) -> None:
    file = (PAGE.parent / link).resolve()
    assert file == PACKAGE / shown
    name = re.match(r"`([\w.]+)`", answer)
    assert name, "an answer begins with the name of a function or class"
    assert name[1] in defined(file)


def test_methods_and_functions_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class A:\n    def b(self): ...\ndef c(): ...\n")
    assert defined(tmp_path / "one.py") == {"A", "A.b", "c"}


# --- names in prose -------------------------------------------------------------------------------

PAGES = [*docs_blocks.pages(), ROOT / "CHANGELOG.md"]


def unknown(text: str) -> list[str]:
    """The modules and files of freightlib that a text names, and that do not exist."""
    rooms = "|".join(ROOMS)
    modules = re.findall(rf"\bfreightlib\.(?:{rooms})(?:\.\w+)+", text)
    files = re.findall(rf"`(?:freightlib/)?((?:{rooms})/(?:[a-z0-9_]+/)*(?:\w+\.py)?)`", text)
    return [one for one in modules if not _is_there(one)] + [one for one in files if not (PACKAGE / one).exists()]


def _is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for end in range(len(parts), 1, -1):
        try:
            found = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_module_that_is_gone(page: Path) -> None:
    assert unknown(page.read_text()) == []


def test_a_module_that_is_gone_is_found() -> None:
    text = "freightlib.git.contract.Repository, freightlib.git.contract.No, freightlib.git.no, `git/refs/`, `git/no.py`"
    assert unknown(text) == ["freightlib.git.contract.No", "freightlib.git.no", "git/no.py"]


# --- what a package says of itself ----------------------------------------------------------------

PRIVATE = "Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``."


def test_every_room_is_a_package() -> None:
    assert {*ROOMS} <= {*PACKAGES}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_its_job_first_and_last_whether_it_is_public(name: str) -> None:
    said = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_bytes())) or ""
    first, *_, last = said.split("\n\n")
    assert re.fullmatch(r"[A-Z].{20,}\.", first, re.DOTALL), "the first sentence says the job"
    if name in PUBLIC:
        assert last.startswith("Public: ")
    elif name == "verbs":
        assert last.startswith("Private: ")
        assert "use the functions of ``freightlib``" in last
    else:
        assert last == PRIVATE


def test_the_page_names_the_public_packages() -> None:
    listed = TEXT.partition("## What is public")[2].partition("\n## ")[0]
    assert re.findall(r"^- `freightlib\.?(\w*)`", listed, re.MULTILINE) == [
        "",
        *sorted(one for one in PUBLIC if "/" not in one),
    ]
