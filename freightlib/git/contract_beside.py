"""What a git repository may have beside: asked for with ``isinstance``, and done without where it is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from freightlib.models import Signature


@runtime_checkable
class Fetching(Protocol):
    """What a repository may have beside: it holds only part of its objects, and gets more of them in one go."""

    def prefetch(self, tree: str) -> None:
        """Get every object of the tree that is not here yet. Raises RemoteError."""
        ...


@runtime_checkable
class Skimming(Protocol):
    """What a repository may have beside: raw trees as fast as git itself reads them, for comparing thousands."""

    def skim_tree(self, tree: str, /) -> bytes:
        """A raw tree object, not checked against its id (``git log`` does not either; ``git fsck`` does).

        Raises CorruptObjectError when it is absent or damaged.
        """
        ...


@runtime_checkable
class Signing(Protocol):
    """What a repository may have beside: it signs the commits that it writes, and checks those that it has.

    Where it has not, commits are written unsigned, and asking for a signature is an error.
    """

    def signing(self, sign: bool | None, /) -> AbstractContextManager[None]:
        """Within the context, ``write_commit`` signs each commit (true), none (false), or as git is configured to
        (``None``, which holds outside too). ``write_commit`` then also raises SigningError.
        """
        ...

    def check_signatures(
        self, commits: Iterable[str], /, *, allowed_signers: Path | None = None
    ) -> Mapping[str, Signature]:
        """The verdict of ``git verify-commit`` on each of the commits (full ids), which are durable.

        ``allowed_signers`` is a file that stands in for ``gpg.ssh.allowedSignersFile``. Raises ToolError without git.
        """
        ...


@runtime_checkable
class Publishing(Protocol):
    """What a repository may say beside: the refs it moves are moved at a remote, where a forge sees them."""

    publishes: bool
