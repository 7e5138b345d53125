"""Reads rendered branches: what a stage holds now, and whether anybody changed it by hand.

>>> from freightlib.rendering.branch import BranchState
>>> BranchState(ref="refs/heads/stage/test", path="deploy").tag is None
True
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from freightlib.documents import read_lock
from freightlib.errors import LockError
from freightlib.git.contract import Repository
from freightlib.git.grafting import IdStore
from freightlib.git.trees import Entry, Mode, algorithm_of, find
from freightlib.models import LOCK, RenderLock

_RECOVER: Final = "revert the commit that changed it on that branch, or replace it: freight promote --force"


@frozen
class BranchState:
    """What the output ``path`` of a rendered branch holds at its tip.

    ``tip`` is the branch's commit (``None``: no such branch yet), ``output`` the tree id at the path, ``manifests`` the
    tree id of that without the lock, ``lock`` and ``lock_blob`` the lock (``None``: there is none).
    """

    ref: str
    path: str
    tip: str | None = None
    output: str | None = None
    manifests: str | None = None
    lock: RenderLock | None = None
    lock_blob: str | None = None

    @property
    def tag(self) -> str | None:
        """The release it holds, or ``None``."""
        return self.lock.freight.tag if self.lock else None

    @property
    def edited(self) -> bool:
        """Whether the manifests are not the ones that the lock names: somebody changed them by hand."""
        return self.lock is not None and self.lock.manifests != self.manifests


def read_held(
    repository: Repository, ref: str, path: str, *, tip: str | None = None, ignore_lock: bool = False
) -> BranchState:
    """What ``path`` of the branch ``ref`` holds, at ``tip`` when given.

    Raises LockError when its lock is damaged; ``ignore_lock`` takes any lock for none.
    """
    at = tip or repository.ref(ref)
    if at is None:
        return BranchState(ref, path)
    commit = repository.read_commit(at)
    output = find(repository.read_tree, commit.tree, path)
    if output is None or not output.is_tree:
        return BranchState(ref, path, at)
    entries = repository.read_tree(output.id)
    lock = next((entry for entry in entries if entry.name == LOCK and not entry.is_tree), None)
    if lock is None:
        return BranchState(ref, path, at, output.id, output.id)
    name = f"{ref.removeprefix('refs/heads/')}:{path}/{LOCK}"
    # only ids are worked out: nothing is written to look at a branch
    manifests = IdStore(algorithm=algorithm_of(at)).write_tree(entry for entry in entries if entry.name != LOCK)
    if ignore_lock:
        return BranchState(ref, path, at, output.id, manifests)
    if lock.mode not in (Mode.FILE, Mode.EXECUTABLE):
        raise LockError(
            f"{name} is a {Mode(lock.mode).name.lower()}, not a file", hint=_RECOVER, document=name, path="", line=1
        )
    try:
        parsed = read_lock(repository.read_blob(lock.id), document=name)
    except LockError as error:
        raise LockError(error.message, hint=_RECOVER, **error.data) from error
    return BranchState(ref, path, at, output.id, manifests, parsed, lock.id)


def manifest_entries(repository: Repository, held: BranchState) -> dict[str, Entry]:
    """Every file the stage holds beside the lock: path below the output path -> entry."""
    if held.output is None:
        return {}
    found: dict[str, Entry] = {}
    pending = [("", held.output)]
    while pending:
        prefix, tree = pending.pop()
        for entry in repository.read_tree(tree):
            path = f"{prefix}{entry.name}"
            if entry.mode == Mode.TREE:
                pending.append((f"{path}/", entry.id))
            elif path != LOCK:
                found[path] = entry
    return found


def holds(held: BranchState, tag: str, snapshot: str) -> bool:
    """Whether the release (its tag, its snapshot's tree id) is what is held, unchanged by hand."""
    lock = held.lock
    return lock is not None and not held.edited and (lock.freight.tag, lock.freight.snapshot) == (tag, snapshot)


def held_if_readable(repository: Repository, ref: str, path: str, tip: str | None = None) -> BranchState:
    """As ``read_held``; a damaged lock is as none."""
    try:
        return read_held(repository, ref, path, tip=tip)
    except LockError:
        return read_held(repository, ref, path, tip=tip, ignore_lock=True)
