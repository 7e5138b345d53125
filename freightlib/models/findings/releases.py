"""Findings about releases in a warehouse: records, the mirror, literal copies, and what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, LITERAL, NOTE, RESTORE, WARNING, Check

_MIRROR: Final = (
    "copy the release over it: rm -rf current && cp -a git-<id> current && git add -fA current, and commit that"
)
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "The warehouse": (
        Check(
            "warehouse-not-directory",
            ERROR,
            "the warehouse is not a directory",
            "The warehouse path in the project file is a file, symbolic link or submodule.",
            "move it away, or correct warehouse in freightlib.yaml",
        ),
        Check(
            "warehouse-entry",
            WARNING,
            "the warehouse has an unexpected entry",
            "Only git-<full commit id> directories and current/ belong there.",
            "move it out of the warehouse",
        ),
        Check(
            "tag-short",
            ERROR,
            "a snapshot is not named by a full commit id",
            "The directory's name is not git- and 40 (or 64) lower-case hex digits, so it is ambiguous.",
            "remove it, and publish the release by its full commit id",
        ),
        Check(
            "snapshot-missing",
            ERROR,
            "the snapshot does not exist",
            "The requested release is not in the warehouse at this commit.",
            "publish it first: freight publish",
        ),
        Check(
            "snapshot-not-directory",
            ERROR,
            "a snapshot is not a directory",
            "A file, symbolic link or submodule has the name of a snapshot (or current).",
            RESTORE,
        ),
        Check(
            "current-missing",
            ERROR,
            "there is no current/",
            "Snapshots are published, but the directory that promotion reads is missing.",
            "copy its release there: cp -a git-<id> current && git add -fA current, and commit that",
        ),
    ),
    "The record": (
        Check(
            "record-missing",
            ERROR,
            "the snapshot has no record",
            "freight.yaml is missing, or is not a regular file.",
            RESTORE,
        ),
        Check(
            "record-invalid",
            ERROR,
            "the record cannot be read",
            "freight.yaml is not YAML, lacks a key, has a value of the wrong form, or its tag and revision disagree.",
            "records are written by freight publish, never by hand: " + RESTORE,
        ),
        Check(
            "record-tag",
            ERROR,
            "the directory and its record name different releases",
            "The directory's name is not the tag in its record. The directory was renamed, or the record was copied "
            "from another release.",
            RESTORE,
        ),
        Check(
            "record-unknown-key",
            NOTE,
            "the record has a key that this version does not know",
            "A newer freightlib, or another tool, wrote it. freightlib keeps it unchanged.",
            "update freightlib, or remove the key where the record is written",
        ),
        Check(
            "record-source-tree",
            ERROR,
            "the payload is not the one that the record names",
            "source.tree in the record and the payload's own tree id differ: one of the two was changed later.",
            LITERAL,
        ),
    ),
    "The mirror": (
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
            "current/ has a file that its release does not have",
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
            "The executable bit was set or lost, for example by a copy through a file system without modes.",
            _MIRROR,
        ),
        Check(
            "mirror-type",
            ERROR,
            "an entry of current/ is of another type than in its release",
            "A symbolic link became a file (or the other way round), or a directory a file.",
            _MIRROR,
        ),
    ),
    "The literal copy (with --source)": (
        Check(
            "literal-added",
            ERROR,
            "the snapshot has a file that the source does not have",
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
            "The source repository does not have the commit: its history was rewritten or pruned, or it is a shallow "
            "or another clone.",
            "give a --source that has the commit, such as a full clone, and tag released commits so that git keeps "
            "them",
        ),
    ),
    "Reading": (
        Check(
            "unreadable",
            ERROR,
            "something cannot be read",
            "A git object is damaged or missing, or a file's permissions forbid reading it.",
            "run git fsck --full there and fetch the objects again, or correct the permissions",
        ),
        Check(
            "special-file",
            ERROR,
            "an entry is neither a file, a directory nor a symbolic link",
            "A fifo, socket or device is in a checked-out snapshot. git cannot store one.",
            "remove it",
        ),
        Check(
            "plugin-failed",
            ERROR,
            "a plugin's check failed",
            "A plugin's freightlib_check_snapshot raised an exception, or returned something other than findings, so "
            "its result is unknown.",
            "update or uninstall the plugin, and report the problem to its authors",
        ),
    ),
}
