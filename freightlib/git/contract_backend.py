"""A way to work on git repositories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from freightlib.git.contract import Repository


class GitBackend(Protocol):
    """A way to work on git repositories."""

    name: str

    def accepts(self, location: str, /) -> bool:
        """Whether this backend can open ``location`` (a path or an address) as it is."""
        ...

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """Open a repository: in place for a path, through a cache for an address.

        ``push``: moves of refs also go to the remote of a local repository, and count only when they arrived.
        ``objects_only``: full commit ids; only these are needed, for reading (a source repository), so an address
        is not mirrored. Raises GitError.
        """
        ...

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main") -> Repository:
        """Make a new repository at ``path``."""
        ...
