"""Repairs a worktree after an interrupted update: sets its files to one of the two trees.

Before an update, every path that differs between the two trees is checked to have no uncommitted changes. So after an
interruption, each file is the old one, the new one, the beginning of one of them, or missing. Any other content was
written by somebody else, and is not overwritten.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from freightlib.errors import WorkTreeError
from freightlib.git.program import Ran
from freightlib.git.trees import Entry, ReadTree, compare_trees, walk
from freightlib.git.worktrees.clean import WorkTree

Read = tuple[ReadTree, Callable[[str], bytes]]


def repair_files(tree: WorkTree, run: Callable[..., Ran], read: Read, here: str, other: str) -> None:
    """Set files and index to the tree ``here``, at every path where ``other`` differs from it. ``run`` runs git.

    Raises WorkTreeError, before anything is changed, if a file belongs to neither tree.
    """
    differences = list(compare_trees(read[0], here, other))
    wanted = dict(_files(read[0], ((each.path, each.expected) for each in differences)))
    others = dict(_files(read[0], ((each.path, each.found) for each in differences)))
    paths = sorted(wanted.keys() | others.keys())
    _load(run, paths, others, len(here))
    not_other = _changed(tree, run, paths, others)
    _load(run, paths, wanted, len(here))
    not_here = _changed(tree, run, paths, wanted)
    strange = [
        path for path in sorted(not_here & not_other) if not _begun(tree.path / path, path, read, wanted, others)
    ]
    if strange:
        raise WorkTreeError(
            f"a killed process left {str(tree.path)!r} between two commits, and these files were changed since: "
            + ", ".join(strange[:3]),
            hint=f"save them elsewhere, then: git -C {str(tree.path)!r} checkout HEAD -- <those files>",
            worktree=str(tree.path),
            paths=strange,
        )
    for path in not_here - wanted.keys():
        _remove(tree.path, path)
    missing = sorted(path for path in wanted if path in not_here or not os.path.lexists(tree.path / path))
    for path in missing:
        _remove(tree.path, path)
    _must(tree, run("checkout-index", "-f", "-q", "-z", "--stdin", stdin=_listed(missing)))
    run("update-index", "-q", "--refresh")


def _files(read: ReadTree, entries: Iterable[tuple[str, Entry | None]]) -> Iterator[tuple[str, Entry]]:
    for path, entry in entries:
        if entry is not None and entry.is_tree:  # a directory where the other tree has a file
            yield from walk(read, entry.id, path)
        elif entry is not None:
            yield path, entry


def _load(run: Callable[..., Ran], paths: Sequence[str], entries: dict[str, Entry], digits: int) -> None:
    removed = [f"0 {'0' * digits}\t{path}\0" for path in paths]
    kept = [f"{entry.mode:06o} {entry.id}\t{path}\0" for path, entry in entries.items()]
    run("update-index", "-z", "--index-info", stdin="".join(removed + kept).encode("utf-8", "surrogateescape"))
    run("update-index", "-q", "--refresh")


def _changed(tree: WorkTree, run: Callable[..., Ran], paths: Sequence[str], entries: dict[str, Entry]) -> set[str]:
    """Return the paths that exist and differ from the loaded entries."""
    ran = run("diff-files", "--name-only", "-z")
    differing = {os.fsdecode(name) for name in ran.out.split(b"\0") if name}
    existing = {path for path in paths if _is_there(tree.path, path)}
    return {path for path in existing if path in differing or path not in entries}


def _is_there(root: Path, path: str) -> bool:
    # a directory in the place of a file is handled through the files in it
    place = root / path
    return os.path.lexists(place) and not (place.is_dir() and not place.is_symlink())


def _begun(place: Path, path: str, read: Read, *sides: dict[str, Entry]) -> bool:
    """Return whether the file is the beginning of one tree's file, because the process that wrote it was killed."""
    if place.is_symlink():
        return False
    data = place.read_bytes()
    return any(path in side and read[1](side[path].id).startswith(data) for side in sides)


def _remove(root: Path, path: str) -> None:
    place = root / path
    with contextlib.suppress(OSError):
        place.unlink(missing_ok=True)
    for above in place.relative_to(root).parents:
        try:
            (root / above).rmdir()
        except OSError:  # it holds other files, or does not exist
            return


def _listed(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _must(tree: WorkTree, ran: Ran) -> None:
    if ran.status:
        raise WorkTreeError(
            f"the worktree {str(tree.path)!r} cannot be updated to {tree.branch}: {ran.reason}",
            hint=f"git -C {str(tree.path)!r} reset --hard (this discards all changes there)",
            worktree=str(tree.path),
            paths=[],
        )
