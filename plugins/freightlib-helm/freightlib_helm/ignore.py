r"""``.helmignore`` as Helm reads it (Helm: pkg/ignore): not git's rules, and only the top directory's file counts.

>>> rules = Rules("*.md\nci/\n")
>>> rules.ignores("docs/README.md", is_dir=False), rules.ignores("ci", is_dir=True), rules.ignores("ci", is_dir=False)
(True, True, False)
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from freightlib.plugins import RenderError

NAME: Final = ".helmignore"
# Helm's own rule, added last: dotfiles in templates/
_DEFAULT: Final = "templates/.?*"
# the name that Helm tries each line on, to refuse broken patterns
_TRIED: Final = "abc"


@frozen
class _Rule:
    glob: str
    negated: bool
    directory: bool
    whole: bool

    def matches(self, path: str) -> bool:
        try:
            return matches(self.glob, path if self.whole else path.rpartition("/")[2])
        except ValueError:  # Helm logs a broken pattern that it meets only now, and goes on
            return False


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
        matches(line, _TRIED)
    except ValueError:
        raise _refused(line, "syntax error in pattern") from None
    negated = line.startswith("!")
    text = line[1:] if negated else line
    directory = text.endswith("/")
    text = text.removesuffix("/")
    return _Rule(text.removeprefix("/"), negated, directory, "/" in text)


def _refused(line: str, why: str) -> RenderError:
    return RenderError(
        f"the chart's {NAME} has the line {line!r}: {why}",
        hint="Helm's patterns know * ? [a-z] and a trailing /; correct the line in the source",
        renderer="helm-template",
    )


def matches(glob: str, name: str) -> bool:
    """Whether Go's filepath.Match matches all of ``name``.

    Raises ValueError for what Go calls a bad pattern, which it notices only in the part that it gets to: ``aa*[`` is
    none for a name that does not begin with ``aa``.
    """
    rest = glob
    while rest:
        star, chunk, rest = _next_chunk(rest)
        if star and not chunk:
            return "/" not in name
        left = _after(chunk, name)
        if left is None or (left and not rest):
            left = _further_on(chunk, name, last=not rest) if star else None
        if left is None:
            return False
        name = left
    return not name


def _next_chunk(glob: str) -> tuple[bool, str, str]:
    """The next part of a pattern up to a star: whether one stands before it, the part, and the rest."""
    text = glob.lstrip("*")
    at, inside = 0, False
    while at < len(text) and (inside or text[at] != "*"):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        elif text[at] in "[]":
            inside = text[at] == "["
        at += 1
    return text != glob, text[:at], text[at:]


def _further_on(chunk: str, name: str, *, last: bool) -> str | None:
    """What is left of ``name`` after the first place beyond its start where the part fits."""
    for at, char in enumerate(name):
        if char == "/":
            return None
        left = _after(chunk, name[at + 1 :])
        if left is not None and not (last and left):
            return left
    return None


def _after(chunk: str, name: str) -> str | None:
    """What is left of ``name`` after a part without stars; ``None`` where it does not fit. All of the part is read."""
    at, fits = 0, True
    while at < len(chunk):
        char = chunk[at]
        fits = fits and bool(name)
        if char == "[":
            found, at = _class(chunk, at + 1, name[:1])
            fits = fits and found
        else:
            at += char == "\\"
            if at == len(chunk):
                raise ValueError(chunk)
            fits = fits and (name[0] != "/" if char == "?" else name[0] == chunk[at])
            at += 1
        name = name[1:]
    return name if fits else None


def _class(chunk: str, at: int, char: str) -> tuple[bool, int]:
    """Whether a class holds ``char``, and where the class ends. It may hold a slash: names of files never do."""
    negated = chunk[at : at + 1] == "^"
    at += negated
    found, ranges = False, 0
    while not (chunk[at : at + 1] == "]" and ranges):
        low, at = _bound(chunk, at)
        high = low
        if chunk[at] == "-":
            high, at = _bound(chunk, at + 1)
        found = found or low <= char <= high
        ranges += 1
    return found is not negated, at + 1


def _bound(chunk: str, at: int) -> tuple[str, int]:
    if chunk[at : at + 1] in ("", "-", "]"):
        raise ValueError(chunk)
    at += chunk[at] == "\\"
    if at + 1 >= len(chunk):  # a class does not end here
        raise ValueError(chunk)
    return chunk[at], at + 1
