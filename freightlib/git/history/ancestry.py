"""Tests whether a commit is an ancestor of a tip."""

from __future__ import annotations

import heapq

from freightlib.git.contract import Commit, Repository
from freightlib.git.history.changes import _present


class Ancestry:
    """The commits reachable from a tip. The walk goes only as far as each question needs."""

    def __init__(self, repository: Repository, tip: str) -> None:
        self._repository = repository
        self._seen: set[str] = set()
        self._queue: list[tuple[float, int, Commit]] = []
        self._missing = False
        self._push(tip)

    def holds(self, commit: str) -> bool:
        """Return whether ``commit`` is the tip or an ancestor of it, in the history that this clone has."""
        while commit not in self._seen and self._queue:
            self._step()
        return commit in self._seen

    @property
    def complete(self) -> bool:
        """True if this clone has the whole history. Walks to its end."""
        while self._queue:
            self._step()
        return not self._missing

    def _step(self) -> None:
        for parent in heapq.heappop(self._queue)[2].parents:
            self._push(parent)

    def _push(self, name: str) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        commit = _present(self._repository, name)
        if commit is None:
            self._missing = True
        else:
            heapq.heappush(self._queue, (-commit.committer.when.timestamp(), len(self._seen), commit))
