"""Writes the reflog lines that git would write for a moved ref (git's refs/files-backend.c)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from freightlib.git.atomic_files import disk_errors
from freightlib.git.contract import RefUpdate
from freightlib.git.objects.commits import stamp
from freightlib.git.worktrees.clean import WorkTree

if TYPE_CHECKING:
    from freightlib.git.storage import Storage


def append_reflogs(
    storage: Storage, updates: Sequence[RefUpdate], followers: Sequence[WorkTree], who: tuple[str, str], reason: str
) -> None:
    """Write each move to the reflog of its ref, and of HEAD in the worktrees that followed, if git keeps reflogs."""
    setting = (storage.config("core.logallrefupdates") or "").lower()
    bare = storage.main_workdir is None
    wanted = setting in ("true", "always", "1", "yes", "on") or (not setting and not bare)
    common = storage.layout.common
    with disk_errors(common):
        for update in updates:
            if update.new is None or update.new == update.old:
                continue
            line = _line(update, who, reason)
            _append(common / "logs" / update.ref, line, wanted)
            for tree in followers:
                if tree.branch == update.ref:
                    _append(tree.git / "logs" / "HEAD", line, wanted)


def append_head_reflog(tree: WorkTree, update: RefUpdate, who: tuple[str, str], reason: str) -> None:
    """Write a move of the branch to the reflog of HEAD in a worktree, if that reflog exists."""
    if update.new is not None and update.new != update.old:
        with disk_errors(tree.git):
            _append(tree.git / "logs" / "HEAD", _line(update, who, reason), wanted=False)


def _line(update: RefUpdate, who: tuple[str, str], reason: str) -> str:
    person = "".join(character for character in f"{who[0]} <{who[1]}>" if character not in "\n\r\0")
    none = "0" * len(update.new or "")
    when = stamp(datetime.now().astimezone())
    return f"{update.old or none} {update.new} {person} {when}\t{' '.join(reason.split())}\n"


def _append(path: Path, line: str, wanted: bool) -> None:
    if not path.exists():
        if not wanted:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line)
