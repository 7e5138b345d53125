"""Merges a branch with git, as the merge buttons of a forge do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from freightlib.testing.program import git

#: The kinds of merges that forges offer.
MERGES: Final = ("merge", "squash", "rebase", "fast-forward")


def merge_pull_request(repository: Path, head: str, base: str, kind: str = "merge", message: str = "") -> str:
    """Merge ``head`` into the branch ``base`` of a repository and return the new tip of ``base``.

    ``kind`` is one of ``MERGES``; ``message`` is that of a merge or squash commit. The merge is made in a temporary
    worktree, so the repository may be bare, and its own worktree does not change.
    """
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory, "work")
        git(repository, "worktree", "add", "-q", "--detach", "--force", str(work), base)
        try:
            _merge(work, head, base, kind, message)
            made = git(work, "rev-parse", "HEAD")
            git(repository, "update-ref", f"refs/heads/{base}", made)
            return made
        finally:
            git(repository, "worktree", "remove", "--force", str(work))


def _merge(work: Path, head: str, base: str, kind: str, message: str) -> None:
    if kind == "merge":
        git(work, "merge", "-q", "--no-ff", "-m", message or f"Merge pull request #1 from {head}", head)
    elif kind == "squash":
        git(work, "merge", "-q", "--squash", head)
        git(work, "commit", "-q", "-m", message or f"{head} (#1)")
    elif kind == "rebase":
        git(work, "-c", "advice.mergeConflict=false", "cherry-pick", f"{base}..{head}")
        git(work, "commit", "-q", "--amend", "--no-edit", "--date=2001-01-01T00:00:00Z")
    elif kind == "fast-forward":
        git(work, "merge", "-q", "--ff-only", head)
    else:
        raise ValueError(f"{kind!r} is not one of {MERGES}")
