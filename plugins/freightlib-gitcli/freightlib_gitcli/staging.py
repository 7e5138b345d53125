"""Stores what was written: one pack, indexed and flushed by ``git index-pack`` out of sight, then put in place.

git writes into a quarantine directory below ``objects`` (``tmp_objdir-*``, as ``git receive-pack`` does; ``git prune``
removes forgotten ones). What it made is moved into the repository under a name of its own, behind a ``.keep`` that
guards it until the refs point at it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Final

from freightlib.errors import GitError
from freightlib.git.atomic_files import sync_directory, write_synced
from freightlib.git.objects.packs import Pack
from freightlib.git.objects.staging import KEEP, Staging
from freightlib.git.program import run_git
from freightlib_gitcli.refusals import SYNCED, raise_for_disk

_PARTS: Final = (".pack", ".rev", ".idx")  # the index last: it makes the pack count


class ProgramStaging(Staging):
    """See ``freightlib.git.objects.staging.Staging``."""

    def __init__(self, git: Path, objects: Path, has: Callable[[str], bool], algorithm: str) -> None:
        super().__init__(objects, has, algorithm)
        self._git = git

    def _store(self, directory: Path, pack: Pack) -> Path:
        quarantine = Path(tempfile.mkdtemp(prefix="tmp_objdir-freightlib-", dir=self._objects))
        try:
            (quarantine / "pack").mkdir()
            self._index(quarantine, pack)
            return _adopt(quarantine / "pack", directory)
        finally:
            shutil.rmtree(quarantine, ignore_errors=True)  # git prune takes what cannot be removed now

    def _index(self, quarantine: Path, pack: Pack) -> None:
        ran = run_git(
            ["index-pack", "--stdin"],
            directory=self._git,
            stdin=pack.data,
            config=SYNCED,
            # git sees nothing of the repository's own objects: a damaged one, which this pack heals, would stop it
            environment={"GIT_OBJECT_DIRECTORY": str(quarantine)},
        )
        if ran.status:
            raise_for_disk(ran)
            raise GitError(
                f"git could not store what was written: {ran.reason}",
                hint="run git fsck --full in that repository",
                repository=str(self._git),
            )


def _adopt(made: Path, directory: Path) -> Path:
    (pack,) = made.glob("*.pack")
    # a name of its own, so that no other process that stores the same objects takes this guard away
    final = directory / f"pack-{token_hex(20)}.pack"
    keep = final.with_suffix(".keep")
    moved: list[Path] = []
    try:
        moved.append(keep)
        write_synced(keep, KEEP, 0o644)
        for suffix in _PARTS:
            part = pack.with_suffix(suffix)
            if suffix == ".rev" and not part.exists():  # git writes it since 2.41, or when told to
                continue
            moved.append(final.with_suffix(suffix))
            part.rename(final.with_suffix(suffix))
        sync_directory(directory)
    except OSError:
        for path in reversed(moved):
            path.unlink(missing_ok=True)
        raise
    return keep
