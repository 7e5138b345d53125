"""Writes findings as JUnit XML for GitLab, Jenkins and others: each checked object is a test case, errors are failures.

Each object in ``Report.subjects`` is a test case, in the suite of its directory; it gets the findings below its path.
Other findings are test cases of their own, in a suite with the name of their code. Warnings and notes do not fail a
test case; they are written in ``system-out``. Source: the Jenkins xUnit plugin's ``junit-10.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from freightlib.cli.reports.common import by_weight
from freightlib.models import Finding, Report, Severity
from freightlib.models.text import visible

_Cases = dict[tuple[str, str], list[Finding]]
_NOTHING: Final = ("checked", "nothing found")


def junit(report: Report, *, name: str = "freightlib") -> str:
    """Return the report as an XML document; ``name`` is the name of the whole report.

    Several errors of one test case become one ``failure`` that lists them, because readers such as Jenkins keep only
    one.
    """
    cases = _cases(report)
    suites: dict[str, list[ET.Element]] = {}
    for (suite, case), findings in cases.items():
        suites.setdefault(suite, []).append(_case(suite, case, findings))
    root = ET.Element(
        "testsuites", {"name": visible(name), **_counts([one for each in suites.values() for one in each])}
    )
    for suite, elements in suites.items():
        ET.SubElement(root, "testsuite", {"name": suite, **_counts(elements)}).extend(elements)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(report: Report) -> _Cases:
    subjects = {subject: _place(subject) for subject in report.subjects}
    cases: _Cases = {place: [] for place in subjects.values()}
    for finding in report.findings:
        own = (visible(finding.code), visible(finding.path) or visible(finding.code))
        cases.setdefault(_subject(finding.path, subjects) or own, []).append(finding)
    return cases or {_NOTHING: []}


def _place(subject: str) -> tuple[str, str]:
    folder, _, name = visible(subject).rpartition("/")
    return folder or ".", name


def _subject(path: str, subjects: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Return suite and name of the subject that contains ``path``, or ``None``."""
    while path and path not in subjects:
        path = path.rpartition("/")[0]
    return subjects.get(path)


def _case(suite: str, name: str, findings: Sequence[Finding]) -> ET.Element:
    case = ET.Element("testcase", {"classname": suite, "name": name})
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    others = [finding for finding in findings if finding.severity is not Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        failure = {"type": visible(errors[0].code), "message": visible(errors[0].message) + more}
        ET.SubElement(case, "failure", failure).text = "\n".join(_lines(errors))
    if others:
        ET.SubElement(case, "system-out").text = "\n".join(_lines(by_weight(others)))
    return case


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        place = f"{finding.path}: " if finding.path else ""
        yield visible(f"{finding.severity.value} {finding.code}: {place}{finding.message}")
        if finding.hint:
            yield visible(f"  {finding.hint}")


def _counts(cases: Sequence[ET.Element]) -> dict[str, str]:
    failed = sum(case.find("failure") is not None for case in cases)
    return {"tests": str(len(cases)), "failures": str(failed), "errors": "0"}
