"""Chooses the releases that may be pruned. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import evolve, field, frozen

from freightlib.documents.durations import show_duration
from freightlib.errors import RevisionError
from freightlib.git.contract import Commit, Repository
from freightlib.git.trees import find
from freightlib.models import App
from freightlib.models.freight import revision_of
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.snapshots import pruned_releases
from freightlib.warehouse.verify.history.tree_deltas import WarehouseTrees, raw_trees


@frozen
class Release:
    """A published release: its snapshot's ``tree`` id, and the time in its record (``None``: the record is unreadable).

    ``reasons`` say in words why the release must stay. A release without reasons may be removed.
    """

    tag: str
    tree: str
    created_at: datetime | None
    reasons: tuple[str, ...] = field(default=(), converter=tuple[str, ...])


def choose(
    releases: Iterable[Release],
    referred: Mapping[str, Sequence[str]],
    newest: Collection[str] | None,
    older_than: timedelta | None,
    now: datetime,
) -> tuple[Release, ...]:
    """Return the releases, with the reasons to keep each of them added.

    ``referred`` maps a tag to the things that refer to it. Releases in ``newest`` are kept, and so are releases that
    are not ``older_than`` this. ``None`` turns the rule off. Both rules must allow a removal; if both are off, all
    releases are kept.
    """
    return tuple(evolve(one, reasons=_reasons(one, referred, newest, older_than, now)) for one in releases)


def _reasons(
    release: Release,
    referred: Mapping[str, Sequence[str]],
    newest: Collection[str] | None,
    older_than: timedelta | None,
    now: datetime,
) -> tuple[str, ...]:
    found = [*release.reasons, *referred.get(release.tag, ())]
    if newest is None and older_than is None:
        found.append("no rule allows its removal")
    if newest is not None and release.tag in newest:
        found.append(f"among the newest {len(newest)}")
    if older_than is not None and release.created_at is not None and now - release.created_at <= older_than:
        found.append(f"not older than {show_duration(older_than)}")
    return tuple(dict.fromkeys(found))


_NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)


def newest(tree: GitopsTree, app: App, releases: Iterable[Release], number: int) -> frozenset[str]:
    """Return the tags of the ``number`` releases that were published last. Reads only as much history as needed.

    If one commit added several (a merge, or the first commit of a shallow clone), the times in their records decide. A
    pruned and restored release counts from its first publication.
    """
    known = {release.tag: release.created_at or _NO_TIME for release in releases}
    found: dict[str, None] = {}
    if number < 1:
        return frozenset()
    for added in _additions(tree, app, known):
        for tag in sorted(added, key=lambda tag: (known[tag], tag), reverse=True):
            found.setdefault(tag)
            if len(found) == number:
                return frozenset(found)
    return frozenset(found)


def _additions(tree: GitopsTree, app: App, known: Mapping[str, datetime]) -> Iterator[list[str]]:
    """Yield, for each commit of the branch, the known releases that it published. The newest commit comes first."""
    repository = tree.repository
    layers = WarehouseTrees(raw_trees(repository))
    commit: Commit | None = repository.read_commit(tree.commit)
    here = _warehouse(repository, commit, app)
    back = {tag for tag in pruned_releases(tree, app).trees if tag in known}
    while commit is not None:
        parent = _parent(repository, commit)
        there = _warehouse(repository, parent, app)
        if here != there:
            backward = layers.delta(here, there)  # from the newer to the older tree, which is faster in this walk
            had = {entry.name for entry in backward.added}
            added = [entry.name for entry in backward.removed if entry.name in known and entry.name not in had]
            listed = _listed(repository, parent, app) if back.intersection(added) else ()
            yield [tag for tag in added if revision_of(tag) and tag not in listed]
        commit, here = parent, there


def _parent(repository: Repository, commit: Commit) -> Commit | None:
    try:
        return repository.read_commit(commit.parents[0]) if commit.parents else None
    except RevisionError:
        return None  # a shallow clone


def _warehouse(repository: Repository, commit: Commit | None, app: App) -> str | None:
    found = None if commit is None else find(repository.read_tree, commit.tree, app.warehouse)
    return found.id if found is not None and found.is_tree else None


def _listed(repository: Repository, commit: Commit | None, app: App) -> Iterable[str]:
    if commit is None:
        return ()
    return pruned_releases(GitopsTree(repository, commit.id, commit.tree), app).trees
