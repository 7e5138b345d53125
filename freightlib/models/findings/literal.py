"""Findings: the literal copy (with --source)."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, LITERAL, RESTORE, WARNING, Check

TITLE: Final = "The literal copy (with --source)"
CHECKS: Final = (
    Check(
        "literal-added",
        ERROR,
        "the snapshot has a file that the source has not",
        "The payload was changed after it was frozen, or was not frozen from that commit.",
        LITERAL,
    ),
    Check(
        "literal-missing",
        ERROR,
        "the snapshot lacks a file of the source",
        "The payload was changed after it was frozen, or was copied through an ignore rule.",
        LITERAL,
    ),
    Check(
        "literal-content",
        ERROR,
        "a file of the snapshot differs from the source",
        "The payload was changed after it was frozen, or was copied through a filter such as autocrlf.",
        LITERAL,
    ),
    Check(
        "literal-mode",
        ERROR,
        "a file of the snapshot has another mode than in the source",
        "The executable bit was set or lost in copying.",
        LITERAL,
    ),
    Check(
        "literal-type",
        ERROR,
        "an entry of the snapshot is of another type than in the source",
        "A symbolic link was followed in copying, or a directory became a file.",
        LITERAL,
    ),
    Check(
        "source-path-missing",
        ERROR,
        "the source commit has no such package",
        "The directory that the record (or the project file) names does not exist in that commit.",
        "check that --source is the right repository; else the record is wrong: " + RESTORE,
    ),
    Check(
        "source-commit-gone",
        WARNING,
        "the copy cannot be proved",
        "The source repository no longer has the commit (rewritten, pruned, or a shallow or other clone).",
        "give a --source that has it, such as a full clone, and tag released commits so that they stay",
    ),
)
