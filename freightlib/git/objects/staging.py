"""Keeps written objects in memory, and stores all of them as one pack."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Final

from freightlib.git.atomic_files import disk_errors, sync_directory, write_synced
from freightlib.git.objects.packs import Pack, make_pack
from freightlib.git.trees import object_id

#: The contents of a ``.keep`` file that freightlib writes.
KEEP: Final = b"freightlib: until the refs have moved\n"
_STALE: Final = 24 * 3600.0  # an older .keep file of freightlib was left by a killed process


class Staging:
    """The objects that one repository instance wrote since its refs last moved. ``flush`` stores them."""

    def __init__(self, objects: Path, has: Callable[[str], bool], algorithm: str = "sha1") -> None:
        self._objects = objects
        self._has = has
        self._algorithm = algorithm
        self._staged: dict[str, tuple[str, bytes]] = {}

    def get(self, name: str) -> tuple[str, bytes] | None:
        """Return a staged object's kind and contents, or ``None``."""
        return self._staged.get(name)

    def add(self, kind: str, data: bytes) -> str:
        """Stage an object unless the repository has an undamaged copy, and return its id."""
        name = object_id(kind, data, self._algorithm)
        if name not in self._staged and not self._has(name):
            self._staged[name] = (kind, data)
        return name

    def put(self, name: str, kind: str, data: bytes) -> None:
        """Stage an object that the caller knows to be missing. ``name`` is its id."""
        self._staged[name] = (kind, data)

    def flush(self) -> Path | None:
        """Store everything staged as one pack on the disk. Return its ``.keep`` file, or ``None`` if nothing is staged.

        The ``.keep`` file protects the pack from ``git gc``. The caller must remove it when refs point at the objects.
        Raises StorageError; the objects then stay staged.
        """
        if not self._staged:
            return None
        pack = make_pack(((name, kind, data) for name, (kind, data) in self._staged.items()), self._algorithm)
        with disk_errors(self._objects.parent):
            directory = self._objects / "pack"
            directory.mkdir(exist_ok=True)
            keep = self._store(directory, pack)
            for old in directory.glob("pack-*.keep"):
                _drop_stale(old)
        self._staged.clear()
        return keep

    def _store(self, directory: Path, pack: Pack) -> Path:
        """Write the pack, its index and its ``.keep`` file. Raises OSError."""
        return _store(directory, pack)


def _store(directory: Path, pack: Pack) -> Path:
    mark = token_hex(20)
    parts = [  # git prune removes forgotten tmp_* files
        (directory / f"tmp_pack_{mark}", ".pack", pack.data),
        (directory / f"tmp_idx_{mark}", ".idx", pack.index),
    ]
    made: list[Path] = []
    try:
        for temporary, _, data in parts:
            made.append(temporary)
            write_synced(temporary, data)
        return put_in_place(directory, [(suffix, temporary) for temporary, suffix, _ in parts])
    except OSError:
        for path in reversed(made):
            path.unlink(missing_ok=True)
        raise


def put_in_place(directory: Path, parts: Sequence[tuple[str, Path]]) -> Path:
    """Rename the files of a pack into ``directory``, under a new name, behind a ``.keep`` that is returned.

    ``parts`` are suffixes (``.pack``, ``.idx``) with files; the index comes last, as it makes the pack count. Nothing
    is left there if that fails. Raises OSError.
    """
    # a name of its own, so that no other process that stores the same objects takes this guard away
    final = directory / f"pack-{token_hex(20)}.pack"
    keep = final.with_suffix(".keep")
    made = [keep]
    try:
        write_synced(keep, KEEP, 0o644)
        for suffix, part in parts:
            made.append(final.with_suffix(suffix))
            part.rename(made[-1])
        sync_directory(directory)
    except OSError:
        for path in reversed(made):
            path.unlink(missing_ok=True)
        raise
    return keep


def _drop_stale(keep: Path) -> None:
    try:
        if time.time() - keep.stat().st_mtime > _STALE and keep.read_bytes() == KEEP:
            keep.unlink()
    except FileNotFoundError:
        return  # its owner has just removed it


def release_packs(keeps: list[Path]) -> None:
    """Delete the ``.keep`` files that ``flush`` returned, and empty the list."""
    while keeps:
        keeps.pop().unlink(missing_ok=True)
