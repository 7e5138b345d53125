"""A remote repository: objects are read and written in a cache, refs move by an atomic push with leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from freightlib.errors import GitError, RefConflictError, RefLockedError, StorageError
from freightlib.git.contract import RefUpdate
from freightlib.git.credentials import without_credentials
from freightlib.git.objects.staging import release_packs
from freightlib.git.remotes.cache import NAME, locked, remote_config
from freightlib.git.remotes.remote import Remote
from freightlib.git.repositories.local import LocalRepository
from freightlib.git.repositories.reading import unknown
from freightlib.git.safe_names import check_ref

if TYPE_CHECKING:
    from freightlib.git.storage import Storage

_HEADS: Final = "refs/heads/"
_CACHED: Final = "refs/remotes/origin/"


class CachedRepository(LocalRepository):
    """A Repository at an address. The cache stores its branches as remote-tracking ones and shows them as branches."""

    publishes = True

    def __init__(self, storage: Storage, address: str) -> None:
        super().__init__(storage)
        self._shown = without_credentials(address)
        self._cache = storage.layout.common
        self.remote = Remote(self._cache, NAME, self._shown, remote_config(address))
        # a push runs without the lock of the cache (a hook of the server may use it), so git must not write there
        self._target = Remote(self._cache, NAME, self._shown, remote_config(address, tracking=False))
        self._head: str | None = None

    @property
    def location(self) -> str:
        """The address, without credentials."""
        return self._shown

    @property
    def address(self) -> str:
        """The address, without credentials."""
        return self.location

    @property
    def head(self) -> str | None:
        """The remote's default branch, read once."""
        if self._head is None:
            self._head = self.remote.head()
        return self._head

    def ref(self, name: str, /) -> str | None:
        """See ``contract.Repository``, as of the last fetch; branches only, and ``HEAD``."""
        if name == "HEAD":
            name = self.head or ""
        return super().ref(_cached(name)) if name.startswith(_HEADS) else None

    def refs(self, prefix: str, /) -> Mapping[str, str]:
        """See ``contract.Repository``, as of the last fetch; branches only."""
        names = (_HEADS + name.removeprefix(_CACHED) for name in self.storage.refs(_CACHED))
        found = {name: self.ref(name) for name in names if name.startswith(prefix)}
        return {name: commit for name, commit in found.items() if commit is not None}

    def resolve(self, revision: str, /) -> str:
        """Return the commit id of a full id, ``HEAD`` or a branch. Raises RevisionError."""
        if self.is_id(revision):
            return super().resolve(revision)
        names = (revision, _HEADS + revision, _HEADS + revision.removeprefix("origin/"))
        found = next((commit for name in names if (commit := self.ref(name)) is not None), None)
        if found is None:
            raise unknown(revision, self.location)
        return found

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:  # noqa: ARG002 - reflogs are local
        """Push all refs or none. Raises RefConflictError, RemoteRejectedError, RemoteError, StorageError."""
        for update in updates:
            check_ref(update.ref)
            if not update.ref.startswith(_HEADS):
                raise GitError(f"{update.ref} is not a branch", hint="use refs/heads/<name>", ref=update.ref)
            if update.new is not None:
                self.read_commit(update.new)
        self.flush()
        self._target.push([update for update in updates if update.new != update.old])
        self._note(updates)
        release_packs(self._keeps)

    def _note(self, updates: Sequence[RefUpdate]) -> None:
        """Update the remote-tracking branches of the cache, unless another process has updated them already."""
        noted = [
            RefUpdate(_cached(update.ref), self.storage.ref(_cached(update.ref)), update.new) for update in updates
        ]
        moved = [update for update, given in zip(noted, updates, strict=True) if update.old == given.old]
        try:
            with locked(self._cache), self.storage.moving(moved, (), self.identity(), "push") as transaction:
                transaction.commit()
        except StorageError:  # the push has succeeded; a later push detects an outdated cache
            return
        except (RefConflictError, RefLockedError):
            moved = []
        if len(moved) < len(noted):
            self.refresh()

    def refresh(self) -> None:
        """Fetch all branches. Raises RemoteError."""
        fetch(self.remote, self._cache)


def fetch(remote: Remote, cache: Path) -> None:
    """Fetch all branches into the cache, one process at a time."""
    with locked(cache):
        remote.fetch(options=["--prune"])


def _cached(name: str) -> str:
    return _CACHED + name.removeprefix(_HEADS)
