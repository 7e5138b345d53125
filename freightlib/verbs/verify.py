"""Checks the warehouse: records, names, the mirror in ``current/``, payloads, and literal copies of the source.

>>> import pathlib, tempfile
>>> from freightlib import verify_directory
>>> warehouse = pathlib.Path(tempfile.mkdtemp())
>>> (warehouse / "git-0cc4cd8").mkdir()
>>> _ = (warehouse / "git-0cc4cd8" / "freight.yaml").write_text("revision: 0cc4cd8")
>>> report = verify_directory(warehouse)
>>> report.ok
False
>>> for finding in report.findings:
...     print(finding.severity, finding.code, finding.path)
...     print(finding.message, finding.hint, sep="; ")
error tag-short git-0cc4cd8
'git-0cc4cd8' is not git-<full commit id>; remove it, and publish the release by its full commit id

``verify`` does the same for a commit of a repository, and with ``source`` compares each payload with its source commit.
In git, equal ids mean equal contents. So the mirror and the literal copy are each checked by comparing two ids, and
files are read only by checks of their contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from freightlib.errors import CorruptObjectError, UsageError
from freightlib.git.contract import Repository
from freightlib.git.trees import Entry
from freightlib.models import PROJECT_FILE, App, Package, Report
from freightlib.models.progress import report as report_progress
from freightlib.plugins.repositories import open_repository
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.verify.folder import folder_report, released
from freightlib.warehouse.verify.history.branch import branch_history
from freightlib.warehouse.verify.history.report import once
from freightlib.warehouse.verify.literal import SourceProof
from freightlib.warehouse.verify.signatures import signatures_report
from freightlib.warehouse.verify.snapshot import Scope


def verify(
    repository: str | Path | Repository,
    *,
    revision: str | None = None,
    source: str | Path | Repository | None = None,
    history: bool = False,
    since: str | None = None,
    proofs: bool = True,
    signatures: bool = False,
    allowed_signers: str | Path | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
) -> Report:
    """Check every snapshot of ``app`` (default: of all apps) at one commit of the GitOps repository.

    The commit is ``revision``, or the tip of ``branch`` (default: what HEAD names). With ``source``, the source
    repository, each payload is also compared with the commit that its record names; if that commit no longer exists,
    the copy cannot be proved, which is a warning. ``backend`` names the git backend for both. With ``signatures``, the
    commits that added the snapshots and ``current/`` must have signatures that ``git verify-commit`` accepts;
    ``allowed_signers`` is a file to use instead of ``gpg.ssh.allowedSignersFile``. ``checked`` of the report counts
    ``apps``, ``snapshots`` and ``signatures``.

    With ``history``, every commit of the branch is checked too: each may add one release and refresh ``current/``, and
    none may change or remove a published release. The history up to the revision ``since`` is not checked. Verified
    commits are remembered in the user's cache, unless ``proofs`` is false. ``checked`` then also counts ``commits``,
    and ``snapshots`` are those that these commits added.

    Problems of a snapshot are findings, never exceptions. Raises RevisionError (no such commit), ProjectError,
    UsageError (no such app, ``since`` without ``history``), GitError (the repository cannot be opened), ToolError
    (signatures need git).
    """
    if since is not None and not (history or signatures):
        raise UsageError(
            "since is used only with history or signatures", hint="verify the history: freight verify --history"
        )
    gitops = open_repository(repository, backend=backend)
    tree = GitopsTree.at(gitops, revision) if revision is not None else gitops_tip(gitops, branch)[1]
    apps = _apps(tree, app)
    past = Report()
    if history:
        warehouses = {target.name: target.warehouse for target in apps}
        past = branch_history(tree, warehouses, only=app, since=since, proofs=proofs)
    # the history check has checked every snapshot at the commit that added it
    now = _now(tree, apps, source, backend) if source is not None or not history else Report()
    counts = {**past.checked, **now.checked}
    report = Report(tuple(once((*past.findings, *now.findings))), counts, past.subjects or now.subjects)
    return report.joined(signatures_report(tree, apps, allowed_signers, since=since)) if signatures else report


def _now(tree: GitopsTree, apps: Sequence[App], source: str | Path | Repository | None, backend: str | None) -> Report:
    gitops = tree.repository
    found = {target.name: tree.entry(target.warehouse) for target in apps}
    proof = None if source is None else SourceProof(source, _revisions(gitops, found.values()), backend)
    report = Report()
    for done, target in enumerate(apps):
        report_progress("verify", done, len(apps), target.name)
        scope = Scope(gitops, target, target.warehouse, tree.commit, proof)
        report = report.joined(folder_report(scope, found[target.name]))
    report_progress("verify", len(apps), len(apps))
    return report


def _apps(tree: GitopsTree, name: str | None) -> Sequence[App]:
    if name is not None and tree.entry(PROJECT_FILE) is None:
        # publish also works without a project file; the warehouse is then at its default path
        return [App(name, Package("", ""))]
    project = project_at(tree)
    return list(project.apps.values()) if name is None else [project.app(name)]


def _revisions(repository: Repository, warehouses: Iterable[Entry | None]) -> Iterable[str]:
    """Yield the source commits of all releases: the proof reads them from the source."""
    for warehouse in warehouses:
        if warehouse is not None and warehouse.is_tree:
            try:
                entries = repository.read_tree(warehouse.id)
            except CorruptObjectError:
                continue  # becomes a finding when that warehouse is checked
            yield from released(entry.name for entry in entries)
