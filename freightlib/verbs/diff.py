"""Compares a stage's rendered branch with what a promotion would put there."""

from __future__ import annotations

from pathlib import Path

from freightlib.git.contract import Repository
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository
from freightlib.rendering.changes import FileChange, rendering_changes
from freightlib.verbs.render import render


def diff(
    repository: str | Path | Repository,
    stage: str,
    *,
    freight: str | None = None,
    policy: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    limits: Limits | None = None,
) -> tuple[FileChange, ...]:
    """Return what a promotion would change in the stage's manifests now; arguments and errors are as in ``render``."""
    gitops = open_repository(repository, backend=backend)
    made = render(gitops, stage, app=app, freight=freight, policy=policy, branch=branch, limits=limits)
    return rendering_changes(gitops, made)
