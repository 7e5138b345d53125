"""Manages bare repositories in the user's cache directory: one for each address, locked against other processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from freightlib.errors import GitError, RefLockedError
from freightlib.git.atomic_files import disk_errors
from freightlib.git.cache_directory import cache_directory
from freightlib.git.credentials import connection, without_credentials
from freightlib.git.program import TIMEOUT, keeping, run_git
from freightlib.git.refs.lock_files import holder, owner
from freightlib.git.remotes.addresses import SILENCE
from freightlib.git.waiting import wait_until

#: The name of the remote in a cache. Settings in the environment define it: see ``Remote.config``.
NAME: Final = "freightlib"


def cached_repository(kind: str, address: str) -> Path:
    """Return the path of an address's cache: ``<hash>.git`` in the cache directory of that kind.

    The hash does not include credentials.
    """
    name = hashlib.sha256(without_credentials(address).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache_directory(kind) / f"{name}.git"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock the cache for this process and every git that it starts. Raises RefLockedError, StorageError.

    Other processes wait. If freightlib is killed, a git that it started keeps the lock until that git ends. So after
    the lock is taken, any lock file of git in the cache is stale. If the last owner was killed, these files are
    removed.
    """
    lock = directory.with_suffix(".lock")
    with disk_errors(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _hold(descriptor, lock)
        with disk_errors(directory):
            if os.fstat(descriptor).st_size:
                _clear(directory)
            _note(descriptor, owner())
        try:
            with keeping(descriptor):
                yield
        finally:
            _note(descriptor, "")
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _hold(descriptor: int, lock: Path) -> None:
    def attempt() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if not wait_until(attempt, TIMEOUT, longest=0.03):
        raise RefLockedError(
            f"the cache {str(lock.with_suffix('.git'))!r} is in use by another process: {holder(lock)}",
            hint="wait for that process, or end it",
            ref="",
            lock=str(lock),
        )


def _note(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("utf-8", "replace"), 0)


def _clear(directory: Path) -> None:
    for path in (
        *directory.glob("*.lock"),
        *(directory / "refs").rglob("*.lock"),
        *directory.glob("objects/**/*.lock"),
    ):
        path.unlink(missing_ok=True)


def make_bare(directory: Path, algorithm: str = "sha1") -> None:
    """Create the cache's repository if it does not exist. Call this under ``locked``. Raises GitError."""
    if (directory / "HEAD").is_file():
        return
    with disk_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    options = ["--quiet", "--bare", "--template=", "--initial-branch=main"]
    if algorithm != "sha1":
        options.append(f"--object-format={algorithm}")
    ran = run_git(["init", *options, "."], directory=directory)
    if ran.status:
        raise GitError(
            f"the cache {str(directory)!r} cannot be made: {ran.reason}", hint="remove it and run the same again"
        )


def remote_config(address: str, *, tracking: bool = True) -> dict[str, str]:
    """Return the settings that define the remote for one run of git. They are not written to the disk.

    With ``tracking``, git updates the remote-tracking branches of the cache.
    """
    found = {f"remote.{NAME}.url": without_credentials(address), "gc.autoDetach": "false", **SILENCE}
    if tracking:
        found[f"remote.{NAME}.fetch"] = "+refs/heads/*:refs/remotes/origin/*"
    return found | connection(address)
