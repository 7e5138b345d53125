"""Finds the directories of a repository on the disk. Does not import libgit2, so it is cheap.

A linked worktree has its own git directory (HEAD, index) and shares the common one (objects, refs): see git's
Documentation/gitrepository-layout.txt.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from freightlib.errors import GitError


@frozen
class Layout:
    """The git directories of a repository: ``own`` is that of this worktree, ``common`` the shared one. They differ
    only for linked worktrees.
    """

    own: Path
    common: Path

    @property
    def objects(self) -> Path:
        """The object directory."""
        return self.common / "objects"


def find_layout(location: str | Path) -> Layout | None:
    """Return the repository at ``location``, or the one around it if it is a directory inside a worktree.

    Returns ``None`` if there is no repository. Raises GitError if the path cannot be read.
    """
    try:
        start = Path(location).expanduser().resolve()
        if not start.is_dir():  # a mistyped path inside a worktree must not open the repository around it
            return None
        for directory in (start, *start.parents):
            found = _at(directory)
            if found is not None:
                return found
    except (OSError, RuntimeError, ValueError) as error:  # unreadable, no such home, a NUL in the path
        raise GitError(f"{str(location)!r} cannot be read: {error}", hint="check the path") from error
    return None


def _at(directory: Path) -> Layout | None:
    inner = directory / ".git"
    if inner.is_file():
        text = inner.read_text(encoding="utf-8", errors="surrogateescape").strip()
        if text.startswith("gitdir:"):
            return _layout((directory / text.removeprefix("gitdir:").strip()).resolve())
    return _layout(inner) or _layout(directory)


def _layout(path: Path) -> Layout | None:
    if not (path / "HEAD").is_file():
        return None
    shared = path / "commondir"
    common = (path / shared.read_text(encoding="utf-8").strip()).resolve() if shared.is_file() else path
    return Layout(path, common) if (common / "objects").is_dir() and (common / "refs").is_dir() else None
