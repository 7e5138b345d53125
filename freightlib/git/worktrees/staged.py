"""What is about to be committed: git's index as a commit, on no branch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from freightlib.errors import GitError
from freightlib.git.program import run_git

#: The commit is only there to be read: who made it does not matter, and the same index gives the same commit.
_WHO: Final = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "freightlib"), ("EMAIL", "freightlib@localhost"), ("DATE", "@0 +0000"))
}


def staged_commit(location: str | Path) -> str:
    """The id of a commit that holds what the index of the repository at ``location`` holds.

    In a hook of ``git commit`` that is what will be committed, also with ``-a`` or paths, when git uses an index of its
    own. No ref names it, so that git removes it in time. Raises GitError, ToolError.
    """
    directory = Path(location)
    if not directory.is_dir():
        raise GitError(f"{str(location)!r} is not a directory", hint="name a repository that has a work tree")
    own = _index(Path(_git(directory, "rev-parse", "--absolute-git-dir")))
    tree = _git(directory, "write-tree", environment=own)
    return _git(directory, "commit-tree", tree, "-m", "What is staged", environment=_WHO)


def _index(git: Path) -> dict[str, str]:
    """The index that a calling git works with, if it is one of this repository."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return {}
    index = Path(named).absolute()
    return {"GIT_INDEX_FILE": str(index)} if index.parent.resolve() == git.resolve() else {}


def _git(directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    ran = run_git(arguments, directory=directory, environment=environment)
    if ran.status:
        raise GitError(
            f"what is staged in {str(directory)!r} cannot be read: {ran.reason}",
            hint="name a repository that has an index, and finish a merge that it is in",
            repository=str(directory),
        )
    return os.fsdecode(ran.out).rstrip("\n")
