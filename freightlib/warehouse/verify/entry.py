"""Verifies one payload before publishing, or one snapshot before rendering."""

from __future__ import annotations

from freightlib.errors import VerificationError
from freightlib.git.contract import Repository
from freightlib.models import App, Report, Snapshot
from freightlib.warehouse.gitops_tree import GitopsTree
from freightlib.warehouse.snapshots import read_snapshot
from freightlib.warehouse.verify.folder import snapshot_report
from freightlib.warehouse.verify.payload import payload_findings
from freightlib.warehouse.verify.snapshot import Scope


def verify_snapshot(tree: GitopsTree, app: App, name: str) -> Report:
    """Check one snapshot: a tag, or ``current``, which is compared with the release that it mirrors.

    This is cheap enough to do before every rendering, because results for a payload are cached by its id. Raises
    CorruptObjectError if the warehouse itself cannot be read.
    """
    scope = Scope(tree.repository, app, app.warehouse, tree.commit)
    return snapshot_report(scope, tree.subtree(app.warehouse), name)


def payload_report(repository: Repository, payload: str, package_type: str, prefix: str) -> Report:
    """Check a payload tree before it is published.

    The checks are those for the payload of a snapshot: required files of the package type, Git LFS pointers, links,
    names and modes. Paths in the findings are below ``prefix``. Raises CorruptObjectError if an object cannot be read.
    """
    return Report.of(payload_findings(repository, payload, package_type, prefix), payloads=1)


def verified(tree: GitopsTree, app: App, freight: str | None) -> Snapshot:
    """Verify a release and return its snapshot. Raises VerificationError with the report if it has errors."""
    snapshot = read_snapshot(tree, app, freight)
    report = verify_snapshot(tree, app, snapshot.path.rpartition("/")[2])
    _stop_on(report, f"{snapshot.freight.tag} of {app.name} fails verification, so nothing is rendered from it")
    return snapshot


def _stop_on(report: Report, message: str) -> None:
    if report.ok:
        return
    first = report.errors[0]
    more = f" (and {len(report.errors) - 1} more)" if len(report.errors) > 1 else ""
    raise VerificationError(
        f"{message}: {first.path}: {first.message}{more}",
        hint=first.hint or "see all findings with: freight verify",
        report=report,
    )
