"""Opens the repository at an address: as a cache of its branches, or to read single commits."""

from __future__ import annotations

from collections.abc import Sequence

from freightlib.errors import GitError
from freightlib.git.contract import Repository
from freightlib.git.credentials import without_credentials
from freightlib.git.directories import find_layout
from freightlib.git.libgit2 import Libgit2Storage, object_reader
from freightlib.git.remotes.addresses import file_path
from freightlib.git.remotes.cache import NAME, cached_repository, locked, make_bare, remote_config
from freightlib.git.remotes.partial_clone import SourceRepository, fetch_commits
from freightlib.git.remotes.remote import Remote
from freightlib.git.repositories.cached import CachedRepository
from freightlib.git.repositories.opening import open_local


def open_address(address: str, objects_only: Sequence[str]) -> Repository:
    """See ``GitBackend.open``. Raises RemoteError, ToolError if git is not installed."""
    if not objects_only:
        return CachedRepository(_cache(address), address)
    here = file_path(address)
    if here is not None and find_layout(here) is not None:
        return open_local(here)  # the objects are on this disk, so nothing is copied
    return open_commits(address, objects_only)


def open_commits(address: str, commits: Sequence[str]) -> Repository:
    """Open the repository at ``address`` to read these commits (full ids). Raises RemoteError, RevisionError."""
    cache = cached_repository("objects", address)
    remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
    with locked(cache):
        make_bare(cache)
        fetch_commits(remote, lambda: object_reader(cache / "objects"), commits)
    return SourceRepository(remote, cache, object_reader(cache / "objects"), commits)


def _cache(address: str) -> Libgit2Storage:
    cache = cached_repository("repositories", address)
    remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
    with locked(cache):
        make_bare(cache)
        remote.fetch(options=["--prune"])
    layout = find_layout(cache)
    if layout is None:
        raise GitError(f"the cache {str(cache)!r} is damaged", hint="remove it and run the same again")
    return Libgit2Storage(layout)
