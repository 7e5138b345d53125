"""Verifies the history of a branch, without the commits that were already found sound."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from freightlib.git.contract import PartialClone
from freightlib.git.history.commit_range import commit_range
from freightlib.models import Report
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.verify.history.proved_before import Proofs
from freightlib.warehouse.verify.history.report import history_report, once


def branch_history(
    tip: GitopsTree, warehouses: Mapping[str, str], *, only: str | None = None, since: str | None = None, proofs: bool
) -> Report:
    """Return everything wrong with the history of ``tip``, and with the warehouses (app -> path) at ``tip``.

    ``only`` limits the check to one app. Commits reachable from ``since`` are not checked. With ``proofs``, commits
    that are cached as sound are not checked again, and a sound result is added to the cache. Raises RevisionError.
    """
    repository = tip.repository
    if since is not None:
        part = commit_range(repository, [tip.commit], [GitopsTree.at(repository, since).commit])
        return history_report(repository, part, tip.tree, warehouses, only)
    known = Proofs(warehouses)
    part = commit_range(repository, [tip.commit], known.commits() if proofs else ())
    if part.steps:
        _prefetch(tip, warehouses)
    report = history_report(repository, part, tip.tree, warehouses, only)
    if not proofs:
        return report
    remarks = [remark for commit in (*part.base, tip.commit) for remark in known.remarks(commit)]
    report = evolve(report, findings=tuple(once((*remarks, *report.findings))))
    if report.ok and not part.cuts and part.steps:
        known.add(tip.commit, report.findings)
    return report


def _prefetch(tip: GitopsTree, warehouses: Mapping[str, str]) -> None:
    """Fetch the current warehouses of a partial clone at once. Removed releases are fetched one by one later."""
    if isinstance(tip.repository, PartialClone):
        for path in warehouses.values():
            tree = tip.subtree(path)
            if tree is not None:
                tip.repository.prefetch(tree)
