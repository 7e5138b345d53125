"""Reads single commits of a remote repository: fetches their trees, and files only when they are read.

The cache is a partial clone. libgit2 cannot open one as a repository, but can read its packs. The git program fetches
missing objects, all files of a payload at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from freightlib.errors import GitError, RemoteError, RevisionError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.remotes.cache import locked
from freightlib.git.remotes.remote import Remote
from freightlib.git.repositories.reading import Reading, unknown
from freightlib.git.storage import Objects
from freightlib.git.trees import Entry, algorithm_of, walk
from freightlib.models.freight import is_full_id


def fetch_commits(remote: Remote, reader: Callable[[], Objects], commits: Sequence[str]) -> None:
    """Fetch the commits with their trees: by id without files, else by id with files, else every branch in whole.

    ``reader`` opens the cache's objects again after a fetch. Call this under the cache's lock. Raises RemoteError,
    RevisionError if the remote does not have one of the commits.
    """
    for commit in commits:
        if not is_full_id(commit):
            raise unknown(commit, remote.shown)
    objects = reader()
    missing = [commit for commit in commits if not objects.has(commit)]
    if not missing:
        return
    remote.require_smart()
    for options in (["--depth=1", "--filter=blob:none"], ["--depth=1"]):
        try:
            remote.fetch(*missing, options=options)
        except RemoteError:  # the server may support neither filters nor fetching by id: fetch more
            continue
        return
    remote.fetch()
    objects = reader()
    for commit in missing:
        if not objects.has(commit):
            raise unknown(commit, remote.shown)


class SourceRepository(Reading):
    """A read-only ``git.contract.Repository`` without refs. Writing raises GitError."""

    def __init__(self, remote: Remote, cache: Path, objects: Objects, commits: Sequence[str]) -> None:
        super().__init__(algorithm_of(commits[0]))
        self._remote = remote
        self._cache = cache
        self._commits = tuple(commits)
        self._objects = objects

    @property
    def location(self) -> str:
        """The address, without credentials."""
        return self._remote.shown

    @property
    def address(self) -> str:
        """The address, without credentials."""
        return self.location

    @property
    def head(self) -> str | None:
        """``None``: this repository has no refs."""
        return None

    def ref(self, name: str, /) -> str | None:
        """Return ``None``: this repository has no refs."""
        del name
        return None

    def refs(self, prefix: str, /) -> Mapping[str, str]:
        """Return an empty mapping: this repository has no refs."""
        del prefix
        return {}

    def resolve(self, revision: str, /) -> str:
        """Return ``revision`` if it is one of the commits that were opened. Raises RevisionError otherwise."""
        if revision not in self._commits:
            raise RevisionError(
                f"{revision!r} is not a commit that {self.location!r} was opened for",
                hint="give the full commit id",
                revision=revision,
            )
        return revision

    def _get(self, name: str) -> tuple[str, bytes] | None:
        if not self.is_id(name):
            return None
        found = self._objects.read(name)
        if found is None:
            self._fetch([name])
            found = self._objects.read(name)
        return found

    def prefetch(self, tree: str) -> None:
        """Fetch every missing file below the tree at once."""
        blobs = {entry.id for _, entry in walk(self.read_tree, tree) if not entry.mode & 0o040000}
        self._fetch(sorted(blob for blob in blobs if not self._objects.has(blob)))

    def _fetch(self, names: Sequence[str]) -> None:
        if names:
            with locked(self._cache):
                self._remote.fetch_objects(names)

    def refresh(self) -> None:
        """Do nothing: commits never change."""

    def identity(self) -> tuple[str, str]:
        """Return the default name and email."""
        return "freightlib", "freightlib@localhost"

    def write_blob(self, data: bytes, /) -> str:
        """Raise GitError: this repository is read-only."""
        del data
        self._refuse()

    def write_tree(self, entries: Iterable[Entry], /) -> str:
        """Raise GitError: this repository is read-only."""
        del entries
        self._refuse()

    def copy_tree(self, source: Repository, tree: str, /) -> int:
        """Raise GitError: this repository is read-only."""
        del source, tree
        self._refuse()

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Identity, committer: Identity | None = None, /
    ) -> str:
        """Raise GitError: this repository is read-only."""
        del tree, parents, message, author, committer
        self._refuse()

    def move_refs(self, updates: Sequence[RefUpdate], /, *, reason: str = "") -> None:
        """Raise GitError: this repository is read-only."""
        del updates, reason
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise GitError(f"{self.location!r} was opened for reading single commits", hint="open it without objects_only")
