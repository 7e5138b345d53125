"""Opens a repository on this disk, through libgit2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from freightlib.errors import GitError
from freightlib.git.directories import find_layout
from freightlib.git.libgit2 import Libgit2Storage

if TYPE_CHECKING:
    from freightlib.git.repositories.local import LocalRepository


def open_local(location: str | Path, *, push: bool = False) -> LocalRepository:
    """Open the repository at a path, or around it. Raises GitError if there is no repository."""
    from freightlib.git.repositories.local import LocalRepository

    layout = find_layout(location)
    if layout is None:
        raise GitError(
            f"there is no git repository at {str(location)!r}",
            hint="check the path, or make one with git init",
            repository=str(location),
        )
    storage = Libgit2Storage(layout)
    if not push:
        return LocalRepository(storage)
    from freightlib.git.repositories.pushing import PushingRepository

    return PushingRepository(storage)
