r"""Go templates as actions and their words: as much of text/template's lexer as it takes to know what is called.

>>> from freightlib_helm.again.lexer import actions
>>> [[word.text for word in action.words] for action in actions('a: {{ now | date "2006" }} {{/* now */}} {{ .now }}')]
[['now', '|', 'date', '"2006"'], [], ['.now']]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

_WORD: Final = re.compile(
    r"""
    (?P<comment> /\*.*?\*/ )
    | (?P<end> \}\} )
    | (?P<literal> "(?:\\.|[^"\\])*" | `[^`]*` | '(?:\\.|[^'\\])*' )
    | (?P<broken> ["`'] | /\* )
    | (?P<field> [.$][\w.]* )
    | (?P<name> [^\W\d]\w* )
    | (?P<other> [|()] | := | = | \d[\w.]* )
    | (?P<space> \s+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


@frozen
class Word:
    """A piece of an action: its ``kind`` (name, literal, field, other), ``text``, and place in the file."""

    kind: str
    text: str
    start: int

    @property
    def value(self) -> str:
        """What a literal holds, escapes left as they are."""
        return self.text[1:-1]


@frozen
class Action:
    """What stands between ``{{`` and ``}}``, without comments."""

    start: int
    words: tuple[Word, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these functions is called in it."""
        return any(word.kind == "name" and word.text in names for word in self.words)


def actions(text: str) -> Iterator[Action]:
    """Every action of a template, in order, up to one that is not closed (Go refuses such a template).

    Takes time in proportion to the text, whatever it holds.
    """
    at = text.find("{{")
    while at >= 0:
        words, end = _words(text, at + 2)
        if end is None:
            return
        yield Action(at, words)
        at = text.find("{{", end)


def _words(text: str, start: int) -> tuple[tuple[Word, ...], int | None]:
    """The words of the action that begins before ``start``, and where it ends."""
    words: list[Word] = []
    for match in _WORD.finditer(text, start):
        kind = str(match.lastgroup)
        if kind == "broken":
            break
        if kind == "end":
            return tuple(words), match.end()
        if kind not in ("space", "comment"):
            words.append(Word(kind, match[0], match.start()))
    return (), None
