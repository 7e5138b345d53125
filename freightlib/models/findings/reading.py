"""Findings: reading."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import ERROR, Check

TITLE: Final = "Reading"
CHECKS: Final = (
    Check(
        "unreadable",
        ERROR,
        "it cannot be read",
        "A git object is damaged or absent, or a file's permissions forbid reading it.",
        "run git fsck --full there and fetch the objects again, or correct the permissions",
    ),
    Check(
        "special-file",
        ERROR,
        "it is neither file, directory nor symbolic link",
        "A fifo, socket or device lies in a checked-out snapshot; git cannot hold one.",
        "remove it",
    ),
    Check(
        "plugin-failed",
        ERROR,
        "a plugin's check failed",
        "A plugin's freightlib_check_snapshot raised, or gave something else than findings: nothing is known of "
        "what it would have found.",
        "update or uninstall the plugin, and tell its authors",
    ),
)
