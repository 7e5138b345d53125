"""Findings: the mirror."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, Check

TITLE: Final = "The mirror"
_MIRROR: Final = (
    "copy the release over it: rm -rf current && cp -a git-<id> current && git add -fA current, and commit that"
)

CHECKS: Final = (
    Check(
        "current-unknown",
        ERROR,
        "current/ names a release that is not in the warehouse",
        "The record in current/ names a release whose git-<id>/ directory does not exist.",
        "restore that directory from the commit that published it, or copy another release over current/",
    ),
    Check(
        "mirror-added",
        ERROR,
        "current/ has a file that its release has not",
        "Somebody wrote into current/ by hand, or a merge mixed two releases.",
        _MIRROR,
    ),
    Check(
        "mirror-missing",
        ERROR,
        "current/ lacks a file of its release",
        "Somebody deleted from current/ by hand, or an ignore rule kept the file out.",
        _MIRROR,
    ),
    Check(
        "mirror-content",
        ERROR,
        "a file in current/ differs from its release",
        "Somebody edited current/ by hand, or line endings were converted.",
        _MIRROR,
    ),
    Check(
        "mirror-mode",
        ERROR,
        "a file in current/ has another mode than in its release",
        "The executable bit was set or lost, as copying through a file system without modes does.",
        _MIRROR,
    ),
    Check(
        "mirror-type",
        ERROR,
        "an entry of current/ is of another type than in its release",
        "A symbolic link became a file (or the other way round), or a directory a file.",
        _MIRROR,
    ),
)
