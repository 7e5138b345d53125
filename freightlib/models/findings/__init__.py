"""Findings: what a check reports, the report that holds them, and the catalogue of every code.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from freightlib.models.findings.finding import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity"]
