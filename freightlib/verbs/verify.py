"""Proves what lies in the warehouse: records, names, the mirror, payloads, and literal copies of the source.

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
git is a Merkle tree, so equal ids are equal contents: the mirror and the literal copy are one comparison of two ids
each, and files are looked at only where a check is about what is in them.
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
    repository, each payload is also compared with the commit that its record names; where that commit is gone the
    copy cannot be proved, which is a warning. ``backend`` names the git backend for both. With ``signatures``, the
    commits that brought the snapshots and ``current/`` must be signed, to the satisfaction of ``git verify-commit``;
    ``allowed_signers`` is a file that stands in for ``gpg.ssh.allowedSignersFile``. ``checked`` of the report counts
    ``apps`` and ``snapshots``, and ``signatures``.

    With ``history``, every commit of the branch is looked at too: each added one release and refreshed ``current/``,
    and none changed or removed what was published. ``since`` is a revision whose history is taken as it is. What was
    found sound before is remembered in the user's cache unless ``proofs`` is false. ``checked`` then counts ``commits``
    too, and as ``snapshots`` those that the commits looked at have added.

    What is wrong with a snapshot is a finding, never an exception. Raises RevisionError (no such commit), ProjectError,
    UsageError (no such app, ``since`` without ``history``), GitError (the repository cannot be opened), ToolError
    (signatures need git).
    """
    if since is not None and not (history or signatures):
        raise UsageError(
            "since is of use with the history or signatures only", hint="verify the history: freight verify --history"
        )
    gitops = open_repository(repository, backend=backend)
    tree = GitopsTree.at(gitops, revision) if revision is not None else gitops_tip(gitops, branch)[1]
    apps = _apps(tree, app)
    past = Report()
    if history:
        warehouses = {target.name: target.warehouse for target in apps}
        past = branch_history(tree, warehouses, only=app, since=since, proofs=proofs)
    # the history has judged every snapshot when it was added
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
        # publish serves apps without a project file, too; the warehouse is where it puts them by default
        return [App(name, Package("", ""))]
    project = project_at(tree)
    return list(project.apps.values()) if name is None else [project.app(name)]


def _revisions(repository: Repository, warehouses: Iterable[Entry | None]) -> Iterable[str]:
    """The source commits of everything published: what a proof will ask the source for."""
    for warehouse in warehouses:
        if warehouse is not None and warehouse.is_tree:
            try:
                entries = repository.read_tree(warehouse.id)
            except CorruptObjectError:
                continue  # becomes a finding when that warehouse is checked
            yield from released(entry.name for entry in entries)
