"""Makes a commit of git's index, which no branch names, to verify it before ``git commit``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from freightlib.errors import GitError
from freightlib.git.program import run_git

#: A fixed author and time, so that the same index gives the same commit. Nobody sees this commit.
_WHO: Final = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "freightlib"), ("EMAIL", "freightlib@localhost"), ("DATE", "@0 +0000"))
}


def staged_commit(location: str | Path) -> str:
    """Write a commit of the index of the repository at ``location``, and return its id.

    In a hook of ``git commit``, this is the content that will be committed. That is also true for ``git commit -a`` and
    ``git commit <paths>``, for which git uses a separate index. No ref names the commit, so git removes it later.
    Raises GitError, ToolError.
    """
    directory = Path(location)
    if not directory.is_dir():
        raise GitError(f"{str(location)!r} is not a directory", hint="name a repository that has a worktree")
    own = _index(Path(_git(directory, "rev-parse", "--absolute-git-dir")))
    tree = _git(directory, "write-tree", environment=own)
    return _git(directory, "commit-tree", tree, "-m", "What is staged", environment=_WHO)


def _index(git: Path) -> dict[str, str]:
    """Return the variable that names the index of a calling git, if that index belongs to this repository."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return {}
    index = Path(named).absolute()
    return {"GIT_INDEX_FILE": str(index)} if index.parent.resolve() == git.resolve() else {}


def _git(directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    ran = run_git(arguments, directory=directory, environment=environment)
    if ran.status:
        raise GitError(
            f"the index of {str(directory)!r} cannot be read: {ran.reason}",
            hint="name a repository that has an index, and finish an open merge first",
            repository=str(directory),
        )
    return os.fsdecode(ran.out).rstrip("\n")
