"""Helpers of all report formats: text and data that each of them can hold, and the order of severities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from freightlib.models import Finding, Severity
from freightlib.models.text import visible

#: Most severe first.
WEIGHTS: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings, the most severe first; findings of one severity keep their order."""
    return sorted(findings, key=lambda finding: WEIGHTS[finding.severity])


def line_of(finding: Finding) -> int | None:
    """Return the line of the finding in its file, counted from 1, if its data has one."""
    line = finding.data.get("line")
    return line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1 << 31 else None


def facts(value: Any) -> Any:
    """Convert a finding's data to JSON that every parser reads: escaped text, no NaN, other values as text."""
    if isinstance(value, Mapping):
        return {visible(str(key)): facts(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return visible(value.decode("utf-8", "surrogateescape"))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [facts(item) for item in value]
    plain = value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else visible(str(value))
