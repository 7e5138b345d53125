"""Findings about the history of a GitOps branch, and about pushes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, WARNING, Check

_FORWARD: Final = "correct it in a new commit, find out who made this one, then verify with --since <the new commit>"
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "History (with --history)": (
        Check(
            "history-changed",
            ERROR,
            "a published release was changed",
            "A commit changed what an earlier one had published: an edit, a bad merge, or different content under the "
            "same name. A later commit may have restored the release, but the changed one could be deployed in "
            "between.",
            "restore it from the commit that published it: git checkout <commit> -- <path>; then verify with "
            "--since <the new commit>",
        ),
        Check(
            "history-removed",
            ERROR,
            "a published release was removed",
            "A commit removed a release without listing it in pruned.yaml: by hand, by git revert, or by a merge that "
            "took the other side.",
            "restore it from the commit that published it: git checkout <commit> -- <path>; to remove old releases use "
            "freight prune",
        ),
        Check(
            "history-several",
            ERROR,
            "one commit added several releases",
            "A freight commit adds exactly one release. A commit with several comes from a squashed or imported "
            "history. The order of these releases, and what current/ held in between, cannot be proved.",
            "keep the commits that published them (merge, do not squash); for an imported history verify with "
            "--since <the import>",
        ),
        Check(
            "history-current",
            ERROR,
            "a release was added without being put into current/",
            "A freight commit adds a release and copies it to current/. Going back to an older release needs a "
            "separate commit.",
            _FORWARD,
        ),
        Check(
            "history-pruned",
            ERROR,
            "the list of pruned releases was changed",
            "Entries are only ever added to pruned.yaml. Here an entry was lost or changed, or it names another tree "
            "than the published one.",
            "restore the list from the commit before: git checkout <commit>^ -- <path>",
        ),
        Check(
            "pruned-invalid",
            ERROR,
            "the list of pruned releases cannot be read",
            "pruned.yaml is not valid, or not a regular file.",
            "restore it from the commit before: git checkout <commit>^ -- <path>",
        ),
        Check(
            "history-cut",
            WARNING,
            "part of the history is missing",
            "The repository is a shallow clone, so the commits before its first ones cannot be checked.",
            "fetch the rest: git fetch --unshallow",
        ),
    ),
    "Pushes (in a hook)": (
        Check(
            "push-rewritten",
            ERROR,
            "the push would rewrite the branch",
            "This is a force push of an amended or rebased history. The branch would lose commits that record what was "
            "released.",
            "fetch the branch and build on it: git pull --ff-only",
        ),
        Check(
            "push-deleted",
            ERROR,
            "the push would delete the branch",
            "The branch holds what was released, or what a stage deploys.",
            "leave it, or have an administrator of the server remove it",
        ),
    ),
}
