"""Prints changed manifest files: unified diffs and summaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from freightlib.cli.output import Printer, count
from freightlib.cli.style import Style

if TYPE_CHECKING:
    from freightlib.rendering.changes import FileChange

_STYLES: Final = (("---", Style.BOLD), ("+++", Style.BOLD), ("@@", Style.NAME), ("-", Style.REMOVED), ("+", Style.GOOD))
_WORDS: Final = {
    "added": "added",
    "missing": "removed",
    "content": "changed",
    "mode": "with another mode",
    "type": "changed",
}


def summary(changes: Sequence[FileChange]) -> str:
    """Count the changes: ``3 files: 1 added, 2 changed``, or ``3 files changed``."""
    if not changes:
        return "no manifest changes"
    kinds = Counter(_WORDS[change.kind.value] for change in changes)
    if len(kinds) == 1:
        return f"{count(len(changes), 'file')} {next(iter(kinds))}"
    return f"{count(len(changes), 'file')}: {', '.join(f'{number} {word}' for word, number in sorted(kinds.items()))}"


def print_changes(out: Printer, changes: Sequence[FileChange]) -> None:
    """Print the unified diff of every change."""
    for change in changes:
        text = change.text or f"mode of {change.path} becomes 100644\n"
        for line in text.removesuffix("\n").split("\n"):
            style = next((style for start, style in _STYLES if line.startswith(start)), Style.PLAIN)
            out.line(out.styled(line, style))


def print_edits(out: Printer, changes: Sequence[FileChange], indent: str = "") -> None:
    """Print the changed lines of every change, without context lines."""
    for change in changes:
        out.line(f"{indent}{out.styled(f'{_WORDS[change.kind.value]}: {change.path}', Style.BOLD)}")
        for line in change.text.splitlines():
            if line.startswith(("+", "-")) and not line.startswith(("+++", "---")):
                out.line(f"{indent}{out.styled(line, Style.GOOD if line[0] == '+' else Style.REMOVED)}")
