"""Findings about render locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, REPLACE, WARNING, Check

_PROMOTE: Final = "promote the stage again: the lock is written by freightlib, never by hand"
_REWRITTEN: Final = "find the lost commit (reflog, other clones) and merge it back, or promote the stage again"
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "The render lock (freight audit)": (
        Check(
            "lock-missing",
            ERROR,
            "the output has no lock",
            "freight.lock, or all of the output, was removed by hand. A promotion never does that.",
            REPLACE,
        ),
        Check(
            "lock-invalid",
            ERROR,
            "the lock cannot be read",
            "freight.lock is not a regular file, not a lock, or a value in it has the wrong form.",
            REPLACE,
        ),
        Check(
            "lock-form",
            WARNING,
            "the lock is not as freightlib writes it",
            "The lock is readable, but its bytes or its mode differ from what a promotion writes. It was edited or "
            "reformatted, or it holds keys that this version does not know.",
            _PROMOTE,
        ),
        Check(
            "lock-foreign",
            ERROR,
            "the lock belongs to another stage",
            "Lock and manifests were copied here from another stage or app. The project file at the locked policy "
            "commit renders that stage to another branch or path.",
            REPLACE,
        ),
        Check(
            "lock-place",
            WARNING,
            "the stage was rendered for another branch or path",
            "The project file at the locked policy commit names another branch or output path for this stage. The "
            "setting changed since, and the manifests were moved by hand.",
            "nothing is wrong with the manifests; the next promotion of the stage writes a new lock",
        ),
        Check(
            "lock-trailers",
            ERROR,
            "the commit's trailers and its lock disagree",
            "The lock was edited, or the commit amended, after the promotion wrote both.",
            _PROMOTE,
        ),
        Check(
            "lock-freight-gone",
            ERROR,
            "the commit that the release was read from does not exist",
            "The GitOps branch was rewritten and the old commit removed, or the lock was edited.",
            _REWRITTEN,
        ),
        Check(
            "lock-freight-unreachable",
            ERROR,
            "the commit that the release was read from is not on the GitOps branch",
            "The GitOps branch was amended, rebased or force-pushed since, or the lock was edited.",
            _REWRITTEN,
        ),
        Check(
            "lock-snapshot",
            ERROR,
            "the locked release is not what its commit holds",
            "The warehouse at the locked freight commit does not have the release, or has it with another tree. The "
            "lock was edited.",
            _PROMOTE,
        ),
        Check(
            "lock-record",
            ERROR,
            "the record of the locked release is wrong",
            "At the locked freight commit the record names another release or payload, or cannot be read. Such a "
            "snapshot cannot be promoted.",
            "see the problem with freight verify, restore the release, and promote it again",
        ),
        Check(
            "lock-snapshot-changed",
            ERROR,
            "the release was changed since it was rendered",
            "The GitOps branch now has the release with another tree than the one that was rendered.",
            "restore the release from the commit that published it: see freight verify",
        ),
        Check(
            "lock-policy-gone",
            ERROR,
            "the commit that policy was read from does not exist",
            "The GitOps branch was rewritten and the old commit removed, or the lock was edited.",
            _REWRITTEN,
        ),
        Check(
            "lock-policy-unreachable",
            ERROR,
            "the commit that policy was read from is not on the GitOps branch",
            "The GitOps branch was amended, rebased or force-pushed since, the stage was promoted with --policy from a "
            "branch that was never merged, or the lock was edited.",
            _REWRITTEN,
        ),
        Check(
            "lock-policy-file",
            ERROR,
            "a locked policy file is not the one at its commit",
            "At the locked policy commit the file has another blob id, or is missing, or exists although the lock says "
            "that it was missing. The lock was edited.",
            _PROMOTE,
        ),
        Check(
            "lock-inputs",
            ERROR,
            "the lock does not match the project file at its policy commit",
            "The project file at the locked policy commit gives other options, another renderer or layout, other "
            "transforms or other policy files for this release. The lock was edited.",
            _PROMOTE,
        ),
        Check(
            "lock-rollback",
            ERROR,
            "the lock's record of a rollback is not true",
            "The commit that it names is not an older one of the branch, or the stage held another release there, or "
            "the rollback is called exact and the lock differs from the lock at that commit. The lock was edited.",
            _PROMOTE,
        ),
    ),
}
