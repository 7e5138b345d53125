"""Findings: the warehouse."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, RESTORE, WARNING, Check

TITLE: Final = "The warehouse"
CHECKS: Final = (
    Check(
        "warehouse-not-directory",
        ERROR,
        "the warehouse is not a directory",
        "A file, symbolic link or submodule stands where the project file says the warehouse is.",
        "move it away, or correct warehouse in freightlib.yaml",
    ),
    Check(
        "warehouse-entry",
        WARNING,
        "something else lies in the warehouse",
        "Only git-<full commit id> directories and current/ belong there.",
        "move it out of the warehouse",
    ),
    Check(
        "tag-short",
        ERROR,
        "a snapshot is not named by a full commit id",
        "A directory is called git-<something> that is not 40 (or 64) lower-case hex digits, so it is ambiguous.",
        "remove it, and publish the release by its full commit id",
    ),
    Check(
        "snapshot-missing",
        ERROR,
        "the snapshot is not there",
        "The release that was asked for is not in the warehouse at this commit.",
        "publish it first: freight publish",
    ),
    Check(
        "snapshot-not-directory",
        ERROR,
        "a snapshot is not a directory",
        "A file, symbolic link or submodule stands where a snapshot (or current/) belongs.",
        RESTORE,
    ),
    Check(
        "current-missing",
        ERROR,
        "there is no current/",
        "Snapshots are published, but the directory that promotion reads is gone.",
        "copy the release that it was over: cp -a git-<id> current && git add -fA current, and commit that",
    ),
)
