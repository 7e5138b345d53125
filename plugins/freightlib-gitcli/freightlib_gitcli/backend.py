"""Opens repositories through the git program: in place for a path, through a cache for an address.

What opening needs is imported then: every verb loads the backend, to see whether it is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from freightlib.errors import GitError
from freightlib.git.contract import Repository
from freightlib.git.credentials import without_credentials
from freightlib.git.directories import find_layout
from freightlib.git.remotes.addresses import file_path, is_address
from freightlib.git.safe_names import check_branch
from freightlib.git.trees import algorithm_of

if TYPE_CHECKING:
    from freightlib.git.remotes.remote import Remote
    from freightlib.git.repositories.local import LocalRepository


class GitProgramBackend:
    """Repositories through the git program: also with SHA-256 ids, reftable, and partial clones."""

    name = "git"

    def accepts(self, location: str, /) -> bool:
        """Whether ``location`` is an address, or inside a repository on the disk."""
        return is_address(location) or find_layout(location) is not None

    def open(self, location: str, /, *, push: bool = False, objects_only: Sequence[str] = ()) -> Repository:
        """See ``GitBackend.open``. Raises GitError, ToolError when git is not installed."""
        if not is_address(location):
            return open_local(location, push=push)
        if not objects_only:
            return _open_cached(location)
        here = file_path(location)
        if here is not None and find_layout(here) is not None:
            return open_local(here)  # its objects are on this disk: nothing to copy
        return _open_commits(location, objects_only)

    def init(
        self, path: str, /, *, bare: bool = False, branch: str = "main", object_format: str = "sha1"
    ) -> Repository:
        """Make a repository; an existing one, or a directory that holds something else in its way, is an error.

        ``object_format`` is ``sha1`` or ``sha256``.
        """
        from freightlib.git.program import run_git

        check_branch(branch)
        existing = find_layout(path)
        if existing is not None and Path(path).resolve() in (existing.own, existing.own.parent):
            raise GitError(f"{path!r} is a git repository already", hint="open it", repository=path)
        options = ["--quiet", "--template=", f"--initial-branch={branch}", f"--object-format={object_format}"]
        ran = run_git(["init", *options, *(["--bare"] if bare else []), str(Path(path).resolve())], directory=Path("/"))
        if ran.status:
            raise GitError(f"no repository can be made at {path!r}: {ran.reason}", hint="choose another path")
        return open_local(path)


def open_local(location: str | Path, *, push: bool = False) -> LocalRepository:
    """The repository at (or above) a path. Raises GitError when there is none."""
    from freightlib.git.repositories.local import LocalRepository
    from freightlib.git.repositories.pushing import PushingRepository
    from freightlib_gitcli.partial import PartialRepository
    from freightlib_gitcli.storage import GitStorage

    layout = find_layout(location)
    if layout is None:
        raise GitError(
            f"there is no git repository at {str(location)!r}",
            hint="check the path, or make one with git init",
            repository=str(location),
        )
    storage = GitStorage(layout)
    if push:
        return PushingRepository(storage)
    return PartialRepository(storage, storage.promisor) if storage.promisor else LocalRepository(storage)


def _open_cached(address: str) -> Repository:
    from freightlib.git.remotes.cache import NAME, cached_repository, locked, make_bare, remote_config
    from freightlib.git.remotes.remote import Remote
    from freightlib.git.repositories.cached import CachedRepository
    from freightlib_gitcli.storage import GitStorage

    cache = cached_repository("repositories", address)
    remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
    with locked(cache):
        if not (cache / "HEAD").is_file():
            make_bare(cache, _algorithm(remote))
        remote.fetch(options=["--prune"])
    layout = find_layout(cache)
    if layout is None:
        raise GitError(f"the cache {str(cache)!r} is damaged", hint="remove it and run the same again")
    return CachedRepository(GitStorage(layout), address)


def _algorithm(remote: Remote) -> str:
    """The object format of what is at an address: that of the ids it lists, SHA-1 when it has none."""
    listed = evolve(remote, git=Path("/")).refs()  # from anywhere: the cache is not made yet
    return algorithm_of(next(iter(listed.values()), ""))


def _open_commits(address: str, commits: Sequence[str]) -> Repository:
    from freightlib.git.remotes.cache import NAME, cached_repository, locked, make_bare, remote_config
    from freightlib.git.remotes.partial_clone import SourceRepository, fetch_commits
    from freightlib.git.remotes.remote import Remote
    from freightlib_gitcli.objects import stored_objects

    cache = cached_repository("objects", address)
    remote = Remote(cache, NAME, without_credentials(address), remote_config(address))
    algorithm = algorithm_of(commits[0])
    with locked(cache):
        make_bare(cache, algorithm)
        fetch_commits(remote, lambda: stored_objects(cache / "objects", algorithm), commits)
    return SourceRepository(remote, cache, stored_objects(cache / "objects", algorithm), commits)
