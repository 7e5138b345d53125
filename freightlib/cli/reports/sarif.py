"""Writes findings as SARIF 2.1.0, the format for code scanning.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html, and what
GitHub asks for beyond it: https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from freightlib.cli.reports.common import by_weight, facts, line_of
from freightlib.models import Finding, Report, Severity
from freightlib.models.findings.catalogue import CHECKS, group_of
from freightlib.models.text import visible

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_PROBLEM: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def sarif(
    report: Report, *, category: str = "freightlib", anchor: str | None = None, most: int | None = None
) -> dict[str, Any]:
    """Return the report as a SARIF log with one run.

    The rules are freightlib's whole catalogue, and one rule for each code of a plugin. ``category`` names the kind of
    run: code scanning keeps the results of each category apart. ``anchor`` is the location of findings without a path:
    GitHub refuses a log with a result that has no location. The log has at most ``most`` results, the most severe
    first, and a notification that counts the others; GitHub refuses more than 25,000.
    """
    kept = report.findings if most is None or len(report.findings) <= most else by_weight(report.findings)[:most]
    rules, index = _rules(kept)
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if len(kept) < len(report.findings):
        invocation["toolExecutionNotifications"] = [_left_out(len(report.findings) - len(kept))]
    driver = {"name": "freightlib", "version": version("freightlib"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{category}/"},
        "invocations": [invocation],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the GitOps repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": _results(kept, index, anchor),
        "properties": {"checked": dict(report.checked)},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif_text(
    report: Report, *, category: str = "freightlib", anchor: str | None = None, most: int | None = None
) -> str:
    """Return the log of ``sarif`` as ASCII text that ends with a line end."""
    return json.dumps(sarif(report, category=category, anchor=anchor, most=most), indent=1, allow_nan=False) + "\n"


def _rules(findings: Iterable[Finding]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    rules = {code: _rule(code) for code in CHECKS}
    for finding in findings:
        code = visible(finding.code)
        if code not in rules:
            rules[code] = {
                "id": code,
                "shortDescription": {"text": f"A plugin's check: {_text(finding.code)}."},
                "defaultConfiguration": {"level": finding.severity.value},
                "properties": {"tags": ["gitops", "plugin"], "problem.severity": _PROBLEM[finding.severity]},
            }
    return list(rules.values()), {code: index for index, code in enumerate(rules)}


def _rule(code: str) -> dict[str, Any]:
    check = CHECKS[code]
    title = check.title[:1].upper() + check.title[1:]
    return {
        "id": code,
        "name": "".join(part.title() for part in code.split("-")),
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": check.cause},
        "help": {
            "text": f"Cause: {check.cause}\nRemedy: {check.remedy}.",
            "markdown": f"**Cause:** {check.cause}\n\n**Remedy:** {check.remedy}.",
        },
        "defaultConfiguration": {"level": check.severity.value},
        "properties": {"tags": ["gitops", group_of(code)], "problem.severity": _PROBLEM[check.severity]},
    }


def _results(findings: Sequence[Finding], index: dict[str, int], anchor: str | None) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for finding in findings:
        identity = _identity(finding)
        seen[identity] += 1
        code = visible(finding.code)
        hint = f"\n{finding.hint}" if finding.hint else ""
        result: dict[str, Any] = {
            "ruleId": code,
            "ruleIndex": index[code],
            "level": finding.severity.value,
            "message": {"text": _text(f"{finding.message}{hint}")},
            # GitHub matches results of two runs by this; without it, GitHub hashes the line and merges results
            "partialFingerprints": {"primaryLocationLineHash": f"{identity}:{seen[identity]}"},
            "properties": {"data": facts(finding.data)},
        }
        if finding.path or anchor:
            result["locations"] = [_location(finding.path or anchor or "", line_of(finding))]
        results.append(result)
    return results


def _location(path: str, line: int | None) -> dict[str, Any]:
    # GitHub requires a region; without a known line the finding is about the whole file
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(path), "uriBaseId": _ROOT},
            "region": {"startLine": line or 1},
        }
    }


def _uri(path: str) -> str:
    """Return ``path`` as a relative reference: percent-encoded bytes, never with a scheme, host or root."""
    known = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", path)
    return quote(known.lstrip("/") or ".", safe="/", errors="surrogateescape")


def _text(text: str) -> str:
    r"""Return ``text`` as a SARIF message: links and placeholders are escaped (sections 3.11.5 and 3.11.6)."""
    shown = visible(text)
    if "](" in shown:
        shown = re.sub(r"([\\\[\]])", r"\\\1", shown)
    if re.search(r"\{\d+\}", shown):
        shown = shown.replace("{", "{{").replace("}", "}}")
    return shown or "-"


def _identity(finding: Finding) -> str:
    parts = "\0".join((finding.code, finding.path, finding.message))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _left_out(number: int) -> dict[str, Any]:
    text = f"{number} findings are not in this log: it has only the most severe ones."
    return {"level": "warning", "message": {"text": text}, "descriptor": {"id": "left-out"}}
