"""Collects the inputs of a stage's rendering, by id, before anything is rendered.

These are exactly the inputs that the render lock records. So a stage with unchanged inputs is recognised without
rendering it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from freightlib.errors import ProjectError, UnsafePathError
from freightlib.git.trees import Entry, Mode, walk
from freightlib.models import (
    App,
    LockedFile,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    LockedTransform,
    RenderLock,
    Snapshot,
    Stage,
)
from freightlib.plugins.contracts import Fingerprint, PolicyPath, Renderer, Transform
from freightlib.plugins.registry import registry
from freightlib.rendering.plan import StagePlan, plan_stage
from freightlib.warehouse.gitops_tree import GitopsTree, deployment_at


class PolicyMissingError(ProjectError):
    """A policy file that the rendering reads does not exist. Data: ``stage``, ``path``."""

    code = "policy-missing"


@frozen
class StageInputs:
    """The inputs of one stage: plan, snapshot, and the renderer with its effective options and fingerprint.

    ``policy`` is the GitOps tree that policy is read from. ``deployment_file`` and ``policy_files`` are the files read
    there: the stage's deployment file, and those that the renderer asks for.
    """

    plan: StagePlan
    snapshot: Snapshot
    renderer: Renderer = field(eq=False)
    options: Mapping[str, Any] = field(hash=False)
    fingerprint: Fingerprint
    policy: GitopsTree = field(eq=False)
    deployment_file: LockedFile
    policy_files: tuple[LockedFile, ...]
    transforms: tuple[tuple[Transform, Mapping[str, Any]], ...] = field(default=(), eq=False)

    def lock(self, manifests: str, *, overrides: Iterable[str] = ()) -> RenderLock:
        """Return the render lock of these inputs; ``manifests`` is the tree id of what they render to."""
        freight = self.snapshot.freight
        return RenderLock(
            app=self.plan.app.name,
            stage=self.plan.stage.name,
            freight=LockedFreight(freight.tag, self.snapshot.commit, self.snapshot.tree),
            policy=LockedPolicy(self.policy.commit, (self.deployment_file, *self.policy_files)),
            render=LockedRender(
                renderer=self.renderer.name,
                engine=self.fingerprint.engine,
                version=self.fingerprint.version,
                layout=self.plan.layout,
                options=self.options,
                transforms=[LockedTransform(each.name, each.version, options) for each, options in self.transforms],
            ),
            manifests=manifests,
            overrides=tuple(overrides),
        )


def stage_plan(policy: GitopsTree, app: App, stage: Stage, snapshot: Snapshot) -> tuple[StagePlan, LockedFile]:
    """Return the stage's plan for this release, and the deployment file that it was made from."""
    deployment, file = deployment_at(policy, app, stage)
    return plan_stage(app, stage, deployment, snapshot.freight), file


def stage_inputs(
    policy: GitopsTree, app: App, stage: Stage, snapshot: Snapshot, *, fingerprint: Fingerprint | None = None
) -> StageInputs:
    """Collect the inputs of one stage for the release in ``snapshot`` with the policy at ``policy``.

    Give a ``fingerprint`` when the inputs are only compared, not rendered: the engine is then not asked for its own.
    Raises ProjectError (PolicyMissingError if a policy file is missing), PluginError for an unknown renderer,
    UnsafePathError for a policy file that is a symlink or submodule.
    """
    plan, deployment_file = stage_plan(policy, app, stage, snapshot)
    renderer = registry().renderer(plan.renderer)
    freight = snapshot.freight
    if freight.package_type not in renderer.package_types:
        raise ProjectError(
            f"the renderer {renderer.name!r} of {app.name} {stage.name} cannot render packageType "
            f"{freight.package_type}",
            hint=f"it renders {', '.join(sorted(renderer.package_types))}; set render.renderer to another renderer",
            path=f"apps.{app.name}.render.renderer",
        )
    _check_checks(plan)
    defaults = {name: value for name, value in plan.defaults.items() if name in renderer.default_options}
    options = renderer.effective_options({**defaults, **plan.options})
    files = _locked(policy, stage.name, renderer.policy_paths(options))
    return StageInputs(
        plan=plan,
        snapshot=snapshot,
        renderer=renderer,
        options=options,
        fingerprint=fingerprint or renderer.fingerprint(options),
        policy=policy,
        deployment_file=deployment_file,
        policy_files=tuple(files),
        transforms=tuple(_transform(name, given) for name, given in plan.transforms),
    )


def _transform(name: str, options: Mapping[str, Any]) -> tuple[Transform, Mapping[str, Any]]:
    found = registry().transform(name)
    return found, found.effective_options(options)


def _check_checks(plan: StagePlan) -> None:
    unknown = next((code for code in plan.checks if code not in registry().checks()), None)
    if unknown is not None:
        raise ProjectError(
            f"render.checks of {plan.app.name} {plan.stage.name} sets {unknown!r}, which is not a check",
            hint=f"use one of: {', '.join(registry().checks())}",
            path=f"apps.{plan.app.name}.render.checks",
        )


def _locked(policy: GitopsTree, stage: str, paths: Iterable[PolicyPath]) -> list[LockedFile]:
    files: dict[str, LockedFile] = {}
    for wanted in paths:
        entry = policy.entry(wanted.path)
        if entry is None:
            if not wanted.optional:
                raise PolicyMissingError(
                    f"stage {stage}: the policy file {wanted.path} does not exist at commit {policy.commit[:12]}",
                    hint="commit it, correct its name in freightlib.yaml, or set ignoreMissingValueFiles",
                    stage=stage,
                    path=wanted.path,
                )
            files[wanted.path] = LockedFile(wanted.path, None)
        elif entry.is_tree:
            for path, child in walk(policy.repository.read_tree, entry.id, wanted.path):
                files[path] = LockedFile(path, _regular(path, child))
        else:
            files[wanted.path] = LockedFile(wanted.path, _regular(wanted.path, entry))
    return list(files.values())


def _regular(path: str, entry: Entry) -> str:
    if entry.mode in (Mode.SYMLINK, Mode.SUBMODULE):
        raise UnsafePathError(
            f"the policy file {path} is a {Mode(entry.mode).name.lower()}, which freightlib does not follow",
            hint="commit the file itself at this path",
            path=path,
        )
    return entry.id
