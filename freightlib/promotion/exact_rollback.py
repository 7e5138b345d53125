"""Restores the exact bytes that an earlier commit of the stage's branch held. Nothing is rendered."""

from __future__ import annotations

from attrs import evolve

from freightlib.git.contract import Repository
from freightlib.git.grafting import IdStore, build_files
from freightlib.git.trees import Mode, algorithm_of
from freightlib.models import RenderLock
from freightlib.rendering.branch import BranchState, manifest_entries
from freightlib.rendering.branch_history import was_tip
from freightlib.rendering.run import StageRendering


def restored(repository: Repository, past: BranchState, lock: RenderLock) -> StageRendering | None:
    """Return the manifests of ``past`` with ``lock``; ``None`` if they have modes or links that no promotion writes."""
    found = manifest_entries(repository, past)
    files = {path: repository.read_blob(found[path].id) for path in sorted(found) if found[path].mode != Mode.SUBMODULE}
    if build_files(IdStore(algorithm=algorithm_of(lock.manifests)), files.items()) != lock.manifests:
        return None
    branch = past.ref.removeprefix("refs/heads/")
    return StageRendering(lock.app, lock.stage, branch, past.path, lock, files, manifests=())


def proposed_back(repository: Repository, base: BranchState, lock: RenderLock) -> StageRendering | None:
    """Return what a proposal with this lock of an exact rollback restores on ``base``.

    ``None`` if the branch did not hold that at the commit which the lock names.
    """
    done = lock.rollback
    if done is None or not was_tip(repository, base, done.commit):
        return None
    past = BranchState.read(repository, base.ref, base.path, tip=done.commit, damaged="ignore")
    if past.lock is None or past.edited or _facts(past.lock) != _facts(lock):
        return None
    return restored(repository, past, lock)


def _facts(lock: RenderLock) -> RenderLock:
    return evolve(lock, rollback=None, overrides=())
