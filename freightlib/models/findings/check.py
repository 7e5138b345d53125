"""The class for one kind of finding, and remedies that several kinds share."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from freightlib.models import Severity

ERROR: Final = Severity.ERROR
WARNING: Final = Severity.WARNING
NOTE: Final = Severity.NOTE

RESTORE: Final = "restore it from the commit that published it: git checkout <commit> -- <path>, and commit that"
LITERAL: Final = (
    "restore the snapshot from the commit that published it, and find out who changed it: git log -- <path>"
)
REPLACE: Final = (
    "find out who changed it (git log -p <branch> -- <path>), then revert that commit or run freight promote --force"
)
SOURCE: Final = "correct it in the source repository and publish that commit"


@frozen
class Check:
    """One kind of finding.

    ``code`` is stable. ``cause`` says how such a finding comes about. ``remedy`` says what to do; it is the hint of a
    finding that has no hint of its own.
    """

    code: str
    severity: Severity
    title: str
    cause: str
    remedy: str
