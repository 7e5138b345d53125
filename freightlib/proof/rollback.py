"""Whether a lock's record of a rollback is true: the branch held that release there, and an exact one is just that."""

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
    """What is wrong with the record; nothing for a promotion."""
    record, seen = case.lock.rollback, case.seen
    if record is None:
        return
    before = Ancestry(repository, seen.commit.id)
    if not before.holds(record.commit):
        if not before.complete:
            yield seen.lock_finding("audit-unseen", f"this clone does not show its commit {record.commit} before")
            return
        message = f"it was rolled back to {record.commit}, which the branch was not at before"
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
        return "its lock was another one, and the rollback says that it is exact"
    return None


def rollback_words(lock: RenderLock) -> tuple[str, ...]:
    """What the trailer says of a rollback; nothing for a promotion."""
    done = lock.rollback
    return () if done is None else (f"{done.kind}, left {done.left}, as at {done.commit}",)
