"""Selects the commits of a history to verify, and their order.

These are the commits reachable from the tips and not from commits already known to be sound. Parents come before their
children.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen, mutable

from freightlib.errors import RevisionError
from freightlib.git.contract import Repository


@frozen
class RangeCommit:
    """A commit to verify: its root ``tree``, and the ``parents`` that this clone has.

    ``cut`` is true if parents are missing (a shallow clone).
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    cut: bool = False


@frozen
class CommitRange:
    """A range of commits, parents first, and the sound commits below it.

    ``base`` maps the sound parents of ``steps`` to their root trees.
    """

    steps: Sequence[RangeCommit]
    base: Mapping[str, str] = field(factory=dict, hash=False)

    @property
    def cuts(self) -> tuple[str, ...]:
        """The commits with missing parents."""
        return tuple(step.id for step in self.steps if step.cut)


def commit_range(repository: Repository, tips: Iterable[str], sound: Iterable[str] = ()) -> CommitRange:
    """Return the commits reachable from ``tips`` and not from ``sound``. Missing commits in ``sound`` are ignored.

    If clocks were wrong, commits that are reachable from ``sound`` may be included; that only costs time. Raises
    RevisionError if a tip is missing, CorruptObjectError.
    """
    walk = _Walk(repository)
    for tip in tips:
        if not walk.reach(tip, known=False):
            repository.read_commit(tip)  # raises
    for commit in sound:
        walk.reach(commit, known=True)
    walk.run()
    steps = _parents_first(walk.steps)
    parents = {parent for step in steps for parent in step.parents}
    return CommitRange(steps, {name: walk.seen[name].tree for name in parents - walk.steps.keys()})


@mutable
class _Walk:
    """A walk from newest to oldest, like ``git rev-list tip ^known``. Parents of known commits become known too."""

    repository: Repository
    steps: dict[str, RangeCommit] = field(factory=dict)
    seen: dict[str, RangeCommit] = field(factory=dict)
    known: set[str] = field(factory=set)
    _queue: list[tuple[float, str]] = field(factory=list)
    _waiting: int = 0  # number of commits in the queue that are not known to be sound

    def reach(self, name: str, *, known: bool) -> bool:
        """Add a commit to the queue, or mark it as known. Return False if this clone does not have it."""
        if name in self.seen:
            if known:
                self._mark(name)
            return True
        try:
            commit = self.repository.read_commit(name)
        except RevisionError:
            return False
        self.seen[name] = RangeCommit(name, commit.tree, commit.parents)
        heapq.heappush(self._queue, (-commit.committer.when.timestamp(), name))
        if known:
            self.known.add(name)
        else:
            self._waiting += 1
        return True

    def _mark(self, name: str) -> None:
        pending = [name]
        while pending:
            name = pending.pop()
            if name in self.known or name not in self.seen:
                continue
            self.known.add(name)
            if self.steps.pop(name, None) is None:
                self._waiting -= 1  # it is still in the queue; ``run`` marks its parents later
            else:
                pending += self.seen[name].parents

    def run(self) -> None:
        """Walk until only commits that are known to be sound are left."""
        while self._waiting:
            _, name = heapq.heappop(self._queue)
            step = self.seen[name]
            if name in self.known:
                for parent in step.parents:
                    self.reach(parent, known=True)
                continue
            self._waiting -= 1
            here = tuple(parent for parent in step.parents if self.reach(parent, known=False))
            self.steps[name] = RangeCommit(name, step.tree, here, cut=len(here) < len(step.parents))


def _parents_first(steps: Mapping[str, RangeCommit]) -> list[RangeCommit]:
    ordered: dict[str, RangeCommit] = {}
    for first in steps:
        pending = [first]
        while pending:
            name = pending[-1]
            waiting = [parent for parent in steps[name].parents if parent in steps and parent not in ordered]
            if waiting and name not in ordered:
                pending += waiting
            else:
                ordered.setdefault(name, steps[name])
                pending.pop()
    return list(ordered.values())
