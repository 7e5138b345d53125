"""Renders a stage in memory; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from freightlib.git.contract import Repository
from freightlib.models.project import names_of
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository
from freightlib.rendering.inputs import stage_inputs
from freightlib.rendering.run import StageRendering, render_inputs
from freightlib.warehouse.gitops_tree import GitopsTree, gitops_tip, project_at
from freightlib.warehouse.verify.entry import verified


def render(
    repository: str | Path | Repository,
    stage: str,
    *,
    freight: str | None = None,
    policy: str | None = None,
    check_deterministic: bool = False,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    limits: Limits | None = None,
) -> StageRendering:
    """Render one stage: see ``render_stages``."""
    return render_stages(
        repository,
        (stage,),
        app=app,
        freight=freight,
        policy=policy,
        branch=branch,
        backend=backend,
        limits=limits,
        check_deterministic=check_deterministic,
    )[0]


def render_stages(
    repository: str | Path | Repository,
    stages: str | Sequence[str],
    *,
    freight: str | None = None,
    policy: str | None = None,
    check_deterministic: bool = False,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    limits: Limits | None = None,
) -> tuple[StageRendering, ...]:
    """Render stages in parallel; the results are in the given order.

    ``freight`` is a tag or full source commit id (default: the release in ``current/``), ``policy`` a revision of the
    GitOps repository (default: the tip of the GitOps branch). ``check_deterministic`` renders each stage twice,
    whatever ``render.renderTwice`` says; differences are among the ``findings``. Raises VerificationError,
    ProjectError, RenderError, UsageError.
    """
    gitops = open_repository(repository, backend=backend)
    _, tip = gitops_tip(gitops, branch)
    policy_tree = GitopsTree.at(gitops, policy) if policy else tip
    target = project_at(policy_tree).app(app)
    snapshot = verified(tip, target, freight)
    inputs = [stage_inputs(policy_tree, target, target.stage(name), snapshot) for name in names_of(stages)]
    return render_inputs(inputs, limits, check_deterministic=check_deterministic)
