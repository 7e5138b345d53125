"""Collects the problems of a document by path and line, and converts text trees to plain values.

>>> from freightlib.documents.problems import show
>>> show(("apps", "shop", "from", 0))
'apps.shop.from[0]'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn, TypeAlias

from attrs import field, mutable

from freightlib.documents import kubeyaml
from freightlib.documents.emit import float_text
from freightlib.documents.kubeyaml import Text
from freightlib.errors import DocumentError
from freightlib.models.text import closest

Path: TypeAlias = tuple[str | int, ...]
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,19}")
_WORDS: Final = {"true": True, "false": False, "": None, "~": None, "null": None}
_SIMPLE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def show(path: Path) -> str:
    """Return a path as messages show it: ``apps.shop.from[0]``."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif _SIMPLE_KEY.fullmatch(part):
            shown += f".{part}" if shown else part
        else:
            shown += f"[{part!r}]"
    return shown


def line_of(tree: Any, path: Path) -> int:
    """Return the line of the value at ``path``, or of the deepest part of the path that exists."""
    line = 1
    for part in path:
        if isinstance(tree, dict):
            line = next((key.line for key in tree if key == part and isinstance(key, Text)), line)
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
            line = _first_line(tree) or line
        else:
            break
    return tree.line if isinstance(tree, Text) and tree.line else line


def _first_line(tree: Any) -> int:
    while isinstance(tree, (dict, list)) and tree:
        tree = next(iter(tree))
    return tree.line if isinstance(tree, Text) else 0


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or an empty text."""
    close = closest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def resolve(tree: Any, *, floats: bool = False) -> Any:
    """Return a text tree as plain values, without losing information.

    ``true``, ``false``, nulls and whole numbers in their usual spelling are converted; with ``floats``, so are floats.
    Everything else, such as ``1.10`` or ``0777``, stays text.
    """
    if isinstance(tree, dict):
        return {str(key): resolve(value, floats=floats) for key, value in tree.items()}
    if isinstance(tree, list):
        return [resolve(value, floats=floats) for value in tree]
    return _resolved(str(tree), floats) if tree.plain else str(tree)


def _resolved(text: str, floats: bool) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and -(1 << 63) <= int(text) < 1 << 64:
        return int(text)
    made = kubeyaml.go_scalar(text) if floats else None
    return made if isinstance(made, float) and float_text(made) == text else text


@mutable
class Problems:
    """The problems of one document, in the order in which they were found."""

    document: str
    tree: Any
    error: type[DocumentError]
    found: list[tuple[Path, str, str]] = field(factory=list)

    def add(self, path: Path, message: str, hint: str = "") -> None:
        """Add a problem at ``path``."""
        self.found.append((path, message, hint))

    def stop(self) -> None:
        """Raise the document's error if there is a problem. The first is the message; the rest are in ``problems``."""
        if self.found:
            self.throw()

    def throw(self) -> NoReturn:
        """Raise the document's error. There must be a problem."""
        lines = [line_of(self.tree, path) for path, _, _ in self.found]
        texts = [
            f"{self.document}:{line}: {show(path)}{': ' if path else ''}{message}"
            for line, (path, message, _) in zip(lines, self.found, strict=True)
        ]
        path, _, hint = self.found[0]
        hint = hint or "correct it and try again"
        if len(texts) > 1:
            hint += f" ({len(texts) - 1} more: {'; '.join(texts[1:4])}{'; …' if len(texts) > 4 else ''})"
        raise self.error(
            texts[0], hint=hint, document=self.document, path=show(path), line=lines[0], problems=tuple(texts[1:])
        )
