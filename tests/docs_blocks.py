"""The code blocks of the documentation: found, run in one shell for each file, and their output compared.

A marker is an HTML comment on the line above a fence. ``<!-- output -->`` over a ``text`` block: what the block before
it prints (``…`` stands for anything in a line; alone on a line, for any lines). ``<!-- file: NAME -->``: the block is
written to NAME in the shell's directory, not run. ``<!-- xyz-command -->``: run by a test of its own, in a fresh clone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
from attrs import frozen

from freightlib import documents
from freightlib.documents import kubeyaml

ROOT = Path(__file__).parents[1]
#: Blocks that a test of their own runs, in a fresh clone.
ELSEWHERE = ("demo-command", "test-command", "plugin-command", "tutorial-command")
LANGUAGES = ("bash", "python", "yaml", "json", "toml", "text")
_FENCE = re.compile(r"^```(\S*)[ \t]*(.*)\n((?:.*\n)*?)```[ \t]*$", re.MULTILINE)
_MARKER = re.compile(r"<!-- ([a-z-]+)(?:: (\S+))? -->\s*\Z")


@frozen
class Block:
    """One fenced block: where it is, its language, its text, and its marker with the marker's argument."""

    place: str
    language: str
    text: str
    marker: str = ""
    argument: str = ""


def pages() -> list[Path]:
    """Every page whose blocks are checked."""
    found = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("plugins/*/README.md"),
    ]
    return sorted(page for page in found if page.is_file())


def blocks(text: str, name: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for match in _FENCE.finditer(text):
        marker = _MARKER.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        known = (marker[1], marker[2] or "") if marker else ("", "")
        found.append(Block(f"{name}:{line}", match[1], match[3], *known))
    if text.count("\n```") + text.startswith("```") != 2 * len(found):
        raise AssertionError(f"{name}: a fence that is not closed, or indented")
    return found


class Shell:
    """One bash for a page: blocks run one after the other, and keep its directory and variables."""

    def __init__(self, directory: Path, scratch: Path, environment: Mapping[str, str]) -> None:
        self.scratch = scratch
        self.number = 0
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, text: str) -> str:
        """What the commands print, stderr included. Raises AssertionError when one of them fails."""
        self.number += 1
        script, printed = self.scratch / f"{self.number}.sh", self.scratch / f"{self.number}.out"
        script.write_text(text)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"set -euo pipefail\n. '{script}' >'{printed}' 2>&1 </dev/null\npwd\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError("the shell has ended") from None
        self.directory = Path(self.process.stdout.readline().strip())
        output = printed.read_text()
        if self.directory == Path():
            raise AssertionError(f"failed:\n{text}\nand printed:\n{output}")
        return output

    def write(self, name: str, text: str) -> None:
        """Put a file where the shell is."""
        self.run("true")
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def close(self) -> None:
        """End the shell."""
        self.process.communicate()


# CI: tools print more where it is set (pytest does not cut its summary short)
_NOT_A_READERS = {
    "PYTHONPATH",
    "BASH_ENV",
    "CDPATH",
    "CI",
    "BUILD_NUMBER",
    "GITHUB_ACTIONS",
    "PYTEST_ADDOPTS",
    "COLUMNS",
}


def environment(home: Path, tools: Path) -> dict[str, str]:
    """Of this process, with the venv's programs first and an identity for git."""
    config = home / "gitconfig"
    config.write_text("[user]\n\tname = Reader\n\temail = reader@example.com\n[init]\n\tdefaultBranch = main\n")
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_A_READERS}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return kept | {"GIT_CONFIG_GLOBAL": str(config), "PATH": path, "COLUMNS": "120", "GIT_PAGER": "cat"}


def check(found: list[Block], shell: Shell) -> None:
    """Run or parse every block, in order. Raises AssertionError naming the one that is wrong."""
    printed: str | None = None
    for block in found:
        try:
            printed = _check(block, shell, printed)
        except AssertionError as error:
            raise AssertionError(f"{block.place}: {error}") from None
        except Exception as error:
            raise AssertionError(f"{block.place}: {type(error).__name__}: {error}") from error


def _check(block: Block, shell: Shell, printed: str | None) -> str | None:
    if block.language not in LANGUAGES:
        raise AssertionError(f"the language {block.language!r} is not one of {', '.join(LANGUAGES)}")
    if block.language in ("yaml", "json", "toml"):
        parse(block)
    if block.marker in ELSEWHERE:
        return None
    if block.marker == "file":
        shell.write(block.argument, block.text)
        return None
    if block.marker == "output":
        assert printed is not None, "there is no block before it that printed anything"
        assert block.language == "text"
        compare(block.text, printed)
        return None
    if block.marker:
        raise AssertionError(f"the marker {block.marker!r} is not known")
    if block.language == "bash":
        return shell.run(block.text)
    if block.language == "python":
        file = shell.scratch / "block.py"
        file.write_text(block.text)
        return shell.run(f"python -W error '{file}'")
    return None


def compare(expected: str, printed: str) -> None:
    """Raises AssertionError unless ``printed`` is ``expected``, with ``…`` for what differs from run to run."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(piece) for piece in line.rstrip().split("…")) + r"[ \t]*\n"
    if re.fullmatch(pattern, printed.rstrip("\n") + "\n") is None:
        raise AssertionError(f"the output is not\n{expected}\nbut\n{printed}")


def parse(block: Block) -> None:
    """Read a yaml, json or toml block; what is one of our documents must be a valid one."""
    if block.language == "toml":
        tomllib.loads(block.text)
        return
    if block.language == "json":
        json.loads(block.text)
        return
    documents = kubeyaml.load_all(block.text.encode(), document=block.place)
    if len(documents) == 1 and isinstance(documents[0], dict):
        _validate(documents[0], block.text.encode())


def _validate(document: Mapping[str, Any], data: bytes) -> None:
    keys = document.keys()
    if "apps" in keys:
        jsonschema.validate(document, documents.schema("freightlib"))
        documents.read_project(data)
    elif {"revision", "packageType"} <= keys:
        jsonschema.validate(document, documents.schema("freight"))
        documents.read_record(data)
    elif {"app", "stage", "manifests"} <= keys:
        documents.read_lock(data)
