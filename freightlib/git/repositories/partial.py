"""A partial clone as a source: what is missing of a payload comes in one fetch, not file by file."""

from __future__ import annotations

from freightlib.git.credentials import scrub
from freightlib.git.remotes.remote import Remote
from freightlib.git.repositories.local import LocalRepository
from freightlib.git.storage import Storage
from freightlib.git.trees import walk


class PartialRepository(LocalRepository):
    """See ``git.contract.Repository``. git fetches what is read and missing by itself, one object at a time."""

    def __init__(self, storage: Storage, promisor: str) -> None:
        super().__init__(storage)
        self._promisor = promisor

    def prefetch(self, tree: str) -> None:
        """Fetch every file below the tree that is not here yet, in one go. Raises RemoteError."""
        blobs = {entry.id for _, entry in walk(self.read_tree, tree) if not entry.mode & 0o040000}
        missing = sorted(blob for blob in blobs if not self.has(blob))
        if missing:
            address = self.storage.config(f"remote.{self._promisor}.url") or self._promisor
            Remote(self.storage.layout.own, self._promisor, scrub(address)).fetch_objects(missing)
