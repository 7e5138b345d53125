"""Checks a push before a server accepts it, for its pre-receive hook.

    from freightlib.git.contract import RefUpdate
    from freightlib.proof.push import judge_push

    report = judge_push("/srv/git/gitops.git", [RefUpdate("refs/heads/main", old=old, new=new)])
    if not report.ok:
        raise SystemExit(report.errors[0].message)

Only new commits are checked: those that the branch does not have yet. The others were checked when they were pushed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from freightlib.documents import read_warehouses
from freightlib.errors import UsageError
from freightlib.git.contract import RefUpdate, Repository
from freightlib.git.history.commit_range import commit_range
from freightlib.models import PROJECT_FILE, Finding, Report
from freightlib.models.findings.catalogue import finding
from freightlib.models.freight import is_full_id
from freightlib.plugins.repositories import open_repository
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_ref, project_at
from freightlib.warehouse.verify.history.report import history_report


def judge_push(
    repository: str | Path | Repository,
    updates: Sequence[RefUpdate],
    *,
    branch: str | None = None,
    backend: str | None = None,
) -> Report:
    """Return everything that is wrong with these ref updates. Refs that freightlib does not manage are ignored.

    The GitOps branch (``branch``, default: what HEAD names) and the rendered branches of stages may only move forward,
    and must not be deleted. On the GitOps branch each new commit must keep the contract, as ``verify`` with ``history``
    checks it. On a rendered branch each new commit must be what its lock says, as ``audit`` checks it. ``checked``
    counts ``refs`` and ``commits``. Raises ProjectError if the pushed project file cannot be read, GitError.
    """
    gitops = open_repository(repository, backend=backend)
    ref = gitops_ref(gitops, branch)
    report = Report.of((), refs=0, commits=0)
    for update in updates:
        if update.ref == ref:
            report = report.joined(_gitops_branch(gitops, update))
    others = [update for update in updates if update.ref != ref]
    tip = next((update.new for update in updates if update.ref == ref), gitops.ref(ref))
    return report.joined(_rendered_branches(GitopsTree.at(gitops, tip), others)) if tip and others else report


def _rendered_branches(tip: GitopsTree, updates: Sequence[RefUpdate]) -> Report:
    """Return the report on updates of rendered branches; other refs are ignored."""
    from freightlib.proof.judge import audit_moves, stage_refs

    if tip.entry(PROJECT_FILE) is None:
        return Report()
    stages = stage_refs(tip)
    mine = [update for update in updates if update.ref in stages]
    refused = [found for update in mine for found in _not_forward(tip.repository, update)]
    return Report.of(refused, refs=len(mine)).joined(audit_moves(tip, mine) if not refused else Report())


def _not_forward(gitops: Repository, update: RefUpdate) -> Iterator[Finding]:
    short = update.ref.removeprefix("refs/heads/")
    if update.new is None:
        yield finding("push-deleted", "", f"{short} would be deleted", ref=update.ref, old=update.old)
    elif update.old is not None and not _builds_on(gitops, update.new, update.old):
        message = f"{short} would go from {_short(update.old)} to {_short(update.new)}, which does not build on it"
        yield finding("push-rewritten", "", message, ref=update.ref, old=update.old, new=update.new)


def _builds_on(gitops: Repository, new: str, old: str) -> bool:
    return new == old or old in commit_range(gitops, [new], [old]).base


def moves(text: str) -> list[RefUpdate]:
    """Parse the input of a pre-receive hook, one ``OLD NEW REF`` per line. Raises UsageError for any other line."""
    return [_move(line) for line in text.splitlines() if line.strip()]


def _move(line: str) -> RefUpdate:
    parts = line.split(" ", 2)
    if len(parts) != 3 or not all(map(is_full_id, parts[:2])):
        raise UsageError(
            f"{line[:120]!r} is not a ref update", hint="pass on the input of the hook: one OLD NEW REF per line"
        )
    old, new = (None if not commit.strip("0") else commit for commit in parts[:2])
    return RefUpdate(parts[2], old, new)


def _gitops_branch(gitops: Repository, update: RefUpdate) -> Report:
    refused = list(_not_forward(gitops, update))
    if refused or update.new is None:
        return Report.of(refused, refs=1)
    steps = commit_range(gitops, [update.new], [update.old] if update.old else ())
    tip = GitopsTree.at(gitops, update.new)
    report = history_report(gitops, steps, None, dict(_warehouses(gitops, update, tip)))
    return Report.of(report.findings, refs=1, commits=report.checked["commits"])


def _warehouses(gitops: Repository, update: RefUpdate, tip: GitopsTree) -> Iterator[tuple[str, str]]:
    """Yield app and warehouse from the project file before and after the push, so that removed apps are checked too.

    Raises ProjectError if the pushed project file cannot be read.
    """
    old = None if update.old is None else GitopsTree.at(gitops, update.old)
    before, after = (None if tree is None else tree.entry(PROJECT_FILE) for tree in (old, tip))
    if before is not None and not before.is_tree:
        yield from read_warehouses(gitops.read_blob(before.id)).items()
    if after is not None and after != before:
        yield from ((app.name, app.warehouse) for app in project_at(tip, check_requires=False).apps.values())


def _short(commit: str | None) -> str:
    return (commit or "")[:12]
