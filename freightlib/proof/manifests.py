"""Checks that the manifests are those that the lock names, by comparing two tree ids.

Files are read only if the ids differ, to name the files. For that, the tree that the lock names must be found. A
promotion stores it, but no commit refers to it, so a clone does not have it. An earlier commit of the branch may hold
the same manifests, so those are searched next.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from freightlib.errors import CorruptObjectError, RemoteError, UnsafePathError
from freightlib.git.contract import Repository
from freightlib.git.history.changes import Trail
from freightlib.git.payload.size_limits import TooLargeError
from freightlib.git.trees import ReadTree, Tree
from freightlib.models import Finding
from freightlib.proof.rendered_commit import Audited, RenderedCommit
from freightlib.warehouse.verify.differences import difference_findings

#: How many earlier commits are searched for the manifests that a lock names.
_SEARCHED: Final = 1_000


def manifest_findings(repository: Repository, case: Audited) -> Iterator[Finding]:
    """Yield a finding for each file that was edited, added or removed by hand."""
    seen, named = case.seen, case.lock.manifests
    if seen.manifests is None or named == seen.manifests:
        return
    expected = _named_tree(repository, case)
    facts = {"locked": named, "held": seen.manifests}
    if expected is not None:
        try:
            yield from _named(seen, *expected, named)
        except (TooLargeError, CorruptObjectError) as error:
            facts["problem"] = error.message
        else:
            return
    yield seen.finding(
        "rendered-edited",
        seen.place.prefix,
        f"its manifests are the tree {seen.manifests}, but its lock names {named}",
        **facts,
    )


def _named(seen: RenderedCommit, read: ReadTree, original: str, named: str) -> Iterator[Finding]:
    assert seen.manifests is not None  # noqa: S101 (the caller looked)
    found = difference_findings("rendered", read, named, seen.manifests, prefix=seen.place.prefix, original=original)
    for one in list(found):
        yield seen.finding(one.code, one.path, one.message, hint=one.hint, **one.data)


def _named_tree(repository: Repository, case: Audited) -> tuple[ReadTree, str] | None:
    """Return a reader for the tree that the lock names, and its origin in words; ``None`` if it is not found."""
    seen, named = case.seen, case.lock.manifests
    try:
        repository.read_tree(named)
    except (CorruptObjectError, RemoteError):
        pass  # it is not here
    else:
        return seen.trees.read_tree, "the manifests that its lock names"
    for earlier in _earlier(repository, seen):
        if earlier.manifests == named:
            return _Either(seen, earlier), f"the manifests of commit {earlier.commit.id[:12]}, which its lock names"
    return None


def _earlier(repository: Repository, seen: RenderedCommit) -> Iterator[RenderedCommit]:
    trail = Trail(repository, seen.commit.id, seen.place.path)
    for step in islice(trail, _SEARCHED):
        try:
            yield RenderedCommit.at(seen.place, step.commit, step.entry, repository.read_tree)
        except (CorruptObjectError, UnsafePathError, RemoteError):
            continue  # becomes a finding when that commit is audited


class _Either:
    def __init__(self, near: RenderedCommit, far: RenderedCommit) -> None:
        self._near = near
        self._far = far

    def __call__(self, tree: str, /) -> Tree:
        return (self._far if tree == self._far.manifests else self._near).trees.read_tree(tree)
