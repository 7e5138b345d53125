"""Findings: what a check saw, the report that holds them, and the catalogue of every finding freightlib makes."""

from freightlib.models.findings.finding import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity"]
