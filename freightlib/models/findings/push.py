"""Findings: pushes."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, Check

TITLE: Final = "Pushes (in a hook)"
CHECKS: Final = (
    Check(
        "push-rewritten",
        ERROR,
        "the push would rewrite the branch",
        "A force push, of an amended or rebased history: what was released would not be what is written down any more.",
        "fetch the branch and build on it: git pull --ff-only",
    ),
    Check(
        "push-deleted",
        ERROR,
        "the push would delete the branch",
        "The branch holds what was released, or what a stage deploys.",
        "leave it, or have an administrator of the server remove it",
    ),
)
