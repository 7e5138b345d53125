"""Checks rendered branches: each must hold what its lock says, and what the lock says must be true.

    from freightlib import audit

    report = audit("gitops", ["staging", "production"], rerender=True)
    for finding in report.findings:
        print(finding.severity, finding.code, finding.path, finding.message)

Most checks compare ids. The manifests' tree must be the one in the lock. The locked release must be in the warehouse at
its commit, and each locked policy file must be the one at the policy commit. The rest of the lock must follow from the
project file there. With ``rerender`` the locked inputs are rendered again, which also finds manifests and lock that
were changed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from freightlib.errors import ProjectError, RemoteError, UnsafePathError, UsageError
from freightlib.git.contract import Repository
from freightlib.models import PROJECT_FILE, App, Report, Stage
from freightlib.models.findings.catalogue import finding
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository
from freightlib.proof.audited_before import UNSETTLED, note_sweep
from freightlib.proof.judge import Asked, chosen_stages, judge
from freightlib.proof.sources import Sources
from freightlib.proof.which_commits import Selection, newest_rendered, place_of, unswept
from freightlib.warehouse.gitops_tree import gitops_tip


def audit(
    repository: str | Path | Repository,
    stages: str | Sequence[str] = (),
    *,
    all_commits: bool = False,
    since: str | None = None,
    rerender: bool = False,
    engine: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    limits: Limits | None = None,
) -> Report:
    """Check that rendered branches are what their locks say: ``stages``, or all stages of ``app``, or of all apps.

    The audit checks the newest rendered commit of each stage. With ``all_commits`` it checks every commit since the
    last such audit without errors, which the user's cache directory remembers; with ``since``, every commit after that
    revision. ``rerender`` also renders each commit again from its locked inputs, and compares; ``engine`` chooses the
    engine if the renderer has several. ``checked`` of the report counts ``stages``, ``commits`` and ``renderings``.

    Problems of a stage are findings, never exceptions. Raises UsageError (an unknown app, stage or engine),
    ProjectError (the project file cannot be read), RevisionError, GitError.
    """
    if engine is not None and not rerender:
        raise UsageError("an engine is used only with rerender", hint="add --rerender, or name no engine")
    gitops = open_repository(repository, backend=backend)
    sources = Sources(gitops, gitops_tip(gitops, branch)[1])
    asked = Asked(rerender, engine, limits)
    after = None if since is None else gitops.resolve(since)
    looks = [
        _looked_at(sources, target, stage, asked, every=all_commits or since is not None, since=after)
        for target, stage in chosen_stages(sources, stages, app)
    ]
    report = Report.of((), stages=len(looks), commits=0)
    reports = judge(sources, looks, asked)
    for look, one in zip(looks, reports, strict=True):
        report = report.joined(one)
        if all_commits and since is None:
            _note(sources, look, one, asked)
    return report


def _looked_at(sources: Sources, app: App, stage: Stage, asked: Asked, *, every: bool, since: str | None) -> Selection:
    try:
        place = place_of(sources, app, stage)
    except (ProjectError, UnsafePathError) as error:
        problem = finding("stage-place", PROJECT_FILE, error.message, hint=error.hint, app=app.name, stage=stage.name)
        return Selection(None, findings=(problem,))
    try:
        return unswept(sources, place, asked.kind, since) if every else newest_rendered(sources, place)
    except RemoteError as error:  # a partial clone whose remote does not answer
        return Selection(place, findings=(place.finding("audit-unseen", place.prefix, error.message, hint=error.hint),))


def _note(sources: Sources, look: Selection, report: Report, asked: Asked) -> None:
    if look.place is None or look.tip is None or not report.ok:
        return
    if any(one.code in UNSETTLED for one in report.findings):
        return
    note_sweep(sources.repository, look.place, asked.kind, look.tip, sources.tip.commit)
