"""Finds the commits that changed a path.

The history of a shallow clone ends early. A missing parent is noted; it is not an error.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from attrs import frozen

from freightlib.errors import RevisionError
from freightlib.git.contract import Commit, Repository
from freightlib.git.trees import Entry, ReadTree, find


@frozen
class ChangedCommit:
    """A commit that changed the path, and the entry at the path in it (``None``: nothing)."""

    commit: Commit
    entry: Entry | None


class Trail:
    """The commits reachable from ``tip`` and not from ``known`` that change ``path`` against their first parent.

    They come in order of committer time, newest first, as in ``Repository.history``. With ``first_parent``, only first
    parents are followed. After iteration, ``missing`` holds the parents that this clone does not have. If clocks were
    wrong, a commit that is reachable from ``known`` may be included.
    """

    def __init__(
        self, repository: Repository, tip: str, path: str, *, known: str | None = None, first_parent: bool = False
    ) -> None:
        self._repository = repository
        self._tip = tip
        self._path = "" if path == "." else path
        self._known = known
        self._first_parent = first_parent
        self.missing: set[str] = set()
        self._queue: list[tuple[float, int, str]] = []
        self._waiting: dict[str, bool] = {}  # commit in the queue -> whether it is known
        self._done: dict[str, bool] = {}
        self._entries: dict[str, Entry | None] = {}  # root tree -> the entry at the path

    def __iter__(self) -> Iterator[ChangedCommit]:
        """Yield the steps. A Trail can be iterated only once."""
        if self._known is not None:
            self._push(self._known, known=True)
        self._push(self._tip, known=False)
        while not all(self._waiting.values()):
            name = heapq.heappop(self._queue)[2]
            if name not in self._waiting:
                continue
            known = self._done[name] = self._waiting.pop(name)
            commit = self._repository.read_commit(name)
            for parent in commit.parents[: 1 if self._first_parent else None]:
                self._push(parent, known=known)
            if not known and self._changed(commit):
                yield ChangedCommit(commit, self._entry(commit.tree))

    def _push(self, name: str, *, known: bool) -> None:
        if name in self._waiting:
            self._waiting[name] |= known
            return
        if name in self._done and (self._done[name] or not known):
            return
        commit = _present(self._repository, name)
        if commit is None:
            if not known:
                self.missing.add(name)
            return
        self._waiting[name] = known
        heapq.heappush(self._queue, (-commit.committer.when.timestamp(), len(self._done) + len(self._queue), name))

    def _changed(self, commit: Commit) -> bool:
        before = None
        if commit.parents:
            parent = _present(self._repository, commit.parents[0])
            # in a shallow clone, the oldest commit counts as the one that added the path
            before = None if parent is None else self._entry(parent.tree)
        here = self._entry(commit.tree)
        return (here and (here.mode, here.id)) != (before and (before.mode, before.id))

    def _entry(self, tree: str) -> Entry | None:
        if tree not in self._entries:
            self._entries[tree] = find(self._repository.read_tree, tree, self._path)
        return self._entries[tree]


def _present(repository: Repository, name: str) -> Commit | None:
    try:
        return repository.read_commit(name)
    except RevisionError:
        return None


def changing(read_commit: Callable[[str], Commit], read_tree: ReadTree, tip: str, path: str) -> Iterator[Commit]:
    """Yield the commits reachable from ``tip`` whose entry at ``path`` differs from their first parent's.

    All parents of merges are walked, newest committer time first. A commit never comes before those of its children
    that are already found; with correct clocks this is the order of ``git log --date-order``. A commit without parents
    changes the path if it has an entry there.
    """
    seen = {tip}
    commits: dict[str, Commit] = {}
    entries: dict[str, tuple[int, str] | None] = {}  # root tree -> mode and id of the entry at the path

    def commit(name: str) -> Commit:
        if name not in commits:
            commits[name] = read_commit(name)
        return commits[name]

    def entry(tree: str) -> tuple[int, str] | None:
        if tree not in entries:
            found = find(read_tree, tree, path)
            entries[tree] = None if found is None else (found.mode, found.id)
        return entries[tree]

    count = 0
    queue = [(-commit(tip).committer.when.timestamp(), count, tip)]
    while queue:
        here = commit(heapq.heappop(queue)[2])
        for parent in here.parents:
            if parent not in seen:
                seen.add(parent)
                count += 1
                heapq.heappush(queue, (-commit(parent).committer.when.timestamp(), count, parent))
        before = entry(commit(here.parents[0]).tree) if here.parents else None
        if entry(here.tree) != before:
            yield here
        del commits[here.id]
