"""Reads what a GitOps repository holds: its project file, its releases, and the manifests of a stage."""

from __future__ import annotations

from freightlib.documents.kubeyaml.splitter import split
from freightlib.errors import ManifestError
from freightlib.git.contract import Repository
from freightlib.git.trees import Mode
from freightlib.models import Manifest, Project, Snapshot
from freightlib.rendering.branch import BranchState, manifest_entries
from freightlib.rendering.inputs import stage_plan
from freightlib.warehouse.gitops_tree import branch_ref, gitops_tip, project_at
from freightlib.warehouse.snapshots import read_snapshot, tags


def project(gitops: Repository, branch: str | None) -> Project:
    """Return the project file at the tip of the GitOps branch. Raises ProjectError."""
    return project_at(gitops_tip(gitops, branch)[1])


def releases(gitops: Repository, app: str | None, branch: str | None) -> tuple[Snapshot, ...]:
    """Return every release of ``app`` (default: of all apps), oldest first. Raises UsageError, RecordError."""
    _, tip = gitops_tip(gitops, branch)
    found = project_at(tip)
    apps = found.apps.values() if app is None else (found.app(app),)
    every = [read_snapshot(tip, one, tag) for one in apps for tag in tags(tip, one)]
    return tuple(sorted(every, key=lambda one: (one.freight.created_at, one.app, one.freight.tag)))


def release(gitops: Repository, tag: str | None, app: str | None, branch: str | None) -> Snapshot:
    """Return one release; ``None`` for the one in ``current/``. Raises UsageError, RecordError."""
    _, tip = gitops_tip(gitops, branch)
    return read_snapshot(tip, project_at(tip).app(app), tag)


def manifests(gitops: Repository, stage: str, app: str | None, branch: str | None) -> tuple[Manifest, ...]:
    """Return the YAML documents that the stage's rendered branch holds now, in path order; empty for an empty stage.

    Raises UsageError, ManifestError (a file there is not YAML).
    """
    _, tip = gitops_tip(gitops, branch)
    target = project_at(tip).app(app)
    plan, _ = stage_plan(tip, target, target.stage(stage), read_snapshot(tip, target))
    held = BranchState.read(gitops, branch_ref(plan.branch), plan.path, damaged="ignore")
    found = []
    for path, entry in sorted(manifest_entries(gitops, held).items()):
        if entry.mode in (Mode.FILE, Mode.EXECUTABLE):
            data = gitops.read_blob(entry.id)
            found += [Manifest(path, body, before) for before, body in split(data, document=path, error=ManifestError)]
    return tuple(found)
