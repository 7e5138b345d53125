"""Every block of the documentation runs, every link leads somewhere, and the reference names everything there is."""

from __future__ import annotations

import inspect
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from freightlib_helm import HelmTemplate

import freightlib
from freightlib.cli.root import VERBS
from freightlib.plugins.hooks import Specs
from freightlib.testing.demo import demo
from tests import docs_blocks, docs_reference
from tests.docs_blocks import ROOT, Block, Shell

PAGES = docs_blocks.pages()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``freight demo`` leaves, made once."""
    folder = tmp_path_factory.mktemp("docs") / "freight-demo"
    list(demo(folder))
    assert (folder / "app/k8s/helm/Chart.yaml").is_file()
    return folder


@pytest.fixture
def shell(demonstrated: Path, tmp_path: Path) -> Iterator[Callable[[], Shell]]:
    """Makes a shell in a folder that holds a copy of ``freight-demo``."""
    opened: list[Shell] = []

    def make() -> Shell:
        place, scratch = tmp_path / f"reader{len(opened)}", tmp_path / f"scratch{len(opened)}"
        scratch.mkdir()
        shutil.copytree(demonstrated, place / "freight-demo", symlinks=True)
        environment = docs_blocks.environment(scratch, Path(sys.executable).parent)
        opened.append(Shell(place, scratch, environment))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def running(name: str) -> object:
    """A page as a parameter; it is left out where a program that its blocks run is missing."""
    programs = [one for one in ("ssh-keygen", "gpg", "npm") if f"\n{one} " in (ROOT / name).read_text()]
    return pytest.param(name, marks=pytest.mark.needs_program(*programs))


@pytest.mark.slow
@pytest.mark.parametrize("name", [running(name) for name in NAMES])
def test_blocks_run(name: str, shell: Callable[[], Shell]) -> None:
    found = docs_blocks.blocks((ROOT / name).read_text(), name)
    if any(block.language in ("bash", "python") for block in found):
        docs_blocks.check(found, shell())
    else:
        for block in found:
            assert block.language in docs_blocks.LANGUAGES, f"{block.place}: {block.language!r}"
            if block.language in ("yaml", "json", "toml"):
                docs_blocks.parse(block)


def test_pages_are_found() -> None:
    assert {"README.md", "docs/index.md", "docs/tutorial.md", "docs/reference/findings.md"} <= {*NAMES}


@pytest.mark.parametrize("kind", ["demo-command", "test-command", "plugin-command", "tutorial-command"])
def test_a_block_that_runs_elsewhere_stands_once(kind: str) -> None:
    every = [block for name in NAMES for block in docs_blocks.blocks((ROOT / name).read_text(), name)]
    assert [block.marker for block in every].count(kind) == 1


# --- the harness itself ---------------------------------------------------------------------------

WRONG = {
    "a command that fails": "```bash\nfalse\ntrue\n```\n",
    "a failure inside a pipe": "```bash\nfalse | cat\n```\n",
    "a verb that is not there": "```bash\nfreight no-such-verb\n```\n",
    "a variable that is not set": '```bash\necho "$not_set_before"\n```\n',
    "python that raises": "```python\nimport freightlib\nfreightlib.no_such_verb()\n```\n",
    "another output": "```bash\necho one\n```\n<!-- output -->\n```text\ntwo\n```\n",
    "more output than told": "```bash\necho one; echo two\n```\n<!-- output -->\n```text\none\n```\n",
    "an output of nothing": "<!-- output -->\n```text\none\n```\n",
    "a language nobody runs": "```sh\necho one\n```\n",
    "a marker nobody knows": "<!-- no-such-marker -->\n```bash\necho one\n```\n",
    "broken YAML": "```yaml\na: [1\n```\n",
    "broken JSON": "```json\n{'a': 1}\n```\n",
    "broken TOML": "```toml\na = \n```\n",
    "a project file with a wrong key": "```yaml\napps: {a: {package: {type: plain, path: b}, stagess: {}}}\n```\n",
    "a record with a short revision": "```yaml\nrevision: 0cc4cd8\npackageType: helm\n```\n",
    "a lock that lacks most": "```yaml\napp: a\nstage: b\nmanifests: c\n```\n",
    "a fence that is not closed": "```bash\necho one\n",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_block_is_found(text: str, shell: Callable[[], Shell]) -> None:
    with pytest.raises(AssertionError, match=r"planted\.md"):
        docs_blocks.check(docs_blocks.blocks(text, "planted.md"), shell())


def test_right_blocks_pass(shell: Callable[[], Shell]) -> None:
    text = (
        "```bash\ncd freight-demo\nname=shop\n```\n"
        '```bash\necho "$name"; date; git -C app rev-parse HEAD\n```\n'
        "<!-- output -->\n```text\nshop\n…\n…\n```\n"
        "<!-- file: deep/one.py -->\n```python\nraise SystemExit(1)\n```\n"
        "```bash\ntest -f deep/one.py && ! python deep/one.py && basename $(pwd)\n```\n"
        "<!-- output -->\n```text\nfreight-…mo\n```\n"
        "```python\nimport freightlib\nassert freightlib.verify('gitops').ok\n```\n"
    )
    docs_blocks.check(docs_blocks.blocks(text, "right.md"), shell())


def test_lines_are_matched_in_full() -> None:
    docs_blocks.compare("a …c\n…\nlast", "a b c\nmore\nand more\nlast\n")
    with pytest.raises(AssertionError, match="the output is not"):
        docs_blocks.compare("a", "ab")


# --- the reference --------------------------------------------------------------------------------

GENERATED = [name for name in NAMES if "<!-- generated: " in (ROOT / name).read_text()]


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_is_what_the_code_says(name: str) -> None:
    text = (ROOT / name).read_text()
    assert docs_reference.filled(text) == text, "run: python -m tests.docs_reference"


def test_every_generated_part_stands_once() -> None:
    parts = [part for name in GENERATED for part in re.findall(r"<!-- generated: (\S+) -->", (ROOT / name).read_text())]
    assert sorted(parts) == sorted(docs_reference.PARTS)


def test_the_reference_names_everything_there_is() -> None:
    command_line = (ROOT / "docs/reference/command-line.md").read_text()
    for verb in VERBS:
        command = import_module(f"freightlib.cli.verbs.{verb}").command
        assert f"## freight {verb}\n" in command_line
        assert [
            option for one in command.params for option in one.opts if option[0] == "-" and option not in command_line
        ] == []
    api = (ROOT / "docs/reference/python-api.md").read_text()
    assert [name for name in freightlib.__all__ if f"### {name}\n" not in api] == []
    errors = (ROOT / "docs/reference/errors.md").read_text()
    kinds = [
        kind for kind in vars(freightlib.errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    assert len(kinds) > 20
    assert [
        kind.code for kind in kinds if f"| `{kind.code}` | `{kind.__name__}` | {kind.exit_status} |" not in errors
    ] == []


@pytest.mark.parametrize("hook", [name for name in vars(Specs) if name.startswith("freightlib_")])
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    arguments = [name for name in inspect.signature(getattr(Specs, hook)).parameters if name != "self"]
    assert f"| `{hook}({', '.join(arguments)})` |" in (ROOT / "docs/plugins/index.md").read_text()


def test_every_option_of_helm_template_is_documented() -> None:
    page = (ROOT / "plugins/freightlib-helm/README.md").read_text()
    options = HelmTemplate().effective_options({"releaseName": "any"})
    assert len(options) > 10
    assert [option for option in options if f"| `{option}` |" not in page] == []


def test_the_tool_of_the_page_is_the_one_that_mypy_reads() -> None:
    found = docs_blocks.blocks((ROOT / "docs/how-to/release-several-apps.md").read_text(), "page")
    (tool,) = [block.text for block in found if block.argument == "release.py"]
    assert tool == (ROOT / "tests/typing/release_apps.py").read_text()
    assert len(tool.splitlines()) <= 60


def test_the_page_of_the_public_surface_leads_with_the_object() -> None:
    text = (ROOT / "docs/reference/python-api.md").read_text()
    kinds = (freightlib.GitOps, freightlib.GitOpsStage, freightlib.GitOpsRelease)
    first, _, rest = text.partition("\n## Functions\n")
    for kind in kinds:
        section = first.partition(f"\n### {kind.__name__}\n")[2].partition("\n### ")[0]
        methods = [name for name, each in vars(kind).items() if callable(getattr(kind, name)) and name[0] != "_"]
        assert methods
        assert [name for name in methods if f"\n{name}(" not in section] == []
    for shared in ("app", "branch", "backend", "author", "sign", "limits", "now", "dry_run"):
        assert f"\n| `{shared}` | " in first
    assert [name for name in freightlib.__all__ if f"\n### {name}\n" not in first + rest] == []


# --- links ----------------------------------------------------------------------------------------

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def prose(text: str) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors that a forge makes of a page's headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(text))}


def broken_links(text: str, page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    broken = []
    for link in _LINK.findall(prose(text)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(text if not path else target.read_text())):
            broken.append(link)
    return broken


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    assert broken_links((ROOT / name).read_text(), ROOT / name) == []


def test_a_broken_link_is_found() -> None:
    text = "# A heading: `code`, twice\n"
    text += "[a](no-such.md) [b](#a-heading-code-twice) [c](#none) [d](README.md#none) [e](LICENSE)\n"
    assert broken_links(text, ROOT / "README.md") == ["no-such.md", "#none", "README.md#none"]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("docs/") and name != "docs/index.md"])
def test_the_map_names_every_page(name: str) -> None:
    assert f"({name.removeprefix('docs/')})" in (ROOT / "docs/index.md").read_text()


def test_blocks_carry_their_line() -> None:
    assert docs_blocks.blocks("one\n\n<!-- output -->\n```text\nx\n```\n", "p") == [
        Block("p:4", "text", "x\n", "output")
    ]
