"""Reads what every stage holds now, and what a stage held before.

from freightlib import log, status

for app in status("gitops"):
    for row in app.stages:
        print(app.app, row.stage, row.tag, row.state)
for past in log("gitops", "staging"):
    print(past.when, past.tag, past.moved)
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from freightlib.errors import FreightError
from freightlib.git.contract import Repository
from freightlib.models import Snapshot, Stage
from freightlib.plugins.repositories import open_repository
from freightlib.promotion.gatekeeper import Gatekeeper, GateVerdict
from freightlib.rendering.branch import BranchState
from freightlib.rendering.inputs import stage_plan
from freightlib.warehouse.gitops_tree import branch_ref, gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot, tags


class State(StrEnum):
    """The state of a stage, compared with the release in ``current/``."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    #: Somebody changed the manifests on the rendered branch by hand.
    EDITED = "edited"
    #: The lock or the configuration of the stage is wrong (see ``problem``).
    UNKNOWN = "unknown"


@frozen
class StageStatus:
    """The status of one stage.

    ``tag`` is the release that it holds, ``commit`` the branch's tip, ``promoted`` the time of that commit.
    ``available`` is the release that it could take, the one in ``current/``. ``gates`` are those that block it now; a
    stage that is current has none. ``problem`` says why a state is unknown.
    """

    app: str
    stage: str
    branch: str
    state: State
    tag: str | None
    commit: str | None
    promoted: datetime | None
    available: str | None
    policy: str | None
    upstream: tuple[str, ...]
    review: str | None
    problem: str | None = None
    gates: tuple[GateVerdict, ...] = ()


@frozen
class AppStatus:
    """An app: the release in ``current/`` (``None``: nothing published), how many are published, and its stages."""

    app: str
    current: Snapshot | None
    releases: int
    stages: tuple[StageStatus, ...]


def status(
    repository: str | Path | Repository,
    *,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    now: datetime | None = None,
) -> tuple[AppStatus, ...]:
    """Return the status of one app, or of all. A stage that cannot be read is a row with a ``problem``, never an error.

    ``now`` is the time for gates (with a time zone; default: the current time).
    """
    gitops = open_repository(repository, backend=backend)
    _, tree = gitops_tip(gitops, branch)
    project = project_at(tree)
    apps = (project.app(app),) if app else tuple(project.apps.values())
    return tuple(_app_status(Gatekeeper.at(gitops, tree, one, now)) for one in apps)


def _app_status(gatekeeper: Gatekeeper) -> AppStatus:
    tree, app = gatekeeper.tip, gatekeeper.app
    published = tags(tree, app)
    current, problem = None, None
    try:
        current = read_snapshot(tree, app) if published else None
    except FreightError as error:  # still show the other apps
        problem = error.message
    rows = tuple(_stage_status(gatekeeper, stage, current, problem) for stage in app.stages.values())
    return AppStatus(app.name, current, len(published), rows)


def _stage_status(gatekeeper: Gatekeeper, stage: Stage, current: Snapshot | None, problem: str | None) -> StageStatus:
    gitops, tree, app = gatekeeper.gitops, gatekeeper.tip, gatekeeper.app
    available = current.freight.tag if current else None
    branch, held = "", BranchState("", "")
    waits: tuple[GateVerdict, ...] = ()
    if current is not None:
        try:
            plan, _ = stage_plan(tree, app, stage, current)
            branch = plan.branch
            held = BranchState.read(gitops, branch_ref(branch), plan.path)
            if _state(held, current) is not State.CURRENT:
                waits = gatekeeper.admission(stage.name, current).blocking
        except FreightError as error:
            problem = error.message
    promoted = gitops.read_commit(held.tip).committer.when if held.tip else None
    return StageStatus(
        app=app.name,
        stage=stage.name,
        branch=branch,
        state=State.UNKNOWN if problem else _state(held, current),
        tag=held.tag,
        commit=held.tip,
        promoted=promoted if held.lock else None,
        available=available,
        policy=held.lock.policy.commit if held.lock else None,
        upstream=stage.upstream,
        review=stage.review,
        problem=problem,
        gates=waits,
    )


def _state(held: BranchState, current: Snapshot | None) -> State:
    if held.lock is None:
        return State.EMPTY
    if held.edited:
        return State.EDITED
    same = current is not None and held.lock.freight.snapshot == current.tree
    return State.CURRENT if same else State.BEHIND
