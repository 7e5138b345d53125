"""Reads rendered branches: what a stage holds now, and whether anybody changed it by hand."""

from __future__ import annotations

from typing import Final, Literal

from attrs import evolve, field, frozen

from freightlib.documents import read_lock
from freightlib.errors import LockError
from freightlib.git.contract import Repository
from freightlib.git.grafting import IdStore
from freightlib.git.trees import Entry, Mode, algorithm_of, find
from freightlib.models import LOCK, RenderLock

_RECOVER: Final = "revert the commit that changed it on that branch, or replace it: freight promote --force"


@frozen
class BranchState:
    """The state of a rendered branch: what its output ``path`` holds at the tip.

    ``tip`` is the branch's commit (``None``: the branch does not exist yet). ``output`` is the tree id at the path,
    ``manifests`` the tree id of the same files without the lock. ``lock`` is the lock (``None``: missing or damaged),
    ``damage`` the error if it is damaged.
    """

    ref: str
    path: str
    tip: str | None = None
    output: str | None = None
    manifests: str | None = None
    lock: RenderLock | None = None
    damage: LockError | None = field(default=None, eq=False)

    @classmethod
    def read(
        cls,
        repository: Repository,
        ref: str,
        path: str,
        *,
        tip: str | None = None,
        damaged: Literal["raise", "ignore"] = "raise",
    ) -> BranchState:
        """Read what ``path`` of the branch ``ref`` holds, at the commit ``tip`` if it is given.

        Raises LockError if the lock is damaged; ``damaged="ignore"`` treats such a lock as missing instead.
        """
        state = _read(repository, ref, path, tip)
        return state if damaged == "ignore" else state.intact()

    def intact(self) -> BranchState:
        """Return this state. Raises LockError if its lock is damaged."""
        if self.damage is not None:
            raise self.damage
        return self

    @property
    def tag(self) -> str | None:
        """The tag of the release it holds, or ``None``."""
        return self.lock.freight.tag if self.lock else None

    @property
    def edited(self) -> bool:
        """True if the manifests differ from those that the lock records: somebody changed them by hand."""
        return self.lock is not None and self.lock.manifests != self.manifests


def _read(repository: Repository, ref: str, path: str, tip: str | None) -> BranchState:
    at = tip or repository.ref(ref)
    if at is None:
        return BranchState(ref, path)
    output = find(repository.read_tree, repository.read_commit(at).tree, path)
    if output is None or not output.is_tree:
        return BranchState(ref, path, at)
    entries = repository.read_tree(output.id)
    entry = next((one for one in entries if one.name == LOCK and not one.is_tree), None)
    if entry is None:
        return BranchState(ref, path, at, output.id, output.id)
    # compute ids only: reading a branch must not write objects
    manifests = IdStore(algorithm=algorithm_of(at)).write_tree(one for one in entries if one.name != LOCK)
    state = BranchState(ref, path, at, output.id, manifests)
    try:
        return evolve(state, lock=_lock(repository, entry, f"{ref.removeprefix('refs/heads/')}:{path}/{LOCK}"))
    except LockError as error:
        return evolve(state, damage=error)


def _lock(repository: Repository, entry: Entry, name: str) -> RenderLock:
    if entry.mode not in (Mode.FILE, Mode.EXECUTABLE):
        kind = Mode(entry.mode).name.lower() if entry.mode in {*Mode} else f"an entry of mode {entry.mode:o}"
        raise LockError(f"{name} is a {kind}, not a file", hint=_RECOVER, document=name, path="", line=1)
    try:
        return read_lock(repository.read_blob(entry.id), document=name)
    except LockError as error:
        raise LockError(error.message, hint=_RECOVER, **error.data) from error


def manifest_entries(repository: Repository, held: BranchState) -> dict[str, Entry]:
    """Return every file of the stage except the lock: path below the output path -> entry."""
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
    """Return True if the stage holds this release (tag and tree id of its snapshot), unchanged by hand."""
    lock = held.lock
    return lock is not None and not held.edited and (lock.freight.tag, lock.freight.snapshot) == (tag, snapshot)
