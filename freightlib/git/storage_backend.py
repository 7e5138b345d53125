"""The base of a git backend for repositories on the disk: a subclass says how objects and refs are stored.

    class MyBackend(StorageBackend):
        name = "mine"

        def storage(self, layout):
            return MyStorage(layout)

        def objects(self, directory, algorithm):
            return MyObjects(directory)

        def create(self, path, *, bare, branch):
            ...

Everything above that is here and in ``freightlib.git.repositories``: names are checked, addresses are opened through a
cache, moves of refs are pushed, work trees follow. What that needs is imported when a repository is opened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from freightlib.errors import GitError
from freightlib.git.contract import Repository
from freightlib.git.credentials import without_credentials
from freightlib.git.directories import Layout, find_layout
from freightlib.git.remotes.addresses import file_path, is_address
from freightlib.git.safe_names import check_branch
from freightlib.git.trees import algorithm_of

if TYPE_CHECKING:
    from freightlib.git.remotes.remote import Remote
    from freightlib.git.repositories.local import LocalRepository
    from freightlib.git.storage import Objects, Storage


class StorageBackend(ABC):
    """See ``contract.GitBackend``. ``algorithms`` are those of the object ids that it can store."""

    name: str
    algorithms: ClassVar[Sequence[str]] = ("sha1",)

    # --- what a subclass says ---

    @abstractmethod
    def storage(self, layout: Layout) -> Storage:
        """The repository there. Raises GitError, UnsupportedRepositoryError."""

    @abstractmethod
    def objects(self, directory: Path, algorithm: str) -> Objects:
        """The objects in an object directory and its alternates. Nothing is fetched for it."""

    @abstractmethod
    def create(self, path: str, *, bare: bool, branch: str, **options: str) -> None:
        """Make a repository at a path where there is none. Raises GitError."""

    def can_open(self, layout: Layout) -> bool:  # noqa: ARG002 (for subclasses)
        """Whether ``storage`` will take the repository: asked before another backend is."""
        return True

    # --- the contract ---

    def accepts(self, location: str, /) -> bool:
        """Whether ``location`` is an address, or a repository on the disk that this backend can open."""
        here = file_path(location) if is_address(location) else location
        layout = find_layout(here) if here is not None else None
        return is_address(location) if layout is None else self.can_open(layout)

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """See ``contract.GitBackend``. Raises GitError; ToolError for an address when git is not installed."""
        if not is_address(location):
            return self._open_local(location, push=push)
        if not objects_only:
            return self._open_cached(location)
        here = file_path(location)
        if here is not None and find_layout(here) is not None:
            return self._open_local(here)  # its objects are on this disk: nothing to copy
        return self.open_commits(location, objects_only)

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main", **options: str) -> Repository:
        """Make a repository; an existing one, or a directory that holds something else in its way, is an error."""
        check_branch(branch)
        existing = find_layout(path)
        if existing is not None and Path(path).resolve() in (existing.own, existing.own.parent):
            raise GitError(f"{path!r} is a git repository already", hint="open it", repository=path)
        self.create(path, bare=bare, branch=branch, **options)
        return self._open_local(path)

    def _open_local(self, location: str | Path, *, push: bool = False) -> LocalRepository:
        from freightlib.git.repositories.local import LocalRepository

        layout = find_layout(location)
        if layout is None:
            raise GitError(
                f"there is no git repository at {str(location)!r}",
                hint="check the path, or make one with git init",
                repository=str(location),
            )
        storage = self.storage(layout)
        if push:
            from freightlib.git.repositories.pushing import PushingRepository

            return PushingRepository(storage)
        promisor: str | None = getattr(storage, "promisor", None)
        if promisor is not None:
            from freightlib.git.repositories.partial import PartialRepository

            return PartialRepository(storage, promisor)
        return LocalRepository(storage)

    def _open_cached(self, address: str) -> Repository:
        from freightlib.git.remotes.cache import NAME, cached_repository, locked, make_bare, remote_config
        from freightlib.git.remotes.remote import Remote
        from freightlib.git.repositories.cached import CachedRepository

        cache = cached_repository("repositories", address)
        remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
        with locked(cache):
            if not (cache / "HEAD").is_file():
                make_bare(cache, self._algorithm(remote))
            remote.fetch(options=["--prune"])
        layout = find_layout(cache)
        if layout is None:
            raise GitError(f"the cache {str(cache)!r} is damaged", hint="remove it and run the same again")
        return CachedRepository(self.storage(layout), address)

    def _algorithm(self, remote: Remote) -> str:
        """The algorithm of what is at an address: that of the ids it lists, SHA-1 if there are none."""
        if len(self.algorithms) == 1:
            return self.algorithms[0]
        from attrs import evolve

        listed = evolve(remote, git=Path("/")).refs()  # from anywhere: the cache is not made yet
        return algorithm_of(next(iter(listed.values()), ""))

    def open_commits(self, address: str, commits: Sequence[str]) -> Repository:
        """The commits (full ids) of the repository at ``address``, for reading. Raises RemoteError, RevisionError."""
        from freightlib.git.remotes.cache import NAME, cached_repository, locked, make_bare, remote_config
        from freightlib.git.remotes.partial_clone import SourceRepository, fetch_commits
        from freightlib.git.remotes.remote import Remote

        cache = cached_repository("objects", address)
        remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
        found = algorithm_of(commits[0])
        algorithm = found if found in self.algorithms else self.algorithms[0]
        with locked(cache):
            make_bare(cache, algorithm)
            fetch_commits(remote, lambda: self.objects(cache / "objects", algorithm), commits)
        return SourceRepository(remote, cache, self.objects(cache / "objects", algorithm), commits)
