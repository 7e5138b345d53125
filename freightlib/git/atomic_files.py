"""Writes files durably, and turns errors of full or read-only disks into StorageError."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from freightlib.errors import StorageError

_WHY: Final = {
    errno.ENOSPC: ("its disk is full", "free some space and run the same again"),
    errno.EDQUOT: ("your disk quota is used up", "free some space and run the same again"),
    errno.EFBIG: ("a file would be larger than this process may write", "raise the limit (ulimit -f)"),
    errno.EROFS: ("its file system is read-only", "mount it writable, or work on another clone"),
    errno.EACCES: ("you may not write there", "run as the repository's owner, or fix its permissions"),
    errno.EPERM: ("you may not write there", "run as the repository's owner, or fix its permissions"),
}


@contextmanager
def disk_errors(repository: Path | str) -> Iterator[None]:
    """Turn any OSError inside the block into StorageError."""
    try:
        yield
    except OSError as error:
        why, hint = _WHY.get(error.errno or 0, (error.strerror or str(error), "check the repository's disk"))
        raise StorageError(
            f"nothing can be written to {str(repository)!r}: {why}", hint=hint, repository=str(repository)
        ) from error


def write_synced(path: Path, data: bytes, mode: int = 0o444) -> None:
    """Write a new file and flush it to the disk. Removes the file if that fails. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_directory(path: Path) -> None:
    """Flush a directory to the disk, so that files just created in it survive a crash."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
