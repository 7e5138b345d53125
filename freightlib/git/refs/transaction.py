"""Moves refs by compare-and-swap, all or none, with git's own lock protocol for the files ref storage.

A transaction first takes every ``<ref>.lock`` (created exclusively, as git and libgit2 do). Then it reads every old
value again, and only then does it write. The alternatives are not enough. libgit2's transaction does not compare, and
does not undo the first ref if the second fails. ``git update-ref --stdin`` is correct, but it needs the git program,
starts a process, and reports the result for each ref only as prose. If the process is killed between two renames, some
refs have moved; this is the same with git.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from attrs import field, mutable

from freightlib.errors import FreightError, GitError, RefConflictError, RefLockedError
from freightlib.git.atomic_files import disk_errors, sync_directory
from freightlib.git.contract import RefUpdate
from freightlib.git.refs.lock_files import Claim, clear, holder, take
from freightlib.git.waiting import wait_until

PATIENCE = 1.5  # seconds; git itself waits 0.1 for a ref and 1 for packed-refs
_PACKED: Final = "packed-refs"


@mutable
class RefTransaction:
    """Moves several refs at once. Entering the context locks and compares, ``commit`` writes, leaving unlocks.

    ``common`` is the shared git directory. ``read`` returns a ref's stored id, ``under`` returns the refs below a
    prefix. Entering raises RefConflictError, RefLockedError, StorageError, GitError.
    """

    common: Path
    updates: Sequence[RefUpdate]
    read: Callable[[str], str | None]
    under: Callable[[str], Sequence[str]]
    patience: float = field(factory=lambda: PATIENCE)
    _held: dict[str, Claim] = field(factory=dict, init=False)

    def __enter__(self) -> RefTransaction:
        try:
            deadline = time.monotonic() + self.patience
            for ref in sorted(update.ref for update in self.updates):  # one order for all processes: no deadlock
                self._lock(ref, deadline)
            if any(update.new is None for update in self.updates):
                self._lock(_PACKED, deadline)
            for update in self.updates:
                self._compare(update)
        except BaseException:
            self._unlock()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._unlock()

    def commit(self) -> None:
        """Write the new values. If one cannot be written, restore the refs already moved. Raises StorageError."""
        moved = [update for update in self.updates if update.new != update.old]
        done: list[RefUpdate] = []
        with disk_errors(self.common):
            try:
                for update in moved:  # write all bytes before the first rename, so that a full disk is detected here
                    if update.new is not None:
                        _fill(self._lock_path(update.ref), f"{update.new}\n".encode())
                self._drop_packed({update.ref for update in moved if update.new is None})
                for update in moved:
                    self._write(update)
                    done.append(update)
            except OSError:
                self._undo(done)
                raise

    def _write(self, update: RefUpdate) -> None:
        path = self.common / update.ref
        if update.new is None:
            path.unlink(missing_ok=True)
            return
        try:
            self._lock_path(update.ref).rename(path)
        except IsADirectoryError:
            _remove_empty(path)
            self._lock_path(update.ref).rename(path)
        self._held.pop(update.ref).drop()  # the rename released the lock: a new file of that name is another process's
        sync_directory(path.parent)

    def _undo(self, done: Sequence[RefUpdate]) -> None:
        for update in done:
            back = RefUpdate(update.ref, update.new, update.old)
            if update.new is None:  # its lock is still held
                (self.common / update.ref).write_text(f"{update.old}\n", encoding="ascii")
                continue
            try:
                with RefTransaction(self.common, [back], self.read, self.under) as again:
                    again.commit()
            except FreightError as error:
                raise GitError(
                    f"{update.ref} has moved to {update.new}, but another ref could not, and it could not be moved "
                    "back",
                    hint=f"free the disk, then: git update-ref {update.ref} {update.old or '-d'}",
                    ref=update.ref,
                ) from error

    # --- locks ---

    def _lock_path(self, ref: str) -> Path:
        return self.common / f"{ref}.lock"

    def _unlock(self) -> None:
        while self._held:
            ref, claim = self._held.popitem()
            self._lock_path(ref).unlink(missing_ok=True)
            claim.drop()

    def _lock(self, ref: str, deadline: float) -> None:
        path = self._lock_path(ref)
        if not wait_until(lambda: self._try_lock(ref, path), deadline - time.monotonic(), first=0.003):
            raise RefLockedError(
                f"{ref} is locked: {str(path)!r} exists ({holder(path)})",
                hint="wait for the process that holds it; if no such process runs, it was killed: remove that file",
                ref=ref,
                lock=str(path),
            )

    def _try_lock(self, ref: str, path: Path) -> bool:
        with disk_errors(self.common):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError) as error:
                raise no_room(ref, "a name above it") from error
            claim = take(self.common, path)
            if claim is None:
                clear(self.common, path)  # if a killed freightlib left it, the next try succeeds
                return False
        self._held[ref] = claim
        return True

    def _compare(self, update: RefUpdate) -> None:
        found = self.read(update.ref)
        if found != update.old:
            raise conflict(update, found)
        if update.old is None and update.new is not None:
            # a ref cannot be both a file and a folder; the file system does not check this for packed refs
            parts = update.ref.split("/")
            above = next((name for end in range(3, len(parts)) if self.read(name := "/".join(parts[:end]))), None)
            other = above or next(iter(self.under(f"{update.ref}/")), None)
            if other:
                raise no_room(update.ref, other)

    def _drop_packed(self, gone: set[str]) -> None:
        packed = self.common / _PACKED
        if not gone or not packed.is_file():
            return
        _fill(self._lock_path(_PACKED), _without(packed.read_bytes(), {ref.encode() for ref in gone}))
        self._lock_path(_PACKED).rename(packed)
        self._held.pop(_PACKED).drop()
        sync_directory(self.common)


def lock_seconds() -> float:
    """How long to wait for a lock of a ref that another process holds."""
    return PATIENCE


def conflict(update: RefUpdate, found: str | None) -> RefConflictError:
    """Return the error for a ref that does not point at the expected commit."""
    if update.old is None:
        message = f"{update.ref} exists already, at {found}"
    elif found is None:
        message = f"{update.ref} was deleted meanwhile (it was at {update.old})"
    else:
        message = f"{update.ref} moved meanwhile: it is at {found}, not at {update.old}"
    hint = "read it again and try once more"
    return RefConflictError(message, hint=hint, ref=update.ref, expected=update.old, found=found)


def no_room(ref: str, other: str) -> GitError:
    """Return the error for a ref that would be both a file and a folder of refs."""
    return GitError(
        f"{ref} cannot be created because of {other}: git cannot store a branch and a folder under one name",
        hint="choose another branch name, or delete the other one",
        ref=ref,
        other=other,
    )


def _fill(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _remove_empty(path: Path) -> None:
    for directory, _, _ in os.walk(path, topdown=False):
        Path(directory).rmdir()


def _without(packed: bytes, gone: set[bytes]) -> bytes:
    kept: list[bytes] = []
    dropping = False
    for line in packed.splitlines(keepends=True):
        if not line.startswith(b"^"):  # "^<id>" belongs to the ref in the line above
            dropping = line.partition(b" ")[2].rstrip(b"\n") in gone and not line.startswith(b"#")
        if not dropping:
            kept.append(line)
    return b"".join(kept)
