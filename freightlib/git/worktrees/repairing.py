"""Brings the files of a work tree that stands between two trees to one of them, unless people changed them since.

Before a work tree is moved, every path that differs between the two trees was found as committed. So what is there now
is the old file, the new one, the beginning of one of them, or nothing; anything else was written by somebody else.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from freightlib.errors import WorkTreeError
from freightlib.git.program import Ran
from freightlib.git.trees import Entry, ReadTree, compare, walk
from freightlib.git.worktrees.clean import WorkTree

Read = tuple[ReadTree, Callable[[str], bytes]]


def mend(tree: WorkTree, run: Callable[..., Ran], read: Read, here: str, other: str) -> None:
    """Make files and index those of the tree ``here`` wherever ``other`` differs from it; ``run`` is git on the index.

    Raises WorkTreeError, before anything is changed, when a file is neither tree's.
    """
    differences = list(compare(read[0], here, other))
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
            f"{str(tree.path)!r} was left between two commits by a process that was killed, and has changes there: "
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
    gone = [f"0 {'0' * digits}\t{path}\0" for path in paths]
    kept = [f"{entry.mode:06o} {entry.id}\t{path}\0" for path, entry in entries.items()]
    run("update-index", "-z", "--index-info", stdin="".join(gone + kept).encode("utf-8", "surrogateescape"))
    run("update-index", "-q", "--refresh")


def _changed(tree: WorkTree, run: Callable[..., Ran], paths: Sequence[str], entries: dict[str, Entry]) -> set[str]:
    """Those of the paths that are there, and are not what the loaded entries say."""
    ran = run("diff-files", "--name-only", "-z")
    told = {os.fsdecode(name) for name in ran.out.split(b"\0") if name}
    there = {path for path in paths if _is_there(tree.path, path)}
    return {path for path in there if path in told or path not in entries}


def _is_there(root: Path, path: str) -> bool:
    # a directory in the place of a file counts through the files in it
    place = root / path
    return os.path.lexists(place) and not (place.is_dir() and not place.is_symlink())


def _begun(place: Path, path: str, read: Read, *sides: dict[str, Entry]) -> bool:
    """Whether the file is the beginning of what one of the trees has there: its writer was killed."""
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
        except OSError:  # others are in it, or it is gone
            return


def _listed(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _must(tree: WorkTree, ran: Ran) -> None:
    if ran.status:
        raise WorkTreeError(
            f"the work tree {str(tree.path)!r} cannot be brought to {tree.branch}: {ran.reason}",
            hint=f"git -C {str(tree.path)!r} reset --hard, when nothing there is to be kept",
            worktree=str(tree.path),
            paths=[],
        )
