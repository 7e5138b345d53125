"""Writes findings as workflow commands of GitHub Actions: each becomes an annotation of the run and the pull request.

GitHub shows at most ten annotations of each kind from one step and silently drops the others. So the tenth annotation
counts the rest.
Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions, and the runner's own parser
(``ActionCommand.cs``) for what is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from freightlib.cli.reports.common import WEIGHTS, line_of
from freightlib.models import Finding, Report, Severity
from freightlib.models.text import visible

#: Annotations of one kind that GitHub keeps from one step.
MOST: Final = 10
#: The runner cuts messages at 4,096 characters, maybe inside an escape; so cut earlier.
_LONGEST: Final = 4000
_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(report: Report, *, most: int = MOST) -> str:
    """Return one workflow command per line, the most severe findings first; an empty text if there are no findings.

    At most ``most`` of each severity are shown: if there are more, the last command counts the rest by code.
    """
    return "".join(f"{line}\n" for line in _commands(report, most))


def _commands(report: Report, most: int) -> Iterator[str]:
    for severity in WEIGHTS:
        found = [finding for finding in report.findings if finding.severity is severity]
        shown = found if len(found) <= most else found[: most - 1]
        yield from map(_annotation, shown)
        if len(shown) < len(found):
            yield _rest(severity, found[len(shown) :])


def _annotation(finding: Finding) -> str:
    properties = {"file": finding.path, "line": line_of(finding) or "", "title": finding.code}
    message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    return _command(_COMMANDS[finding.severity], properties, message)


def _rest(severity: Severity, rest: Sequence[Finding]) -> str:
    kinds = ", ".join(f"{code} ({number})" for code, number in Counter(one.code for one in rest).most_common(20))
    return _command(_COMMANDS[severity], {"title": "freightlib"}, f"and {len(rest)} more that are not shown: {kinds}")


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    given = ",".join(
        f"{key}={visible(str(value)).translate(_PROPERTY)}" for key, value in properties.items() if value != ""
    )
    shown = visible(message)
    text = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
    return f"::{name}{' ' if given else ''}{given}::{text.translate(_DATA)}"
