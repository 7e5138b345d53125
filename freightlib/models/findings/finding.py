"""Findings of checks, and the report that holds them.

>>> from freightlib.models.findings.finding import Finding, Report, Severity
>>> report = Report((Finding("mirror-content", Severity.ERROR, "current/helm/values.yaml", "differs"),))
>>> report.ok, [finding.code for finding in report.errors]
(False, ['mirror-content'])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen


class Severity(StrEnum):
    """The severity of a finding. Only an ERROR makes a report fail."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@frozen
class Finding:
    """One result of a check.

    ``code`` is stable and listed in docs/reference/findings.md. ``path`` is the place in the repository (may be empty).
    ``message`` describes the problem, ``hint`` says what to do, and ``data`` holds the facts by name.
    """

    code: str
    severity: Severity
    path: str
    message: str
    hint: str = ""
    data: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen
class Report:
    """The findings of one run of a check, and what it checked.

    ``checked`` is the number of things checked, by kind. ``subjects`` are the paths that were checked, with and without
    findings, if the check knows them.
    """

    findings: tuple[Finding, ...] = field(default=(), converter=tuple[Finding, ...])
    checked: Mapping[str, int] = field(factory=dict, hash=False)
    subjects: tuple[str, ...] = field(default=(), converter=tuple[str, ...])

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the report fail."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def ok(self) -> bool:
        """True if no finding is an error."""
        return not self.errors

    def joined(self, other: Report) -> Report:
        """Return both reports as one, with their counts added."""
        counts = dict(self.checked)
        for name, count in other.checked.items():
            counts[name] = counts.get(name, 0) + count
        return Report((*self.findings, *other.findings), counts, (*self.subjects, *other.subjects))

    @classmethod
    def of(cls, findings: Iterable[Finding], **checked: int) -> Report:
        """Return a report of ``findings``, with counts of what was checked."""
        return cls(tuple(findings), checked)
