"""Checks that a rendered commit has a lock, and that the lock is valid."""

from __future__ import annotations

from collections.abc import Iterator

from freightlib.documents import write_lock
from freightlib.errors import FreightError, LockError
from freightlib.git.trees import Mode
from freightlib.models import Finding, RenderLock
from freightlib.models.freight import is_full_id, revision_of
from freightlib.proof.rendered_commit import RenderedCommit
from freightlib.proof.sources import Sources


def lock_of(sources: Sources, seen: RenderedCommit) -> tuple[RenderLock | None, list[Finding]]:
    """Return the lock and findings on its form, or ``None`` and the finding that says what is wrong."""
    entry = seen.lock_entry
    if entry is None:
        what = "the output" if seen.output is None else f"the output's {seen.lock_path.rpartition('/')[2]}"
        return None, [seen.lock_finding("lock-missing", f"{what} is not there")]
    if not seen.regular_lock:
        return None, [seen.lock_finding("lock-invalid", f"it is not a regular file (mode {entry.mode:06o})")]
    try:
        lock, data = sources.lock(entry.id)
    except LockError as error:
        return None, [seen.lock_finding("lock-invalid", error.message, problem=dict(error.data))]
    malformed = next(_malformed(lock), None)
    if malformed is not None:
        return None, [seen.lock_finding("lock-invalid", malformed)]
    return lock, list(_form(seen, lock, data))


def _malformed(lock: RenderLock) -> Iterator[str]:
    if revision_of(lock.freight.tag) is None:
        yield f"freight.tag is {lock.freight.tag[:80]!r}, not git-<full commit id>"
    ids = {
        "freight.commit": lock.freight.commit,
        "freight.snapshot": lock.freight.snapshot,
        "policy.commit": lock.policy.commit,
        "manifests": lock.manifests,
        **{f"policy.files[{index}].blob": file.blob for index, file in enumerate(lock.policy.files)},
    }
    for name, value in ids.items():
        if value is not None and not is_full_id(value):
            yield f"{name} is {value[:80]!r}, not a full object id"


def _form(seen: RenderedCommit, lock: RenderLock, data: bytes) -> Iterator[Finding]:
    if not _canonical(lock, data):
        yield seen.lock_finding("lock-form", "its bytes differ from those that freightlib writes for this lock")
    if seen.lock_entry is not None and seen.lock_entry.mode != Mode.FILE:
        yield seen.lock_finding("lock-form", f"its mode is {seen.lock_entry.mode:06o}, not {Mode.FILE:06o}")


def _canonical(lock: RenderLock, data: bytes) -> bool:
    try:
        return write_lock(lock) == data
    except (FreightError, UnicodeError):
        return False  # a value that freightlib never writes
