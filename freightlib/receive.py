"""Judges a push before it is accepted: what a server's pre-receive hook asks.

    from freightlib.protocols import RefUpdate
    from freightlib.receive import judge_push

    report = judge_push("/srv/git/gitops.git", [RefUpdate("refs/heads/main", old=old, new=new)])
    if not report.ok:
        raise SystemExit(report.errors[0].message)

Only what the push brings is looked at: the commits that the branch does not have yet. What is there already is taken to
have been judged when it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from freightlib.catalogue import finding
from freightlib.gitops import GitopsTree, gitops_ref, project_at
from freightlib.models import PROJECT_FILE, Finding, Report
from freightlib.protocols import RefUpdate, Repository
from freightlib.repositories import open_repository
from freightlib.verify.history.report import history_report
from freightlib.verify.history.walk import stretch


def judge_push(
    repository: str | Path | Repository,
    updates: Sequence[RefUpdate],
    *,
    branch: str | None = None,
    backend: str | None = None,
) -> Report:
    """Everything wrong with moving these refs. Refs that are none of freightlib's business count for nothing.

    On the GitOps branch (``branch``, by default what HEAD names): the branch only goes forward and is not deleted, and
    each new commit keeps the contract, as ``verify`` with ``history`` says. ``checked`` counts ``refs``, ``commits``.
    Raises ProjectError when the project file that is pushed cannot be read, GitError.
    """
    gitops = open_repository(repository, backend=backend)
    ref = gitops_ref(gitops, branch)
    report = Report.of((), refs=0, commits=0)
    for update in updates:
        if update.ref == ref:
            report = report.joined(_gitops_branch(gitops, update))
    return report


def _gitops_branch(gitops: Repository, update: RefUpdate) -> Report:
    short = update.ref.removeprefix("refs/heads/")
    if update.new is None:
        return Report.of([_moved_back("push-deleted", f"{short} would be deleted", update)], refs=1)
    steps = stretch(gitops, [update.new], [update.old] if update.old else ())
    if update.old not in (None, update.new) and update.old not in steps.base:
        message = f"{short} would go from {_short(update.old)} to {_short(update.new)}, which does not build on it"
        return Report.of([_moved_back("push-rewritten", message, update)], refs=1)
    tip = GitopsTree.at(gitops, update.new)
    report = history_report(gitops, steps, tip.tree, dict(_warehouses(gitops, update, tip)))
    return Report.of(report.findings, refs=1, commits=report.checked["commits"])


def _warehouses(gitops: Repository, update: RefUpdate, tip: GitopsTree) -> Iterator[tuple[str, str]]:
    """App -> warehouse, by the project file as it was and as it would be: one that is taken out is watched, too."""
    commits: Iterable[GitopsTree] = [tip] if update.old is None else [GitopsTree.at(gitops, update.old), tip]
    for commit in commits:
        if commit.entry(PROJECT_FILE) is not None:
            yield from ((app.name, app.warehouse) for app in project_at(commit).apps.values())


def _moved_back(code: str, message: str, update: RefUpdate) -> Finding:
    return finding(code, "", message, ref=update.ref, old=update.old, new=update.new)


def _short(commit: str | None) -> str:
    return (commit or "")[:12]
