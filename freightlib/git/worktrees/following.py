"""Updates a worktree when its branch moves. A crash in between is repaired by the next run.

``index.lock`` is taken like the locks of refs (see ``lock_files``), so that a stale one of freightlib can be detected.
Git works on a copy of the index, which then replaces the index in one step. Before that, a note with the old and the
new tree is written to the git directory. It is deleted when index, files and branch agree. If freightlib is killed, the
note stays, and the next run uses it to repair the worktree.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

from attrs import frozen

from freightlib.errors import RefLockedError, WorkTreeError
from freightlib.git.atomic_files import disk_errors, sync_directory, write_synced
from freightlib.git.program import Ran, keeping, run_git
from freightlib.git.refs.lock_files import Claim, clear, holder, take
from freightlib.git.trees import ReadTree, algorithm_of, empty_tree
from freightlib.git.waiting import wait_until
from freightlib.git.worktrees.clean import WorkTree
from freightlib.git.worktrees.repairing import repair_files

PATIENCE: Final = 1.5  # seconds, as for refs
_NOTE: Final = "freightlib-moving"
_COPY: Final = "freightlib-index-"


@frozen
class Checkout:
    """A worktree whose index this process has locked."""

    tree: WorkTree

    def follow(self, old: str | None, new: str | None) -> None:
        """Update index and files from the tree ``old`` to ``new``; other changes stay. Raises WorkTreeError."""
        empty = empty_tree(algorithm_of(old or new or ""))
        before, after = old or empty, new or empty
        if not self._note.exists():
            with disk_errors(self.tree.git):
                write_synced(self._note, json.dumps([before, after]).encode(), 0o644)
                sync_directory(self.tree.git)
        with self._copied() as run:
            # if a worktree was copied, restored or touched, its index has old times, which read-tree treats as changes;
            # status 1 means that some files have changed: read-tree decides whether they matter
            run("update-index", "-q", "--refresh")
            ran = run("read-tree", "-m", "-u", before, after)
            if ran.status == 0:
                return
        raise WorkTreeError(
            f"the worktree {str(self.tree.path)!r} could not follow {self.tree.branch}: {ran.reason}",
            hint="commit or stash the changes there",
            worktree=str(self.tree.path),
            paths=[],
        )

    def settle(self) -> None:
        """Delete the note: branch, index and files agree."""
        self._note.unlink(missing_ok=True)

    def repair(self, read: ReadTree, blob: Callable[[str], bytes], tip: str | None) -> None:
        """Finish or undo an update that a killed process or a full disk interrupted. ``tip`` is the branch's tree now.

        Raises WorkTreeError if files were changed since then.
        """
        try:
            before, after = json.loads(self._note.read_bytes())
        except FileNotFoundError:
            return
        except ValueError:  # the process was killed while it wrote the note, before any change
            self.settle()
            return
        here = tip or empty_tree(algorithm_of(before))
        if here in (before, after):
            with self._copied() as run:
                repair_files(self.tree, run, (read, blob), here, after if here == before else before)
        self.settle()

    @property
    def _note(self) -> Path:
        return self.tree.git / _NOTE

    @contextmanager
    def _copied(self) -> Iterator[Run]:
        index = self.tree.git / "index"
        copy = self.tree.git / f"{_COPY}{token_hex(8)}"
        environment = {"GIT_INDEX_FILE": str(copy)}

        def run(*arguments: str, stdin: bytes = b"") -> Ran:
            return run_git(arguments, directory=self.tree.path, environment=environment, stdin=stdin)

        with disk_errors(self.tree.git):
            for left in self.tree.git.glob(f"{_COPY}*"):  # left by a killed freightlib: this process holds the lock
                left.unlink(missing_ok=True)
            try:
                if index.exists():
                    shutil.copyfile(index, copy)
                yield run
                copy.replace(index)
            finally:
                copy.unlink(missing_ok=True)


Run = Callable[..., Ran]


def is_unsettled(tree: WorkTree) -> bool:
    """Return whether an update of this worktree was interrupted (or is still running)."""
    return (tree.git / _NOTE).exists()


def remove_stale_lock(common: Path, own: Path) -> bool:
    """Remove the ``index.lock`` left by a killed freightlib process, because it stops every git in that worktree.

    Returns whether the worktree must also be repaired.
    """
    lock = own / "index.lock"
    if lock.exists():
        with contextlib.suppress(OSError):  # reading works without write access
            clear(common, lock)
    return (own / _NOTE).exists() and not lock.exists()


@contextmanager
def held(common: Path, trees: Sequence[WorkTree]) -> Iterator[list[Checkout]]:
    """Lock the indexes of these worktrees. Raises RefLockedError if another process holds one, StorageError."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_held(common, tree)) for tree in sorted(trees, key=lambda tree: str(tree.git))]


@contextmanager
def _held(common: Path, tree: WorkTree) -> Iterator[Checkout]:
    lock = tree.git / "index.lock"
    taken: list[Claim] = []

    def attempt() -> bool:
        claim = take(common, lock)
        while claim is None and clear(common, lock):
            claim = take(common, lock)
        taken.extend([claim] if claim else [])
        return bool(taken)

    with disk_errors(tree.git):
        if not wait_until(attempt, PATIENCE, longest=0.05):
            raise RefLockedError(
                f"the index of {str(tree.path)!r} is locked: {str(lock)!r} exists ({holder(lock)})",
                hint="wait for the git process that holds it; if no such process runs, it was killed: remove that file",
                ref=tree.branch,
                lock=str(lock),
            )
    (claim,) = taken
    try:
        with keeping(claim.descriptor) if claim.path is not None else contextlib.nullcontext():
            yield Checkout(tree)
    finally:
        lock.unlink(missing_ok=True)
        claim.drop()
