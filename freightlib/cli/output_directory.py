"""Writes a rendering to a directory that is empty or holds an earlier rendering; anything else is never overwritten."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from freightlib.documents import read_lock
from freightlib.errors import FreightError, StorageError, UsageError
from freightlib.git.grafting import IdStore, build
from freightlib.git.trees import Entry, Mode, algorithm_of, split_path
from freightlib.models import LOCK

_NEW = ".freight-new-"


def check_target(target: Path) -> None:
    """Raise UsageError if ``target`` holds anything but an earlier rendering."""
    with _typed(target):
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise UsageError(f"{target} is not a directory", hint="name a directory for --out")
        if not target.exists() or not any(target.iterdir()):
            return
        if not _is_rendering(target):
            raise UsageError(
                f"{target} is not empty, and it holds other files than an earlier rendering",
                hint="choose an empty or new directory for --out, or empty this one",
                path=str(target),
            )


def _is_rendering(target: Path) -> bool:
    lock = target / LOCK
    if lock.is_symlink() or not lock.is_file():
        return False
    try:
        expected = read_lock(lock.read_bytes(), document=str(lock)).manifests
    except FreightError:
        return False  # without a readable lock this is not a rendering, and the caller refuses the directory
    return expected == _tree(target, algorithm_of(expected))


def _tree(target: Path, algorithm: str) -> str | None:
    """Return the tree id of all files except the lock; ``None`` if there is anything that a rendering does not have."""
    store = IdStore(algorithm=algorithm)
    files: list[tuple[str, Entry]] = []
    for path in sorted(target.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            return None
        if path.is_dir() and not any(path.iterdir()):
            return None
        if path.is_file() and path != target / LOCK:
            files.append(
                (path.relative_to(target).as_posix(), Entry("", Mode.FILE, store.write_blob(path.read_bytes())))
            )
    return build(store, files)


def write_output(target: Path, files: Mapping[str, bytes]) -> None:
    """Replace the contents of ``target`` with ``files``.

    The files are first written to a temporary directory inside ``target``, so that a full disk leaves the earlier
    rendering as it is; the lock is moved last. ``target`` itself is not replaced, because it may be a mount point or
    somebody's working directory.
    """
    check_target(target)
    with _typed(target):
        target.mkdir(parents=True, exist_ok=True)
        former = list(target.iterdir())
        fresh = Path(tempfile.mkdtemp(prefix=_NEW, dir=target))
        try:
            for path, data in files.items():
                place = fresh.joinpath(*split_path(path))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            _swap(target, fresh, former)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _swap(target: Path, fresh: Path, former: list[Path]) -> None:
    for path in former:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in sorted(fresh.iterdir(), key=lambda path: path.name == LOCK):
        path.rename(target / path.name)


@contextmanager
def _typed(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = "free some space there" if error.errno == errno.ENOSPC else "choose a directory that you may write to"
        raise StorageError(f"{target} cannot be written: {reason}", hint=hint, path=str(target)) from error
