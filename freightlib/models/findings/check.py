"""One kind of finding, and remedies that several share."""

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
REPLACE: Final = "find out who changed it (git log -p <branch> -- <path>), and revert that or freight promote --force"
SOURCE: Final = "correct it in the source repository and publish that commit"


@frozen
class Check:
    """One kind of finding.

    Its stable ``code``, how much it weighs, what it is called, where it comes from (``cause``) and what to do
    (``remedy``, the hint of a finding that has no better one).
    """

    code: str
    severity: Severity
    title: str
    cause: str
    remedy: str
