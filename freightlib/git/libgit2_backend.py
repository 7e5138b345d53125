"""The built-in git backend ``libgit2``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pluggy

from freightlib.errors import GitError
from freightlib.git.contract import GitBackend, Repository
from freightlib.git.directories import find_layout
from freightlib.git.libgit2 import unsupported
from freightlib.git.remotes.addresses import file_path, is_address
from freightlib.git.repositories.opening import open_local
from freightlib.git.safe_names import check_branch

#: Marks the hook of this built-in plugin. The hooks are declared in a room above this one.
_hookimpl = pluggy.HookimplMarker("freightlib")


class Libgit2Backend:
    """Opens repositories through libgit2; fetches and pushes through the git program."""

    name = "libgit2"

    def accepts(self, location: str, /) -> bool:
        """Return whether ``location`` is an address, or a repository on the disk that libgit2 can open."""
        here = file_path(location) if is_address(location) else location
        layout = find_layout(here) if here is not None else None
        if layout is None:
            return is_address(location)
        return unsupported(layout) is None

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """See ``GitBackend.open``."""
        if is_address(location):
            from freightlib.git.repositories.at_address import open_address

            return open_address(location, objects_only)
        return open_local(location, push=push)

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main") -> Repository:
        """Create a repository. Raises GitError if there is one already, or if the directory cannot be used."""
        import pygit2

        check_branch(branch)
        existing = find_layout(path)
        if existing is not None and Path(path).resolve() in (existing.own, existing.own.parent):
            raise GitError(f"{path!r} is a git repository already", hint="open it", repository=path)
        try:
            pygit2.init_repository(path, bare=bare, initial_head=branch)
        except (pygit2.GitError, OSError, ValueError) as error:
            raise GitError(f"no repository can be made at {path!r}: {error}", hint="choose another path") from error
        return open_local(path)


@_hookimpl
def freightlib_git_backends() -> list[GitBackend]:
    """Offer the backend."""
    return [Libgit2Backend()]
