"""Prints the findings of verbs that check something, and defines the options for that.

A verb that makes a ``Report`` has the decorator ``@reporting`` below ``@shared()``, and returns ``show(...)``::

    @click.command("verify")
    @shared()
    @reporting
    def command(call: Call, form: Form) -> int:
        return show(call, verify(call.repository()), form)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import click

from freightlib.cli.documents import report_document
from freightlib.cli.options import Call
from freightlib.cli.print_findings import NOTHING, lines, summary
from freightlib.cli.style import styled
from freightlib.errors import StorageError, UsageError

if TYPE_CHECKING:
    from freightlib.models import Report

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("text", "json", "sarif", "github", "junit")
#: GitHub refuses a SARIF log with more results; the most severe are kept.
_MOST_RESULTS: Final = 25_000
_OPTIONS: Final = (
    click.option("--format", type=click.Choice(FORMATS), help="The format of the report.  [default: text]"),
    click.option(
        "--output",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Write the report to FILE in that format, and print it as text.",
    ),
)


@attrs.frozen
class Form:
    """The ``format`` of a report, its file ``output`` (``None``: stdout), and the ``verb`` that made it."""

    format: str = "text"
    output: str | None = None
    verb: str = "verify"


def reporting(function: F) -> F:
    """Give a command ``--format`` and ``--output``: its function gets them as ``form``, a ``Form``.

    Write it below ``@shared()``, because ``--format json`` also sets ``as_json`` of the ``Call``. With ``--output``,
    ``--format`` is the format of the file, and ``--json`` that of stdout (and of the file, if there is no
    ``--format``).
    """

    @wraps(function)
    def wrapped(call: Call, *args: Any, format: str | None, output: str | None, **kwargs: Any) -> Any:  # noqa: A002 (the option's name)
        if call.as_json and output is None and format not in (None, "json"):
            raise UsageError(
                f"--json and --format {format} are two formats", hint="leave one out, or give --output FILE"
            )
        chosen = format or ("json" if call.as_json else "text")
        verb = click.get_current_context().info_name or Form().verb
        form = Form(chosen, output, verb)
        as_json = call.as_json or (chosen == "json" and output is None)
        return function(attrs.evolve(call, as_json=as_json), *args, form=form, **kwargs)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    result: F = decorated
    return result


def show(call: Call, report: Report, form: Form, *, done: str = "verified", nothing: str = NOTHING) -> int:
    """Print or write ``report`` in the format of ``form``; return the exit status.

    ``done`` is the word for a report without errors, ``nothing`` the text for a report that checked nothing. Raises
    StorageError if the file cannot be written.
    """
    if form.output is not None:
        _write(form.output, _text(report, form, done, nothing))
        form = Form("json" if call.as_json else "text", verb=form.verb)
    if form.format == "text":
        for line in lines(report, call.out.styled, done, nothing, quiet=call.quiet):
            call.out.line(line)
    else:
        sys.stdout.write(_text(report, form, done, nothing))
        if form.format == "github":
            call.out.line(summary(report, call.out.styled, done, nothing))
    return 0 if report.ok else 1


def _text(report: Report, form: Form, done: str, nothing: str) -> str:
    from freightlib.cli.reports import github, junit, sarif_text
    from freightlib.models import PROJECT_FILE

    category = f"freight-{form.verb}"
    match form.format:
        case "json":
            return json.dumps(report_document(report), indent=2) + "\n"
        case "sarif":
            return sarif_text(report, category=category, anchor=PROJECT_FILE, most=_MOST_RESULTS)
        case "github":
            return github(report)
        case "junit":
            return junit(report, name=f"freight {form.verb}")
    plain = lines(report, lambda text, style: styled(text, style, colour=False), done, nothing, most=None)
    return "".join(f"{line}\n" for line in plain)


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:  # noqa: PTH123
            file.write(text)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="choose a file in a directory that you may write to",
            path=path,
        ) from error
