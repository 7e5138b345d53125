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
from typing import Final

from freightlib.plugins import GitError, backend_kit
from freightlib_gitcli.refusals import SYNCED, raise_for_disk

_PARTS: Final = (".pack", ".rev", ".idx")  # the index last: it makes the pack count


class ProgramStaging(backend_kit.Staging):
    """See ``backend_kit.Staging``."""

    def __init__(self, git: Path, objects: Path, has: Callable[[str], bool], algorithm: str) -> None:
        super().__init__(objects, has, algorithm)
        self._git = git

    def _store(self, directory: Path, pack: backend_kit.Pack) -> Path:
        quarantine = Path(tempfile.mkdtemp(prefix="tmp_objdir-freightlib-", dir=self._objects))
        try:
            (quarantine / "pack").mkdir()
            self._index(quarantine, pack)
            return backend_kit.put_in_place(directory, _made(quarantine / "pack"))
        finally:
            shutil.rmtree(quarantine, ignore_errors=True)  # git prune takes what cannot be removed now

    def _index(self, quarantine: Path, pack: backend_kit.Pack) -> None:
        ran = backend_kit.run_git(
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


def _made(folder: Path) -> list[tuple[str, Path]]:
    """What git made there: a pack, perhaps a .rev (since git 2.41, or if it is configured), and the index."""
    (pack,) = folder.glob("*.pack")
    return [(suffix, part) for suffix in _PARTS if (part := pack.with_suffix(suffix)).exists()]
