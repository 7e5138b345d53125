"""Findings about the history of a GitOps branch, and about pushes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from freightlib.models.findings.check import ERROR, WARNING, Check

_FORWARD: Final = "put it right in a new commit, find out who made this one, and go on with --since <that new commit>"
#: Title of a group -> its checks.
GROUPS: Final[Mapping[str, tuple[Check, ...]]] = {
    "History (with --history)": (
        Check(
            "history-changed",
            ERROR,
            "a published release was changed",
            "A commit changed what an earlier one had published: an edit, a bad merge, other content under the "
            "same name. "
            "A later commit may have restored it: in between it could be deployed.",
            "restore it from the commit that published it: git checkout <commit> -- <path>; then go on with "
            "--since <that "
            "new commit>",
        ),
        Check(
            "history-removed",
            ERROR,
            "a published release was removed",
            "A commit removed a release without listing it in pruned.yaml: by hand, by git revert, or by a "
            "merge that took "
            "the other side.",
            "restore it from the commit that published it: git checkout <commit> -- <path>; to remove old releases use "
            "freight prune",
        ),
        Check(
            "history-several",
            ERROR,
            "one commit added several releases",
            "A freight commit adds exactly one release. Several at once are a squashed or imported history: the "
            "order in "
            "which they were released, and what current/ was in between, cannot be proved.",
            "keep the commits that published them (merge, do not squash); for an imported history begin with "
            "--since <the "
            "import>",
        ),
        Check(
            "history-current",
            ERROR,
            "a release was added without being put into current/",
            "A freight commit adds a release and refreshes current/ to it; to go back to an older release "
            "afterwards takes "
            "a commit of its own.",
            _FORWARD,
        ),
        Check(
            "history-pruned",
            ERROR,
            "the list of pruned releases was changed",
            "pruned.yaml only grows: an entry was lost or changed, or it names another tree than was published.",
            "restore the list from the commit before: git checkout <commit>^ -- <path>",
        ),
        Check(
            "pruned-invalid",
            ERROR,
            "the list of pruned releases cannot be read",
            "pruned.yaml is not YAML of its form, or not a regular file.",
            "restore it from the commit before: git checkout <commit>^ -- <path>",
        ),
        Check(
            "history-cut",
            WARNING,
            "a part of the history is not here",
            "The repository is a shallow clone: what came before its first commits cannot be seen, so it is not "
            "proved.",
            "fetch the rest: git fetch --unshallow",
        ),
    ),
    "Pushes (in a hook)": (
        Check(
            "push-rewritten",
            ERROR,
            "the push would rewrite the branch",
            "A force push, of an amended or rebased history: what was released would not be what is written "
            "down any more.",
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
