"""Proves rendered branches: that each holds what its lock says, and that the lock says what is so.

    from freightlib import audit

    report = audit("gitops", ["staging", "production"], rerender=True)
    for finding in report.findings:
        print(finding.severity, finding.code, finding.path, finding.message)

Most of it is comparing ids: the manifests' tree with the one that the lock names, the locked release with the
warehouse at its commit, each locked policy file with policy at its commit, the rest of the lock with what the project
file there gives. With ``rerender`` the locked inputs are rendered again, which finds manifests and lock that were
changed together.
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
from freightlib.proof.which_commits import Selection, newest, place_of, unswept
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

    Looked at is each stage's newest rendered commit; with ``all_commits`` all of them since the last sweep without
    errors (remembered in the user's cache directory), with ``since`` all after that revision. ``rerender`` also renders
    each again from its locked inputs, by the ``engine`` named where the renderer has several, and compares. ``checked``
    of the report counts ``stages``, ``commits`` and ``renderings``.

    What is wrong with a stage is a finding, never an exception. Raises UsageError (an unknown app, stage or engine),
    ProjectError (the project file cannot be read), RevisionError, GitError.
    """
    if engine is not None and not rerender:
        raise UsageError("an engine is only used to render again", hint="add --rerender")
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
        return unswept(sources, place, asked.kind, since) if every else newest(sources, place)
    except RemoteError as error:  # a partial clone, and its remote is away
        return Selection(place, findings=(place.finding("audit-unseen", place.prefix, error.message, hint=error.hint),))


def _note(sources: Sources, look: Selection, report: Report, asked: Asked) -> None:
    if look.place is None or look.tip is None or not report.ok:
        return
    if any(one.code in UNSETTLED for one in report.findings):
        return
    note_sweep(sources.repository, look.place, asked.kind, look.tip, sources.tip.commit)
