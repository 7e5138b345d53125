"""Prints the error that stopped a verb: two lines for people, one JSON object for programs."""

from __future__ import annotations

import sys
import traceback

import click

from freightlib.cli.output import dump, plain
from freightlib.cli.style import Style, styled, wants_colour
from freightlib.errors import FreightError, UsageError

BUG = 70


def report(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Print an error and return its exit status."""
    known = error if isinstance(error, FreightError) else None
    if debug:
        traceback.print_exception(error)
    code, status = (known.code, known.exit_status) if known else ("bug", BUG)
    message, hint = (known.message, known.hint) if known else _bug(error)
    if as_json:
        data = plain(known.data) if known else {"type": type(error).__name__}
        dump({"error": {"code": code, "message": message, "hint": hint, "data": data}})
    else:
        _two_lines(message, hint)
    return status


def usage(error: click.ClickException) -> UsageError:
    """Convert click's error for a wrong command line to a UsageError."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "freight"
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        close = ", ".join(sorted(error.possibilities))
        return UsageError(
            f"there is no option {error.option_name!r}", hint=f"did you mean {close}? see: {command} --help"
        )
    message, _, rest = error.format_message().partition("\n")
    hint = " ".join(rest.split()) or f"see: {command} --help"
    return UsageError(_lowered(message.strip().removesuffix(".")), hint=hint)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _bug(error: Exception) -> tuple[str, str]:
    from importlib.metadata import version

    detail = str(error).partition("\n")[0]
    message = f"a bug in freightlib {version('freightlib')}: {type(error).__name__}{': ' if detail else ''}{detail}"
    return message, "run it again with --debug and report what that prints"


def _two_lines(message: str, hint: str) -> None:
    colour = wants_colour(sys.stderr)
    label = styled("error:", Style.BAD, colour)
    # a message may contain several lines of an engine: join them here (--json keeps them)
    sys.stderr.write(f"{label} {_one_line(message)}\n")
    if hint:
        sys.stderr.write(f"  {_one_line(hint)}\n")


def _one_line(text: str) -> str:
    from freightlib.models.text import visible

    return visible(" ".join(part.strip() for part in text.splitlines() if part.strip()))
