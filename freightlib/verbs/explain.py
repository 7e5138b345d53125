"""Explains whether each stage may take a release now, with the answer of each of its gates. Promotes nothing.

    from freightlib import explain

    for admission in explain("gitops"):
        for gate in admission.gates:
            print(admission.stage, gate.gate, gate.passed, gate.message)

The gates get the same questions as from ``promote``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from freightlib.git.contract import Repository
from freightlib.plugins.repositories import open_repository
from freightlib.promotion.gatekeeper import Admission, Gatekeeper
from freightlib.warehouse.gitops_tree import gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot


def explain(
    repository: str | Path | Repository,
    stages: str | Sequence[str] = (),
    *,
    freight: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    now: datetime | None = None,
) -> tuple[Admission, ...]:
    """Return what the gates of ``stages`` answer for a release, in pipeline order.

    A stage that may take the release counts as holding it for the stages after it, as in one promotion. Without
    ``stages``, the gates of every stage answer for the present state.

    ``freight`` is a tag or full source commit id (default: the release in ``current/``), ``now`` the time for the gates
    (with a time zone; default: the current time). Raises UsageError, ProjectError, PluginError, RecordError.
    """
    gitops = open_repository(repository, backend=backend)
    _, tip = gitops_tip(gitops, branch)
    target = project_at(tip).app(app)
    snapshot = read_snapshot(tip, target, freight)
    gatekeeper = Gatekeeper.at(gitops, tip, target, now)
    given: set[str] = set()
    found = []
    for stage in target.ordered(stages or target.stages):
        found.append(gatekeeper.admission(stage.name, snapshot, given))
        if stages and found[-1].passed and stage.review is None:
            given.add(stage.name)
    return tuple(found)
