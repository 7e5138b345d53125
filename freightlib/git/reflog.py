"""The reflog lines that git would write for a moved ref (git's refs/files-backend.c)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from freightlib.git.commits import stamp
from freightlib.git.disk import storage as storing
from freightlib.git.worktree import WorkTree
from freightlib.protocols import RefUpdate

if TYPE_CHECKING:
    from freightlib.git.libgit2 import Storage

_NONE: Final = "0" * 40


def append_reflogs(
    storage: Storage, updates: Sequence[RefUpdate], followers: Sequence[WorkTree], who: tuple[str, str], reason: str
) -> None:
    """Note each move, and that of HEAD in the work trees that followed, where git keeps reflogs."""
    setting = (storage.config("core.logallrefupdates") or "").lower()
    bare = storage.main_workdir is None
    wanted = setting in ("true", "always", "1", "yes", "on") or (not setting and not bare)
    common = storage.layout.common
    person = "".join(character for character in f"{who[0]} <{who[1]}>" if character not in "\n\r\0")
    told = " ".join(reason.split())
    with storing(common):
        for update in updates:
            if update.new is None or update.new == update.old:
                continue
            line = f"{update.old or _NONE} {update.new} {person} {stamp(datetime.now().astimezone())}\t{told}\n"
            _append(common / "logs" / update.ref, line, wanted)
            for tree in followers:
                if tree.branch == update.ref:
                    _append(tree.git / "logs" / "HEAD", line, wanted)


def _append(path: Path, line: str, wanted: bool) -> None:
    if not path.exists():
        if not wanted:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line)
