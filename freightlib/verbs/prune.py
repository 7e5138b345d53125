"""Removes old releases from a warehouse, by an ordinary commit that lists them in ``pruned.yaml``.

    from datetime import timedelta

    from freightlib import prune

    pruning = prune("gitops", keep=20, older_than=timedelta(days=90), dry_run=True)
    for release in pruning.removed:
        print("would be removed:", release.tag)
    for release in pruning.kept:
        print("stays:", release.tag, *release.reasons)

With ``dry_run`` nothing is removed. A release that a stage, an open proposal or a rollback window refers to always
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import field, frozen

from freightlib.documents import read_record, write_pruned
from freightlib.errors import FreightError, UsageError, VerificationError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import graft
from freightlib.git.moving import move_refs
from freightlib.git.retrying import retried
from freightlib.git.trees import Entry, Mode
from freightlib.models import PRUNED, RECORD, App, Pruned, PrunedRelease
from freightlib.models.freight import revision_of
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.promotion.references import references
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.retention import Release, choose, newest
from freightlib.warehouse.snapshots import entries, pruned_releases, read_snapshot
from freightlib.warehouse.verify.folder import outer_report
from freightlib.warehouse.verify.snapshot import Scope

#: How many releases that a stage held before the present one stay by default.
WINDOW: Final = 2
#: How many releases a commit message names; the list in the warehouse names all.
_NAMED: Final = 50


@frozen
class Pruning:
    """The result of ``prune``: what it did, or would do (``dry_run``).

    ``removed`` are the removed releases, ``kept`` the others with the reasons why they stay, both in order of
    ``created_at``. ``commit`` is the new commit (``None``: none was made), ``previous`` the branch's tip before;
    ``notes`` say what could not be read.
    """

    app: str
    dry_run: bool
    removed: tuple[Release, ...]
    kept: tuple[Release, ...]
    commit: str | None
    previous: str
    notes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])


def prune(
    repository: str | Path | Repository,
    *,
    keep: int | None = None,
    older_than: timedelta | None = None,
    keep_per_stage: int = WINDOW,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> Pruning:
    """Remove old releases from the warehouse of ``app``: not the newest ``keep``, nor any younger than ``older_than``.

    Give at least one of the two rules; if both are given, both must allow the removal. Some releases always stay: the
    one in ``current/``, those that a stage's branch holds or an open proposal proposes, and the ``keep_per_stage``
    releases that a stage held before the present one. ``older_than`` counts back from ``now`` (with a time zone;
    default: the current time). ``dry_run`` writes nothing. ``sign`` is that of ``publish``.

    ``pruned.yaml`` lists each removed release with its tree id, so that the history can still be verified. Publishing a
    removed release again restores it as it was. Raises UsageError, VerificationError (the warehouse is not sound),
    LockError (a stage's lock is damaged), ProjectError, SigningError, GitError.
    """
    _check(keep, older_than, keep_per_stage)
    gitops = open_repository(repository, backend=backend)
    at = now or datetime.now(UTC)

    def attempt() -> Pruning:
        ref, tip = gitops_tip(gitops, branch)
        target = project_at(tip).app(app)
        _check_sound(tip, target)
        referred = references(tip, target, read_snapshot(tip, target), keep_per_stage)
        releases = _releases(tip, target)
        last = None if keep is None else newest(tip, target, releases, keep)
        judged = choose(releases, referred.by_tag, last, older_than, at)
        removed = tuple(one for one in judged if not one.reasons)
        kept = tuple(one for one in judged if one.reasons)
        commit = None
        if removed and not dry_run:
            commit = _commit(gitops, tip, target, removed, committer(gitops, author, at))
            move_refs(gitops, (RefUpdate(ref, tip.commit, commit),), f"freight prune {target.name}")
        return Pruning(target.name, dry_run, removed, kept, commit, tip.commit, referred.notes)

    with signing(gitops, sign):
        return retried(gitops, attempt)


def _check(keep: int | None, older_than: timedelta | None, window: int) -> None:
    if keep is None and older_than is None:
        raise UsageError(
            "no rule says which releases to remove",
            hint="give --keep N (the newest N stay), --older-than 90d, or both: then both must allow it",
        )
    if (keep or 0) < 0 or window < 0 or (older_than or timedelta()) < timedelta():
        raise UsageError("a number of releases or a time is negative", hint="give 0 or more")


def _check_sound(tree: GitopsTree, app: App) -> None:
    scope = Scope(tree.repository, app, app.warehouse, tree.commit)
    report, _ = outer_report(scope, tree.entry(app.warehouse))
    if not report.ok:
        first = report.errors[0]
        raise VerificationError(
            f"nothing is pruned from a warehouse that is not sound: {first.path}: {first.message}",
            hint=f"{first.hint or 'correct this first'}; see all findings with: freight verify",
            report=report,
        )


def _releases(tree: GitopsTree, app: App) -> list[Release]:
    """Return every release in the warehouse, in order of ``created_at``."""
    found = [
        _release(tree, app, entry)
        for entry in entries(tree, app)
        if entry.is_tree and revision_of(entry.name) is not None
    ]
    return sorted(found, key=lambda one: (one.created_at or datetime.max.replace(tzinfo=UTC), one.tag))


def _release(tree: GitopsTree, app: App, entry: Entry) -> Release:
    try:
        record = next((one for one in tree.repository.read_tree(entry.id) if one.name == RECORD), None)
        if record is None or record.is_tree:
            return Release(entry.name, entry.id, None, (f"without a {RECORD}",))
        path = f"{app.warehouse}/{entry.name}/{RECORD}"
        created = read_record(tree.repository.read_blob(record.id), document=path).created_at
    except FreightError as error:
        return Release(entry.name, entry.id, None, (f"cannot be read: {error.message}",))
    return Release(entry.name, entry.id, created)


def _commit(gitops: Repository, tree: GitopsTree, app: App, removed: Sequence[Release], author: Identity) -> str:
    trees = {**pruned_releases(tree, app).trees, **{one.tag: one.tree for one in removed}}
    listed = write_pruned(Pruned(tuple(PrunedRelease(tag, tree_id) for tag, tree_id in trees.items())))
    dropped = {PRUNED, *(one.tag for one in removed)}
    kept = [entry for entry in entries(tree, app) if entry.name not in dropped]
    warehouse = gitops.write_tree((*kept, Entry(PRUNED, Mode.FILE, gitops.write_blob(listed))))
    root = graft(gitops, tree.tree, app.warehouse, Entry("", Mode.TREE, warehouse))
    return gitops.write_commit(root, (tree.commit,), _message(app, removed), author)


def _message(app: App, removed: Sequence[Release]) -> str:
    count = "1 release" if len(removed) == 1 else f"{len(removed)} releases"
    more = len(removed) - _NAMED
    rest = f"\nand {more} more: see {PRUNED}\n" if more > 0 else ""
    names = "".join(f"Freight-Pruned: {one.tag}\n" for one in removed[:_NAMED])
    return f"Prune {count} of {app.name}\n{rest}\nFreight-App: {app.name}\n{names}"
