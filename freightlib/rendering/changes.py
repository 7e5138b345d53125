"""Compares a rendering with its rendered branch: finds changed files by their ids, and shows them as text diffs.

from freightlib import diff

for change in diff("gitops", "staging"):
    print(change.kind, change.path)
    print(change.text)
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from freightlib.git.contract import Repository
from freightlib.git.trees import Change, Mode, algorithm_of, object_id
from freightlib.rendering.branch import BranchState, manifest_entries
from freightlib.rendering.run import StageRendering
from freightlib.warehouse.gitops_tree import branch_ref

#: Files with more lines get no line diff: difflib takes quadratic time in the worst case.
_MOST_LINES: Final = 20_000


@frozen
class FileChange:
    """One manifest file that a promotion changes.

    ``kind`` is added, missing (the promotion removes it), content or mode. ``old`` and ``new`` are the contents, or
    ``None`` where the file does not exist.
    """

    path: str
    kind: Change
    old: bytes | None = field(repr=False)
    new: bytes | None = field(repr=False)

    @property
    def text(self) -> str:
        """The unified diff, as ``git diff`` prints it, without the index line."""
        old, new = (_lines(self.old), _lines(self.new))
        before = f"a/{self.path}" if self.old is not None else "/dev/null"
        after = f"b/{self.path}" if self.new is not None else "/dev/null"
        if max(len(old), len(new)) > _MOST_LINES:
            return f"--- {before}\n+++ {after}\n@@ {len(old)} lines -> {len(new)} lines: too long to compare here @@\n"
        lines = difflib.unified_diff(old, new, before, after)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(data: bytes | None) -> list[str]:
    # only \n ends a line: splitlines also splits at form feeds and Unicode separators inside a value
    if not data:
        return []
    text = data.decode("utf-8", "replace")
    return [f"{line}\n" for line in text[:-1].split("\n")] if text.endswith("\n") else _unterminated(text)


def _unterminated(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), last]


def changes(repository: Repository, held: BranchState, files: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """Return what changes when ``files`` replace the files of ``held``, in path order."""
    before = manifest_entries(repository, held)
    found: list[FileChange] = []
    for path in sorted(before.keys() | files.keys()):
        entry, new = before.get(path), files.get(path)
        if entry is None:
            found.append(FileChange(path, Change.ADDED, None, new))
        elif new is None:
            old = repository.read_blob(entry.id) if entry.mode != Mode.SUBMODULE else b""
            found.append(FileChange(path, Change.MISSING, old, None))
        elif entry.id != object_id("blob", new, algorithm_of(entry.id)):
            old = repository.read_blob(entry.id) if entry.mode != Mode.SUBMODULE else b""
            found.append(FileChange(path, Change.CONTENT, old, new))
        elif entry.mode != Mode.FILE:
            found.append(FileChange(path, Change.MODE, new, new))
    return tuple(found)


def rendering_changes(repository: Repository, rendering: StageRendering) -> tuple[FileChange, ...]:
    """Return what this rendering would change on its branch at the current tip."""
    held = BranchState.read(repository, branch_ref(rendering.branch), rendering.path)
    return changes(repository, held, rendering.files)
