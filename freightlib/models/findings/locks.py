"""Findings about render locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, REPLACE, WARNING, Check

_PROMOTE: Final = "promote the stage again: the lock is written by freightlib, never by hand"
_REWRITTEN: Final = (
    "find the lost commit (reflog, other clones) and merge it back, or promote again from the history there is now"
)
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "The render lock (freight audit)": (
        Check(
            "lock-missing",
            ERROR,
            "the output has no lock",
            "freight.lock, or all of the output, was removed by hand: a promotion never does that.",
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
            "It reads as a lock, but its bytes or its mode differ from the one form that promotions write: it "
            "was edited "
            "or reformatted, or holds keys that this version does not know.",
            _PROMOTE,
        ),
        Check(
            "lock-foreign",
            ERROR,
            "the lock is another stage's",
            "Lock and manifests were copied here from another stage or app: the project file at the locked "
            "policy commit "
            "renders that stage to another place.",
            REPLACE,
        ),
        Check(
            "lock-place",
            WARNING,
            "the stage was rendered for another place",
            "The project file at the locked policy commit names another branch or output path for this stage: "
            "the place "
            "moved since, and the manifests were moved by hand.",
            "promote the stage again when something changes; until then nothing is wrong with the manifests",
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
            "the commit that the release was read from is gone",
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
            "The warehouse at the locked freight commit has no such release, or has it with another tree: the lock was "
            "edited.",
            _PROMOTE,
        ),
        Check(
            "lock-record",
            ERROR,
            "the record of the locked release is wrong",
            "At the locked freight commit the record names another release or payload, or cannot be read; nothing is "
            "promoted from such a snapshot.",
            "see it with freight verify, restore the release, and promote it again",
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
            "the commit that policy was read from is gone",
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
            "At the locked policy commit the file has another blob id, or is absent, or is there where the lock "
            "says that "
            "it was absent: the lock was edited.",
            _PROMOTE,
        ),
        Check(
            "lock-inputs",
            ERROR,
            "the lock is not what its own inputs give",
            "The project file at the locked policy commit gives other options, another renderer or layout, other "
            "transforms or other policy files for this release: the lock was edited.",
            _PROMOTE,
        ),
        Check(
            "lock-rollback",
            ERROR,
            "the lock's record of a rollback is not true",
            "The commit that it names is not an older one of the branch, the stage held another release there, or the "
            "rollback is called exact and the lock differs from the one of then: the lock was edited.",
            _PROMOTE,
        ),
    ),
}
