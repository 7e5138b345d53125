"""The built-in git backend ``libgit2``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from freightlib.errors import GitError
from freightlib.git.contract import GitBackend
from freightlib.git.directories import Layout
from freightlib.git.libgit2 import Libgit2Storage, object_reader, unsupported
from freightlib.git.storage_backend import StorageBackend

if TYPE_CHECKING:
    from freightlib.git.storage import Objects

#: Marks the hook of this built-in plugin. The hooks are declared in a room above this one.
_hookimpl = pluggy.HookimplMarker("freightlib")


class Libgit2Backend(StorageBackend):
    """Opens repositories through libgit2; fetches and pushes through the git program."""

    name = "libgit2"

    def storage(self, layout: Layout) -> Libgit2Storage:
        """See ``StorageBackend``."""
        return Libgit2Storage(layout)

    def objects(self, directory: Path, algorithm: str) -> Objects:  # noqa: ARG002 (SHA-1 alone)
        """See ``StorageBackend``."""
        return object_reader(directory)

    def can_open(self, layout: Layout) -> bool:
        """Return whether libgit2 can open it: it supports no SHA-256, no reftable and no partial clones."""
        return unsupported(layout) is None

    def create(self, path: str, *, bare: bool, branch: str, **options: str) -> None:  # noqa: ARG002
        """See ``StorageBackend``."""
        import pygit2

        try:
            pygit2.init_repository(path, bare=bare, initial_head=branch)
        except (pygit2.GitError, OSError, ValueError) as error:
            raise GitError(f"no repository can be made at {path!r}: {error}", hint="choose another path") from error


@_hookimpl
def freightlib_git_backends() -> list[GitBackend]:
    """Offer the backend."""
    return [Libgit2Backend()]
