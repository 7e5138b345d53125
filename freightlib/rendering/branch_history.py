"""Reads the history of a rendered branch: which releases a stage held, newest first.

Only first parents are followed: the commits that a merge brings in were never the tip, so they were never deployed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from freightlib.errors import RevisionError
from freightlib.git.contract import Commit, Repository
from freightlib.git.trees import Entry, find
from freightlib.rendering.branch import BranchState, holds


@frozen
class BranchChange:
    """A commit that changed what a stage holds: what it ``held`` after the commit, and ``before`` it.

    ``cut`` is true if the clone is shallow here, so ``before`` is unknown.
    """

    commit: Commit
    held: BranchState
    before: BranchState
    cut: bool = False


def holdings(repository: Repository, ref: str, path: str, tip: str) -> Iterator[BranchChange]:
    """Yield what ``path`` of the branch held, newest first. A lock that cannot be read is treated as missing.

    In a shallow clone the last change has ``cut`` set.
    """
    commit = repository.read_commit(tip)
    here = _output(repository, commit, path)
    while True:
        parent, cut = _parent(repository, commit)
        there = here if parent and parent.tree == commit.tree else _output(repository, parent, path)
        if cut or _differ(here, there):
            before = (
                BranchState(ref, path)
                if parent is None
                else BranchState.read(repository, ref, path, tip=parent.id, damaged="ignore")
            )
            yield BranchChange(
                commit, BranchState.read(repository, ref, path, tip=commit.id, damaged="ignore"), before, cut
            )
        if parent is None:
            return
        commit, here = parent, there


def _parent(repository: Repository, commit: Commit) -> tuple[Commit | None, bool]:
    if not commit.parents:
        return None, False
    try:
        return repository.read_commit(commit.parents[0]), False
    except RevisionError:
        return None, True


def _output(repository: Repository, commit: Commit | None, path: str) -> Entry | None:
    return None if commit is None else find(repository.read_tree, commit.tree, path)


def _differ(here: Entry | None, there: Entry | None) -> bool:
    return (here and (here.mode, here.id)) != (there and (there.mode, there.id))


def was_tip(repository: Repository, held: BranchState, commit: str) -> bool:
    """Return True if ``commit`` was once the tip of the branch: it is a first-parent ancestor of the current tip."""
    at = held.tip
    while at is not None and at != commit:
        try:
            at = next(iter(repository.read_commit(at).parents), None)
        except RevisionError:
            return False  # a shallow clone
    return at is not None


def held_since(repository: Repository, held: BranchState, tag: str, snapshot: str) -> datetime | None:
    """Return when the stage got the release that it has held without a break since: the commit's committer time.

    ``None`` if the stage does not hold the release. Only first parents are followed, so a merged proposal counts from
    its merge. In a shallow clone the result is at the latest the time of the oldest commit that is there.
    """
    if held.tip is None or not holds(held, tag, snapshot):
        return None
    commit, output = repository.read_commit(held.tip), held.output
    while commit.parents:
        try:
            parent = repository.read_commit(commit.parents[0])
        except RevisionError:
            break
        found = find(repository.read_tree, parent.tree, held.path)
        if found is None or found.id != output:
            before = BranchState.read(repository, held.ref, held.path, tip=parent.id, damaged="ignore")
            if not holds(before, tag, snapshot):
                break
            output = before.output
        commit = parent
    return commit.committer.when
