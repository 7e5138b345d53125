"""What the forms share: text and facts that any of them can carry, and the order of severities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from freightlib.models import Finding, Severity
from freightlib.models.text import visible

#: Most severe first.
WEIGHTS: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with the most severe first, else in their order."""
    return sorted(findings, key=lambda finding: WEIGHTS[finding.severity])


def line_of(finding: Finding) -> int | None:
    """The line in the finding's file, counted from 1, where its data name one."""
    line = finding.data.get("line")
    return line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1 << 31 else None


def facts(value: Any) -> Any:
    """A finding's data as JSON values that every parser takes: text visible, no NaN, everything else as its text."""
    if isinstance(value, Mapping):
        return {visible(str(key)): facts(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return visible(value.decode("utf-8", "surrogateescape"))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [facts(item) for item in value]
    plain = value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else visible(str(value))
