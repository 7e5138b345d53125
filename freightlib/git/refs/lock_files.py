"""Creates lock files, and detects and removes stale ones that a killed freightlib left.

A lock file is a hard link to a claim, which is a file in ``freightlib-locks/``. The owner holds an advisory lock
(flock) on its claim until the process ends. So a ``<ref>.lock`` that is the same file as a claim without an advisory
lock was left by a killed freightlib, and can be removed. This needs no process ids and no clocks. Lock files of git and
libgit2 have no claim and are never removed. The same is true of lock files made where hard links or advisory locks do
not work.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import frozen

try:
    import fcntl
except ImportError:  # not a POSIX system: locks are made as git makes them, and stale ones cannot be detected
    _POSSIBLE = False
else:
    _POSSIBLE = True

_PLACE: Final = "freightlib-locks"
_MODE: Final = 0o644


@frozen
class Claim:
    """A claim that this process holds. ``path`` is ``None`` if the lock was made without a claim."""

    path: Path | None = None
    descriptor: int = -1

    def drop(self) -> None:
        """Release the claim. The caller must remove or rename the lock file first."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            os.close(self.descriptor)


def take(common: Path, lock: Path) -> Claim | None:
    """Create the file ``lock`` exclusively, as git does. Return ``None`` if it exists already. Raises OSError."""
    claim = _claim(common)
    if claim is not None and claim.path is not None:
        try:
            os.link(claim.path, lock)
        except (FileExistsError, FileNotFoundError):  # held; or git has just removed the empty directory
            claim.drop()
            return None
        except OSError:  # a file system without hard links
            claim.drop()
        else:
            return claim
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE))
    except (FileExistsError, FileNotFoundError):
        return None
    return Claim()


def clear(common: Path, lock: Path) -> bool:
    """Remove ``lock`` if a killed freightlib left it. Return whether it was removed. Raises OSError."""
    place = common / _PLACE
    if not _POSSIBLE or not place.is_dir():
        return False
    for path in place.iterdir():
        with _dead(path) as same:
            if same is None:
                continue
            if _is(lock, same):
                lock.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                return True
            if same.st_nlink == 1:  # its lock file was removed
                path.unlink(missing_ok=True)
    return False


def clear_left(common: Path, refs: Sequence[str]) -> None:
    """Remove the lock files of these refs that a killed freightlib left."""
    for lock in (common / f"{ref}.lock" for ref in refs):
        if lock.exists():
            clear(common, lock)


def _claim(common: Path) -> Claim | None:
    if not _POSSIBLE:
        return None
    place = common / _PLACE
    while True:
        path = place / secrets.token_hex(8)
        try:
            place.mkdir(exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
        except PermissionError:  # another user of this repository created the folder
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            return None
        if _is(path, os.fstat(descriptor)):
            with contextlib.suppress(OSError):  # on a full disk, writing the ref fails with a better error
                os.write(descriptor, owner().encode("utf-8", "replace"))  # later overwritten with the new commit id
            return Claim(path, descriptor)
        os.close(descriptor)  # another process removed it as stale before the advisory lock was taken


@contextlib.contextmanager
def _dead(path: Path) -> Iterator[os.stat_result | None]:
    """Yield the claim's identity if no process holds it, else ``None``. Holds it inside the block."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield None
    else:
        yield os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _is(path: Path, identity: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), identity)
    except FileNotFoundError:
        return False


_OURS: Final = "freightlib, process "
_MOST: Final = 200  # bytes of a lock file that are read


def owner() -> str:
    """Return the text that names this process in its lock files."""
    return f"{_OURS}{os.getpid()} on {socket.gethostname()}"


def holder(lock: Path) -> str:
    """Return who made the lock file and when, such as ``git or another program, since 2026-03-22T12:34:56Z``."""
    try:
        since = datetime.fromtimestamp(lock.stat().st_mtime, UTC)
        with lock.open("rb") as file:
            said = file.read(_MOST).decode("utf-8", "replace").strip()
    except OSError:  # it was removed meanwhile, or this user may not read it
        return "unknown"
    who = said if said.startswith(_OURS) and said.isprintable() else "git or another program"
    return f"{who}, since {since:%Y-%m-%dT%H:%M:%SZ}"
