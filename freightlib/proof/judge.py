"""Audits rendered commits: checks each against its lock, release and policy and, on request, a new rendering."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from attrs import frozen

from freightlib.errors import CorruptObjectError, ProjectError, RemoteError, UnsafePathError
from freightlib.git.contract import RefUpdate
from freightlib.models import App, Finding, Report, Stage
from freightlib.models.progress import report
from freightlib.plugins.contracts import Limits
from freightlib.proof.inputs import expected, foreign, locked_app
from freightlib.proof.lock import lock_of
from freightlib.proof.manifests import manifest_findings
from freightlib.proof.policy import policy_findings
from freightlib.proof.release import commit_findings, release_findings
from freightlib.proof.rendered_commit import Audited, RenderedCommit
from freightlib.proof.rerender import Again, again, rerender_findings
from freightlib.proof.rollback import rollback_findings
from freightlib.proof.sources import Sources
from freightlib.proof.trailers import trailer_findings
from freightlib.proof.which_commits import Selection, brought, place_of
from freightlib.warehouse.gitops_tree import GitopsTree


@frozen
class Asked:
    """The options of an audit."""

    rerender: bool = False
    engine: str | None = None
    limits: Limits | None = None

    @property
    def kind(self) -> str:
        """The kind of audit, as ``audited_before`` remembers it."""
        return f"rerender {self.engine or ''}".strip() if self.rerender else "read"


def audit_moves(tip: GitopsTree, updates: Sequence[RefUpdate]) -> Report:
    """Check the new commits of a push to stage branches; ``tip`` is the tree at the tip of the GitOps branch.

    Updates of other branches, and deletions, are ignored. ``checked`` counts ``commits``. Raises ProjectError.
    """
    sources = Sources(tip.repository, tip)
    moved = {update.ref: update for update in updates if update.new is not None}
    looks = []
    for app, stage in chosen_stages(sources, (), None):
        try:
            place = place_of(sources, app, stage)
        except (ProjectError, UnsafePathError):
            continue  # the branch of this stage is unknown, so none of the updates can be matched with it
        update = moved.get(place.ref)
        if update is not None and update.new is not None:
            looks.append(brought(sources, place, update.old, update.new))
    report = Report.of((), commits=0)
    for one in judge(sources, looks, Asked()):
        report = report.joined(one)
    return report


def stage_refs(tip: GitopsTree) -> set[str]:
    """Return the full names of all rendered branches, from the project file and the deployment files in ``tip``."""
    sources = Sources(tip.repository, tip)
    found = set()
    for app, stage in chosen_stages(sources, (), None):
        with suppress(ProjectError, UnsafePathError):
            found.add(place_of(sources, app, stage).ref)
    return found


def chosen_stages(sources: Sources, names: str | Sequence[str], app: str | None) -> Iterator[tuple[App, Stage]]:
    """Yield the stages to audit, in pipeline order: those in ``names``, else all of ``app``, else all of all apps."""
    project = sources.project(sources.tip)
    apps = [project.app(app)] if names or app else [*project.apps.values()]
    for one in apps:
        for stage in one.ordered(names or one.stages):
            yield one, stage


def judge(sources: Sources, looks: Sequence[Selection], asked: Asked) -> list[Report]:
    """Return one report per selection in ``looks``; all renderings that are needed run together."""
    found: list[list[Finding]] = []
    pending: list[Again] = []
    for done, look in enumerate(looks):
        report("audit", done, len(looks), look.place.stage.name if look.place else "")
        mine = [*look.findings]
        for seen in look.seen:
            findings, more = _judged(sources, seen, asked)
            mine += findings
            pending += [] if more is None else [more]
        found.append(mine)
    report("audit", len(looks), len(looks))
    rendered = list(rerender_findings(sources.repository, pending, asked.limits))
    return [
        Report.of(
            [*mine, *(one for one in rendered if _is_about(one, look))],
            commits=len(look.seen),
            renderings=sum(one.case.seen.place is look.place for one in pending),
        )
        for look, mine in zip(looks, found, strict=True)
    ]


def _is_about(found: Finding, look: Selection) -> bool:
    place = look.place
    return place is not None and (found.data["app"], found.data["stage"]) == (place.app.name, place.stage.name)


def _judged(sources: Sources, seen: RenderedCommit, asked: Asked) -> tuple[list[Finding], Again | None]:
    """Return all findings on one commit, and the rendering that remains to be compared, if any."""
    found: list[Finding] = []
    try:
        lock, problems = lock_of(sources, seen)
        found += problems
        if lock is not None:
            case = Audited(seen, lock)
            return found, _judge(sources, case, asked, found)
    except CorruptObjectError as error:
        found.append(seen.finding("unreadable", seen.place.prefix, error.message, hint=error.hint))
    except RemoteError as error:
        found.append(seen.finding("audit-unseen", seen.place.prefix, error.message, hint=error.hint))
    return found, None


def _judge(sources: Sources, case: Audited, asked: Asked, found: list[Finding]) -> Again | None:
    found += manifest_findings(sources.repository, case)
    found += trailer_findings(case)
    found += rollback_findings(sources.repository, case)
    freight, policy = (commit_findings(sources, case, kind) for kind in ("freight", "policy"))
    found += (*freight.found, *policy.found)
    snapshot = None
    if freight.tree is not None:
        snapshot, problems = release_findings(sources, case, locked_app(sources, case, policy.tree), freight.tree)
        found += problems
    if policy.tree is not None:
        found += policy_findings(case, policy.tree)
    if policy.tree is None or snapshot is None:
        # without policy or release the inputs are unknown: only the names in the lock can be checked
        found += filter(None, (foreign(case),))
        return None
    made = expected(sources, case, policy.tree, snapshot)
    found += made.findings
    if not asked.rerender:
        return None
    more = again(sources, case, made, asked.engine)
    if isinstance(more, Finding):
        found.append(more)
        return None
    return more
