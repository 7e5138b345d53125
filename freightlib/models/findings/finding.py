"""What a check saw: findings and the report that holds them.

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
    """How much a finding weighs: only an ERROR makes a report fail."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@frozen
class Finding:
    """One thing a check saw.

    ``code`` is stable and listed in docs/reference/findings.md, ``path`` is where in the repository (may be empty),
    ``message`` what is so, ``hint`` what to do, ``data`` the facts by name.
    """

    code: str
    severity: Severity
    path: str
    message: str
    hint: str = ""
    data: Mapping[str, Any] = field(factory=dict, hash=False)


@frozen
class Report:
    """The findings of one run of a check, and what was looked at.

    ``checked`` counts it by name; ``subjects`` are the paths of single things that were looked at, where they are
    known, with and without findings.
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
        """Whether no finding is an error."""
        return not self.errors

    def joined(self, other: Report) -> Report:
        """Both reports as one, counts added."""
        counts = dict(self.checked)
        for name, count in other.checked.items():
            counts[name] = counts.get(name, 0) + count
        return Report((*self.findings, *other.findings), counts, (*self.subjects, *other.subjects))

    @classmethod
    def of(cls, findings: Iterable[Finding], **checked: int) -> Report:
        """A report of ``findings`` with counts of what was checked."""
        return cls(tuple(findings), checked)
