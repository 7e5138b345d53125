"""Formats a report as text for people: findings of one kind together, the most severe first, then a summary line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from freightlib.cli.output import count
from freightlib.cli.style import Style
from freightlib.models.text import visible

if TYPE_CHECKING:
    from freightlib.models import Finding, Report

#: A function that escapes a piece of text and styles it if colours are wanted.
Styled = Callable[[str, Style], str]
_STYLES: Final = {"error": Style.BAD, "warning": Style.WARN, "note": Style.NAME}
NOTHING: Final = "nothing is published yet"
#: How many findings of one kind are printed; --json has them all.
_MOST: Final = 20


def lines(
    report: Report,
    styled: Styled,
    done: str,
    nothing: str = NOTHING,
    *,
    quiet: bool = False,
    most: int | None = _MOST,
) -> Iterator[str]:
    """Yield the lines of the report. ``quiet`` leaves out notes; at most ``most`` findings of one kind are shown."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.severity.value, finding.code, finding.hint), []).append(finding)
    for severity in _STYLES:
        for (weight, code, hint), found in groups.items():
            if weight == severity and not (quiet and severity == "note"):
                yield from _group(styled, severity, code, hint, found, most=most)
    yield summary(report, styled, done, nothing)


def _group(
    styled: Styled, severity: str, code: str, hint: str, found: Sequence[Finding], *, most: int | None
) -> Iterator[str]:
    number = f" ({len(found)})" if len(found) > 1 else ""
    yield f"{styled(severity, _STYLES[severity])} {styled(_line(code) + number, Style.BOLD)}"
    for finding in found[:most]:
        place = f"{styled(_line(finding.path), Style.NAME)}: " if finding.path else ""
        yield f"  {place}{styled(_line(' '.join(finding.message.splitlines())), Style.PLAIN)}"
    if most is not None and len(found) > most:
        yield f"  … and {len(found) - most} more (--json lists all)"
    if hint:
        yield f"  {styled('→ ' + _line(' '.join(hint.splitlines())), Style.DIM)}"


def _line(text: str) -> str:
    """Escape text so that it is one line and not a command of GitHub Actions (``::`` at its start, or ``##[``)."""
    line = visible(text).replace("\n", "\\x0a").replace("\t", "\\x09").replace("##[", "#\\x23[")
    return line if not line.lstrip().startswith("::") else line.replace(":", "\\x3a", 1)


def summary(report: Report, styled: Styled, done: str, nothing: str = NOTHING) -> str:
    """Return the summary line: the result, and what was checked.

    ``done`` is the word for a report without errors, ``nothing`` the text for a report that checked nothing.
    """
    looked = ", ".join(count(number, name.removesuffix("s")) for name, number in report.checked.items() if number)
    errors, warnings = len(report.errors), sum(finding.severity == "warning" for finding in report.findings)
    if report.ok:
        also = f", {count(warnings, 'warning')}" if warnings else ""
        return f"{styled(done, Style.GOOD)}{also}: {looked or nothing}"
    where = f" in {looked}" if looked else ""
    return f"{styled('failed', Style.BAD)}: {count(errors, 'error')}, {count(warnings, 'warning')}{where}"
