"""Bare repositories below the user's cache directory, one for each address, locked between processes."""

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

#: The remote that settings in the environment define in a cache: see ``Remote.config``.
NAME: Final = "freightlib"


def cached_repository(kind: str, address: str) -> Path:
    """Where the cache of an address is: ``<hash>.git`` in the cache directory of that kind, without credentials."""
    name = hashlib.sha256(without_credentials(address).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache_directory(kind) / f"{name}.git"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the cache for this process and the gits it starts; others wait. Raises RefLockedError, StorageError.

    A git that outlives a killed freightlib keeps the hold until it ends. So lock files that git left in the cache
    have no owner any more once it is ours: when the last holder did not let go by itself, they are removed.
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
    """Make the cache's repository unless it is there; call it under ``locked``. Raises GitError."""
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
    """The settings that define the remote for one run of git, without leaving its address on the disk.

    With ``tracking`` git notes in the cache where the remote's branches are.
    """
    found = {f"remote.{NAME}.url": without_credentials(address), "gc.autoDetach": "false", **SILENCE}
    if tracking:
        found[f"remote.{NAME}.fetch"] = "+refs/heads/*:refs/remotes/origin/*"
    return found | connection(address)
