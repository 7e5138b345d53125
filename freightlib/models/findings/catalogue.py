"""Every finding that freightlib makes itself: its code, severity, cause and remedy.

>>> from freightlib.models.findings.catalogue import CHECKS
>>> CHECKS["mirror-mode"].severity
<Severity.ERROR: 'error'>

Each module next to this one holds some groups. Codes never change meaning. ``docs/reference/findings.md`` is this
catalogue as a page (``reference_page``), and a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from freightlib.models import Finding
from freightlib.models.findings import history, locks, packages, releases, rendered, signatures
from freightlib.models.findings.check import Check

_GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    title: checks
    for module in (releases, packages, history, rendered, locks, signatures)
    for title, checks in module.GROUPS.items()
}

#: Every code -> its check.
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {check.code: check for checks in _GROUPS.values() for check in checks}
)


def finding(code: str, path: str, message: str, /, *, hint: str = "", **data: Any) -> Finding:
    """Return a finding of the kind ``code``. Its hint is ``hint`` or, without one, the remedy in the catalogue."""
    check = CHECKS[code]
    return Finding(code, check.severity, path, message, hint or check.remedy, data)


def group_of(code: str) -> str:
    """Return the title of the group that ``code`` is in."""
    return next(title for title, checks in _GROUPS.items() if CHECKS[code] in checks)


def reference_page() -> str:
    """Return the catalogue as a Markdown page, the content of ``docs/reference/findings.md``."""
    return "\n".join(_page())


def _page() -> Iterable[str]:
    yield "# Findings"
    yield ""
    yield "What `freight verify`, and every verb that verifies first, can find. Each finding has a stable code, a"
    yield "severity, the path it is about, a message and a hint. Only an error makes a report fail. Plugins may add"
    yield "findings of their own."
    for group, checks in _GROUPS.items():
        yield f"\n## {group}"
        for check in checks:
            yield f"\n### `{check.code}`\n"
            yield f"**{check.severity.value}**: {check.title}.\n"
            yield f"Cause: {check.cause}\n"
            yield f"Remedy: {check.remedy}."
    yield ""
