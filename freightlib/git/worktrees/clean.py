"""Finds the worktrees that have a branch checked out, and checks that they are clean before the branch moves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from freightlib.errors import WorkTreeError
from freightlib.git.program import run_git
from freightlib.git.trees import ReadTree, algorithm_of, compare_trees, empty_tree, split_path

_STATUS: Final = ("status", "--porcelain", "-z", "--untracked-files=all", "--ignored", "--no-renames")
_AT_ONCE: Final = 500  # paths in one command line


@frozen
class WorkTree:
    """A worktree: its directory, its own git directory, and the branch that its HEAD names."""

    path: Path
    git: Path
    branch: str


def linked_worktrees(common: Path, head: Callable[[Path], str | None]) -> Iterator[WorkTree]:
    """Yield the worktrees made by ``git worktree add`` that still exist and have a branch checked out.

    ``head`` returns the branch that the HEAD of a git directory names.
    """
    for own in sorted((common / "worktrees").glob("*/gitdir")):
        place = Path(own.read_text(encoding="utf-8", errors="surrogateescape").strip())
        if not place.is_absolute():
            place = own.parent / place
        branch = head(own.parent)
        if branch and place.exists():
            yield WorkTree(place.resolve().parent, own.parent, branch)


def head_branch(git: Path) -> str | None:
    """Return the full name of the branch that HEAD names, or ``None`` if it is detached."""
    try:
        text = (git / "HEAD").read_text(encoding="utf-8", errors="surrogateescape").strip()
    except FileNotFoundError:  # a linked worktree that git is just removing
        return None
    return text.removeprefix("ref:").strip() if text.startswith("ref:") else None


def check_clean(tree: WorkTree, read: ReadTree, old: str | None, new: str | None) -> None:
    """Raise WorkTreeError if a path that differs between the trees ``old`` and ``new`` has uncommitted changes."""
    if new is None:
        raise WorkTreeError(
            f"{tree.branch} is checked out in {str(tree.path)!r} and cannot be deleted",
            hint="switch that worktree to another branch first",
            worktree=str(tree.path),
            paths=[],
        )
    differences = list(compare_trees(read, old or empty_tree(algorithm_of(new)), new))
    paths = [difference.path for difference in differences]
    if not paths:
        return
    dirty = _changed(tree, paths) or _in_the_way(tree, paths)
    if dirty:
        shown = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        raise WorkTreeError(
            f"{tree.branch} is checked out in {str(tree.path)!r} and has uncommitted changes there: {shown}",
            hint="commit or stash them, or work on a bare clone",
            worktree=str(tree.path),
            paths=dirty,
        )


def _changed(tree: WorkTree, paths: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for start in range(0, len(paths), _AT_ONCE):
        ran = run_git(
            [*_STATUS, "--", *paths[start : start + _AT_ONCE]],
            directory=tree.path,
            environment={"GIT_LITERAL_PATHSPECS": "1"},
        )
        if ran.status:
            raise WorkTreeError(
                f"the state of the worktree {str(tree.path)!r} cannot be read: {ran.reason}",
                hint="make `git status` work there",
                worktree=str(tree.path),
                paths=[],
            )
        found |= dict.fromkeys(os.fsdecode(line[3:]) for line in ran.out.split(b"\0") if line)
    return list(found)


def _in_the_way(tree: WorkTree, paths: Sequence[str]) -> list[str]:
    """Return files that are not tracked and would have to become directories."""
    known = set(paths)
    found: dict[str, None] = {}
    for path in paths:
        parts = split_path(path)
        for end in range(1, len(parts)):
            above = "/".join(parts[:end])
            place = tree.path / above
            if above not in known and (place.is_symlink() or (place.exists() and not place.is_dir())):
                found[above] = None
    return list(found)
