"""A work tree that follows its branch: its index is held, and a note tells the next one when this one is killed.

``index.lock`` is taken as the locks of refs are (see ``lock_files``), so one that a killed freightlib left can be told
from git's.
Git works on a copy of the index meanwhile; the copy takes the index's place in one step. The note names the trees that
the work tree was being moved between; it goes when index, files and branch agree again.
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
from freightlib.git.worktrees.repairing import mend

PATIENCE: Final = 1.5  # seconds, as for refs
_NOTE: Final = "freightlib-moving"
_COPY: Final = "freightlib-index-"


@frozen
class Checkout:
    """A work tree whose index this process holds."""

    tree: WorkTree

    def follow(self, old: str | None, new: str | None) -> None:
        """Bring index and files from the tree ``old`` to ``new``, keeping everything else. Raises WorkTreeError."""
        empty = empty_tree(algorithm_of(old or new or ""))
        before, after = old or empty, new or empty
        if not self._note.exists():
            with disk_errors(self.tree.git):
                write_synced(self._note, json.dumps([before, after]).encode(), 0o644)
                sync_directory(self.tree.git)
        with self._copied() as run:
            # the index of a checkout that was copied, restored or touched holds old times, which read-tree takes for
            # changes; status 1 says that some files are changed: which of them matter is read-tree's to judge
            run("update-index", "-q", "--refresh")
            ran = run("read-tree", "-m", "-u", before, after)
            if ran.status == 0:
                return
        raise WorkTreeError(
            f"the work tree {str(self.tree.path)!r} could not follow {self.tree.branch}: {ran.reason}",
            hint="commit or stash what is in the way there",
            worktree=str(self.tree.path),
            paths=[],
        )

    def settle(self) -> None:
        """Note that branch, index and files agree."""
        self._note.unlink(missing_ok=True)

    def mend(self, read: ReadTree, blob: Callable[[str], bytes], tip: str | None) -> None:
        """Finish or take back what a killed process, or a full disk, left half done; ``tip`` is the branch's tree now.

        Raises WorkTreeError when files were changed since.
        """
        try:
            before, after = json.loads(self._note.read_bytes())
        except FileNotFoundError:
            return
        except ValueError:  # killed while it was written: nothing had begun
            self.settle()
            return
        here = tip or empty_tree(algorithm_of(before))
        if here in (before, after):
            with self._copied() as run:
                mend(self.tree, run, (read, blob), here, after if here == before else before)
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
            for left in self.tree.git.glob(f"{_COPY}*"):  # ours, of one that is gone: the index is held by this one
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
    """Whether a process that moved this work tree has not come to its end."""
    return (tree.git / _NOTE).exists()


def let_go(common: Path, own: Path) -> bool:
    """Remove the ``index.lock`` of a freightlib that is gone: every git there would stumble over it, not only ours.

    Whether it left something to be put right as well.
    """
    lock = own / "index.lock"
    if lock.exists():
        with contextlib.suppress(OSError):  # a repository that is only read from
            clear(common, lock)
    return (own / _NOTE).exists() and not lock.exists()


@contextmanager
def held(common: Path, trees: Sequence[WorkTree]) -> Iterator[list[Checkout]]:
    """Hold the indexes of these work trees. Raises RefLockedError when another does, StorageError."""
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
                hint="wait for the git that is at work there; if there is none, it was killed: remove that file",
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
