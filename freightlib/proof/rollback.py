"""Checks the record of a rollback in a lock: the branch held that release at the named commit.

For an exact rollback, the lock and the manifests must also be the same as there.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from freightlib.errors import RevisionError
from freightlib.git.contract import Repository
from freightlib.git.history.ancestry import Ancestry
from freightlib.models import ROLLBACK_EXACT, Finding, RenderLock
from freightlib.proof.rendered_commit import Audited
from freightlib.rendering.branch import BranchState


def rollback_findings(repository: Repository, case: Audited) -> Iterator[Finding]:
    """Yield what is wrong with the record; nothing for a promotion."""
    record, seen = case.lock.rollback, case.seen
    if record is None:
        return
    before = Ancestry(repository, seen.commit.id)
    if not before.holds(record.commit):
        if not before.complete:
            yield seen.lock_finding("audit-unseen", f"this clone does not show its earlier commit {record.commit}")
            return
        message = f"it was rolled back to {record.commit}, which is not an earlier commit of the branch"
        yield seen.lock_finding("lock-rollback", message, locked=record.commit)
        return
    try:
        past = BranchState.read(repository, seen.place.ref, seen.place.path, tip=record.commit, damaged="ignore")
    except RevisionError:
        return
    wrong = _wrong(case.lock, past, exact=record.kind == ROLLBACK_EXACT)
    if wrong is not None:
        yield seen.lock_finding("lock-rollback", f"at {record.commit[:12]} {wrong}", locked=record.commit)


def _wrong(lock: RenderLock, past: BranchState, *, exact: bool) -> str | None:
    if past.lock is None or past.lock.freight.snapshot != lock.freight.snapshot or past.tag != lock.freight.tag:
        return f"the stage held {past.tag or 'no release'}, not {lock.freight.tag}"
    if exact and past.edited:
        return "its manifests had been changed by hand"
    if exact and evolve(past.lock, rollback=None) != evolve(lock, rollback=None):
        return "its lock was different, but the rollback says that it is exact"
    return None


def rollback_words(lock: RenderLock) -> tuple[str, ...]:
    """Return the text of the rollback trailer, as a tuple; empty for a promotion."""
    done = lock.rollback
    return () if done is None else (f"{done.kind}, left {done.left}, as at {done.commit}",)
