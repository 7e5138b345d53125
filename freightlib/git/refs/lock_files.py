"""Tells a lock file whose owner is gone from one that is held, without trusting process numbers or clocks.

A lock is made as a second name (a hard link) of a claim: a file of the owner's in ``freightlib-locks/``, on which it
holds the system's advisory lock for as long as it lives. A ``<ref>.lock`` that is the same file as a claim nobody holds
was left by a freightlib that was killed, and may be removed. Locks of others (git, libgit2) have no claim and are left
alone; so are those made where hard links or advisory locks do not work.
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
except ImportError:  # not a POSIX system: locks are made as git makes them, and nothing can be told of their owners
    _POSSIBLE = False
else:
    _POSSIBLE = True

_PLACE: Final = "freightlib-locks"
_MODE: Final = 0o644


@frozen
class Claim:
    """A claim that this process holds. ``path`` of ``None``: the lock was made without one."""

    path: Path | None = None
    descriptor: int = -1

    def drop(self) -> None:
        """Give it up; the lock itself must be gone or renamed by then."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            os.close(self.descriptor)


def take(common: Path, lock: Path) -> Claim | None:
    """Make the file ``lock`` exclusively, as git does; ``None`` when it is there already. Raises OSError."""
    claim = _claim(common)
    if claim is not None and claim.path is not None:
        try:
            os.link(claim.path, lock)
        except (FileExistsError, FileNotFoundError):  # held; or git has removed the empty directory just made
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
    """Remove ``lock`` if it is the lock of a freightlib that is gone; whether it was. Raises OSError."""
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
            if same.st_nlink == 1:  # the lock it stood for is gone
                path.unlink(missing_ok=True)
    return False


def clear_left(common: Path, refs: Sequence[str]) -> None:
    """Remove the locks of these refs that freightlibs which are gone have left."""
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
        except PermissionError:  # a repository of several users, of whom another made the folder
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            return None
        if _is(path, os.fstat(descriptor)):
            with contextlib.suppress(OSError):  # a full disk shows where it matters
                os.write(descriptor, owner().encode("utf-8", "replace"))  # until the lock's own contents take its place
            return Claim(path, descriptor)
        os.close(descriptor)  # another took it for a dead one before it was held


@contextlib.contextmanager
def _dead(path: Path) -> Iterator[os.stat_result | None]:
    """The claim's identity when nobody holds it, held meanwhile; ``None`` otherwise."""
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
_MOST: Final = 200  # bytes of a lock file that are looked at


def owner() -> str:
    """What a lock of this process says of it."""
    return f"{_OURS}{os.getpid()} on {socket.gethostname()}"


def holder(lock: Path) -> str:
    """Who made the lock file, and when, as far as it says: ``git or another program, since 2026-03-22T12:34:56Z``."""
    try:
        since = datetime.fromtimestamp(lock.stat().st_mtime, UTC)
        with lock.open("rb") as file:
            said = file.read(_MOST).decode("utf-8", "replace").strip()
    except OSError:  # it is gone by now, or not ours to read
        return "unknown"
    who = said if said.startswith(_OURS) and said.isprintable() else "git or another program"
    return f"{who}, since {since:%Y-%m-%dT%H:%M:%SZ}"
