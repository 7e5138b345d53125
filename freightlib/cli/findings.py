"""How verbs that check print their findings: the options for it, and the printing itself.

A verb that makes a ``Report`` is decorated with ``@reporting`` below ``@shared()``, and returns ``show(...)``::

    @click.command("verify")
    @shared()
    @reporting
    def command(call: Call, form: Form) -> int:
        return show(call, verify(call.repository()), form)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import click

from freightlib.cli.documents import report_document
from freightlib.cli.options import Call
from freightlib.cli.output import Output, Style, count, dump
from freightlib.errors import UsageError

if TYPE_CHECKING:
    from freightlib.models import Finding, Report

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("text", "json")
_STYLES: Final = {"error": Style.BAD, "warning": Style.WARN, "note": Style.NAME}
_OPTIONS: Final = (
    click.option("--format", type=click.Choice(FORMATS), help="The form of the report.  [default: text]"),
)
#: At most so many places of one kind of finding are printed; --json has them all.
_MOST: Final = 20


@attrs.frozen
class Form:
    """In which ``format`` a report is given."""

    format: str = "text"


def reporting(function: F) -> F:
    """Give a command ``--format``: its function gets it as ``form``, a ``Form``.

    It stands below ``@shared()``: ``--format json`` is ``--json``, and the ``Call`` that the function gets says so.
    """

    @wraps(function)
    def wrapped(call: Call, *args: Any, format: str | None, **kwargs: Any) -> Any:  # noqa: A002 (the option's name)
        if call.as_json and format not in (None, "json"):
            raise UsageError(f"--json and --format {format} are two formats", hint="leave one of the two out")
        form = Form("json" if call.as_json else format or "text")
        return function(attrs.evolve(call, as_json=form.format == "json"), *args, form=form, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    result: F = decorated
    return result


def show(call: Call, report: Report, form: Form, *, done: str = "verified") -> int:
    """Print ``report`` and give the exit status that it comes to. ``done`` is the word for a report without errors."""
    if form.format == "json":
        dump(report_document(report))
    else:
        _print(call.out, report, done)
    return 0 if report.ok else 1


def _print(out: Output, report: Report, done: str) -> None:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.severity.value, finding.code, finding.hint), []).append(finding)
    for severity in _STYLES:
        for (weight, code, hint), found in groups.items():
            if weight == severity and not (out.quiet and severity == "note"):
                _print_group(out, severity, code, hint, found)
    _print_summary(out, report, done)


def _print_group(out: Output, severity: str, code: str, hint: str, found: Sequence[Finding]) -> None:
    number = f" ({len(found)})" if len(found) > 1 else ""
    out.line(f"{out.styled(severity, _STYLES[severity])} {out.styled(code + number, Style.BOLD)}")
    for finding in found[:_MOST]:
        place = f"{out.styled(finding.path, Style.NAME)}: " if finding.path else ""
        out.line(f"  {place}{out.styled(finding.message, Style.PLAIN)}")
    if len(found) > _MOST:
        out.line(f"  … and {len(found) - _MOST} more (--json lists all)")
    if hint:
        out.line(f"  {out.styled('→ ' + hint, Style.DIM)}")


def _print_summary(out: Output, report: Report, done: str) -> None:
    looked = ", ".join(count(number, name.removesuffix("s")) for name, number in report.checked.items() if number)
    errors, warnings = len(report.errors), sum(finding.severity == "warning" for finding in report.findings)
    if report.ok:
        also = f", {count(warnings, 'warning')}" if warnings else ""
        out.line(f"{out.styled(done, Style.GOOD)}{also}: {looked or 'nothing is published yet'}")
    else:
        out.line(
            f"{out.styled('failed', Style.BAD)}: {count(errors, 'error')}, {count(warnings, 'warning')} in {looked}"
        )
