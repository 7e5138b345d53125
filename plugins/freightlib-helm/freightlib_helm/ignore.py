r"""``.helmignore`` as Helm reads it (Helm: pkg/ignore): not git's rules, and only the top directory's file counts.

>>> rules = Rules("*.md\nci/\n")
>>> rules.ignores("docs/README.md", is_dir=False), rules.ignores("ci", is_dir=True), rules.ignores("ci", is_dir=False)
(True, True, False)
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from freightlib.errors import RenderError

NAME: Final = ".helmignore"
# Helm's own rule, added last: dotfiles in templates/
_DEFAULT: Final = "templates/.?*"
_NOTHING: Final = re.compile(r"(?!)")


@frozen
class _Rule:
    pattern: re.Pattern[str]
    negated: bool
    directory: bool
    whole: bool

    def matches(self, path: str) -> bool:
        return self.pattern.fullmatch(path if self.whole else path.rpartition("/")[2]) is not None


class Rules:
    """The rules of one file's ``text``. Raises RenderError for a pattern Helm refuses."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.split("\n")]
        self._rules = [_rule(line) for line in lines if line and not line.startswith("#")]
        self._rules.append(_rule(_DEFAULT))

    def ignores(self, path: str, *, is_dir: bool) -> bool:
        """Whether ``path`` (relative to the chart) is left out. Rules count in order, the first that decides wins."""
        for rule in self._rules:
            if rule.negated:
                # Helm's meaning of "!x": everything that is not x is ignored
                if (rule.directory and not is_dir) or not rule.matches(path):
                    return True
                continue
            if rule.directory and not is_dir:
                continue
            if rule.matches(path):
                return True
        return False


def _rule(line: str) -> _Rule:
    if "**" in line:
        raise _refused(line, "double-star (**) syntax is not supported")
    try:
        pattern(line)
        negated = line.startswith("!")
        text = line[1:] if negated else line
        directory = text.endswith("/")
        text = text.removesuffix("/")
    except ValueError:
        raise _refused(line, "syntax error in pattern") from None
    try:
        trimmed = pattern(text.removeprefix("/"))
    except ValueError:  # "\\/" is a pattern, and "\\" without its slash is none: Helm logs that, and it matches nothing
        trimmed = _NOTHING
    return _Rule(trimmed, negated, directory, "/" in text)


def _refused(line: str, why: str) -> RenderError:
    return RenderError(
        f"the chart's {NAME} has the line {line!r}: {why}",
        hint="Helm's patterns know * ? [a-z] and a trailing /; correct the line in the source",
        renderer="helm-template",
    )


def pattern(glob: str) -> re.Pattern[str]:
    """Go's filepath.Match as a regular expression. Raises ValueError for what Go calls a bad pattern."""
    out, at = [], 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            text, at = _class(glob, at)
            out.append(text)
        else:
            if char == "\\":
                char, at = _escaped(glob, at)
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _class(glob: str, at: int) -> tuple[str, int]:
    negated = glob[at : at + 1] == "^"
    at += negated
    ranges: list[str] = []
    while not (glob[at : at + 1] == "]" and ranges):
        low, at = _character(glob, at)
        high = low
        if glob[at : at + 1] == "-":
            high, at = _character(glob, at + 1)
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append("")  # Go accepts a range that holds nothing
    inside = "".join(ranges)
    if not inside:
        return ("[^/]" if negated else "(?!)"), at + 1
    # Go's class may match a slash; names of files never hold one, whole paths do
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _character(glob: str, at: int) -> tuple[str, int]:
    if at >= len(glob) or glob[at] in "-]":
        raise ValueError(glob)
    if glob[at] == "\\":
        return _escaped(glob, at + 1)
    return glob[at], at + 1


def _escaped(glob: str, at: int) -> tuple[str, int]:
    if at >= len(glob):
        raise ValueError(glob)
    return glob[at], at + 1
