r"""Go templates as actions and their words: as much of text/template's lexer as it takes to know what is called.

>>> from freightlib_helm.again.lexer import actions
>>> [[word.text for word in action.words] for action in actions('a: {{ now | date "2006" }} {{/* now */}} {{ .now }}')]
[['now', '|', 'date', '"2006"'], [], ['.now']]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import field, frozen

_LITERAL: Final = r""" "(?:[^"\\]|\\.)*+" | `[^`]*+` | '(?:[^'\\]|\\.)*+' """
_COMMENT: Final = r"/\*.*?\*/"
# possessive throughout: a text that is not an action is given up at once, in time proportional to its length
_ACTION: Final = re.compile(
    rf"\{{\{{ (?> {_LITERAL} | {_COMMENT} | [^\"`'/}}]++ | /(?!\*) | \}}(?!\}}) )*+ \}}\}}", re.VERBOSE | re.DOTALL
)
_FIRST: Final = re.compile(r"\{\{(?:-\s)?\s*(\w*)")
_WORD: Final = re.compile(
    rf"""
    (?P<comment> {_COMMENT} )
    | (?P<literal> {_LITERAL} )
    | (?P<field> [.$][\w.]* )
    | (?P<name> [^\W\d]\w* )
    | (?P<other> [|()] | := | = | \d[\w.]* )
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


@frozen(eq=False)
class Action:
    """From ``start`` to ``end`` of a ``source``, braces included; cut into words when they are asked for."""

    source: str = field(repr=False)
    start: int
    end: int
    _words: list[tuple[Word, ...]] = field(factory=list, init=False, repr=False)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words, without comments."""
        if not self._words:
            found = _WORD.finditer(self.source, self.start + 2, self.end - 2)
            kinds = ((str(match.lastgroup), match) for match in found)
            self._words.append(tuple(Word(kind, match[0], match.start()) for kind, match in kinds if kind != "comment"))
        return self._words[0]

    @property
    def first(self) -> str:
        """Its first word, where that is a name, and else nothing; cheap."""
        match = _FIRST.match(self.source, self.start)
        return match[1] if match else ""

    def may_have(self, names: re.Pattern[str]) -> bool:
        """Whether a pattern is found in it, be it in a comment; cheap."""
        return names.search(self.source, self.start, self.end) is not None

    def has(self, *names: str) -> bool:
        """Whether one of these functions is called in it."""
        return any(word.kind == "name" and word.text in names for word in self.words)


def actions(text: str) -> Iterator[Action]:
    """Every action of a template, in order, up to one that is not closed (Go refuses such a template).

    Takes time in proportion to the text, whatever it holds.
    """
    at = text.find("{{")
    while at >= 0 and (match := _ACTION.match(text, at)):
        yield Action(text, at, match.end())
        at = text.find("{{", match.end())
