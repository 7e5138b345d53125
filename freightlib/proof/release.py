"""Checks that the locked commits are on the GitOps branch, and that the locked release is the one there."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from freightlib.errors import ProjectError, RecordError, RevisionError, UsageError
from freightlib.models import App, Finding, Snapshot
from freightlib.proof.rendered_commit import Audited
from freightlib.proof.sources import Sources
from freightlib.warehouse.gitops_tree import GitopsTree


@frozen
class Findings:
    """The findings on one locked commit, and its files (``None``: this repository does not have the commit)."""

    tree: GitopsTree | None
    found: tuple[Finding, ...] = ()


def commit_findings(sources: Sources, case: Audited, kind: str) -> Findings:
    """Check that the locked commit of ``kind`` (``freight`` or ``policy``) exists and is on the GitOps branch."""
    commit = getattr(case.lock, kind).commit
    try:
        tree = sources.tree(commit)
    except RevisionError:
        return Findings(None, (_absent(sources, case, kind, commit),))
    if sources.ancestry.holds(commit):
        return Findings(tree)
    if not sources.ancestry.complete:
        return Findings(tree, (_unseen(case, f"whether the {kind} commit {commit} is on the GitOps branch"),))
    return Findings(tree, (_unreachable(case, kind, commit),))


def _absent(sources: Sources, case: Audited, kind: str, commit: str) -> Finding:
    if not sources.ancestry.complete:
        return _unseen(case, f"the {kind} commit {commit}")
    message = f"the {kind} commit {commit} is not in this repository"
    if kind == "freight":
        return case.seen.lock_finding("lock-freight-gone", message, locked=commit)
    return case.seen.lock_finding("lock-policy-gone", message, locked=commit)


def _unreachable(case: Audited, kind: str, commit: str) -> Finding:
    message = f"the {kind} commit {commit} is not an ancestor of the GitOps branch"
    if kind == "freight":
        return case.seen.lock_finding("lock-freight-unreachable", message, locked=commit)
    return case.seen.lock_finding("lock-policy-unreachable", message, locked=commit)


def _unseen(case: Audited, what: str) -> Finding:
    return case.seen.lock_finding("audit-unseen", f"this clone does not show {what}")


def release_findings(
    sources: Sources, case: Audited, app: App, tree: GitopsTree
) -> tuple[Snapshot | None, list[Finding]]:
    """Return the locked release as it is at its commit (``None``: it differs from the lock), and all findings on it.

    A release that is no longer at the tip was pruned; it is enough that the locked commit has it.
    """
    seen, freight = case.seen, case.lock.freight
    where = f"{app.warehouse}/{freight.tag} at the locked commit {freight.commit[:12]}"
    held = tree.subtree(f"{app.warehouse}/{freight.tag}")
    if held != freight.snapshot:
        message = f"there is no {where}" if held is None else f"{where} is the tree {held}, not {freight.snapshot}"
        return None, [seen.lock_finding("lock-snapshot", message, tag=freight.tag, locked=freight.snapshot, held=held)]
    found = list(_now(sources, case))
    try:
        snapshot = sources.snapshot(tree, app, freight.tag)
    except (RecordError, UsageError) as error:
        return None, [*found, seen.lock_finding("lock-record", error.message, tag=freight.tag)]
    wrong = _wrong_record(snapshot, freight.tag)
    if wrong is not None:
        return None, [*found, seen.lock_finding("lock-record", f"{where}: {wrong}", tag=freight.tag)]
    return snapshot, found


def _wrong_record(snapshot: Snapshot, tag: str) -> str | None:
    record = snapshot.freight
    if record.tag != tag:
        return f"its record is that of {record.tag}"
    if record.source is not None and record.source.tree != snapshot.payload:
        return f"its record says that {record.source.tree} was frozen, but its payload is {snapshot.payload}"
    return None


def _now(sources: Sources, case: Audited) -> Iterator[Finding]:
    freight = case.lock.freight
    try:
        apps = sources.project(sources.tip).apps
    except ProjectError:
        return  # without a project file the warehouse of today is unknown
    app = apps.get(case.lock.app, case.seen.place.app)
    path = f"{app.warehouse}/{freight.tag}"
    now = sources.tip.subtree(path)
    if now is not None and now != freight.snapshot:
        yield case.seen.lock_finding(
            "lock-snapshot-changed",
            f"{path} is now the tree {now}, not {freight.snapshot} as it was rendered",
            tag=freight.tag,
            locked=freight.snapshot,
            held=now,
        )
