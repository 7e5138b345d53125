"""Checks a lock against its own inputs: the project file at the locked policy commit, applied to the locked release.

Nothing is rendered. The stage's inputs are collected as a promotion does it, and compared with the lock: renderer,
layout, options, transforms, and which policy files are read. Engine, version and manifests cannot be checked this way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from freightlib.errors import FreightError, ProjectError, UnsafePathError, UsageError
from freightlib.models import App, Finding, LockedTransform, Snapshot, Stage
from freightlib.plugins.contracts import Fingerprint
from freightlib.plugins.registry import registry
from freightlib.proof.rendered_commit import Audited
from freightlib.proof.sources import Sources
from freightlib.rendering.inputs import StageInputs, stage_inputs, stage_plan
from freightlib.rendering.plan import StagePlan
from freightlib.warehouse.gitops_tree import GitopsTree


@frozen
class Expected:
    """The inputs that the lock should record (``None`` if they are unknown), and the findings of the comparison."""

    inputs: StageInputs | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def comparable(self) -> bool:
        """True if rendering again should give the same files: the lock shows no difference between the plugins."""
        return self.inputs is not None and all(one.code != "not-comparable" for one in self.findings)


def locked_app(sources: Sources, case: Audited, policy: GitopsTree | None) -> App:
    """Return the app from the project file at the locked policy commit; if it is not there, the app as it is now."""
    try:
        return case.seen.place.app if policy is None else sources.project(policy).app(case.lock.app)
    except (ProjectError, UsageError):
        return case.seen.place.app


def expected(sources: Sources, case: Audited, policy: GitopsTree, snapshot: Snapshot) -> Expected:
    """Collect the inputs, and compare them with the lock."""
    try:
        app = sources.project(policy).app(case.lock.app)
        stage = app.stage(case.lock.stage)
    except (ProjectError, UsageError) as error:
        return Expected(None, (foreign(case) or _not_given(case, policy, error),))
    return _compared(case, policy, _named(app, stage, case), stage, snapshot)


def _missing(case: Audited, plan: StagePlan) -> Iterator[Finding]:
    """Yield findings for a renderer or transform that is needed for the comparison and is not installed."""
    absent = [f"the renderer {plan.renderer}"] if plan.renderer not in registry().renderers() else []
    absent += [f"the transform {name}" for name, _ in plan.transforms if name not in registry().transforms()]
    if absent:
        yield from _differ(case, "renderer", plan.renderer, case.lock.render.renderer)
        yield case.seen.lock_finding("not-comparable", f"{' and '.join(absent)}: not installed here", absent=absent)


def _named(app: App, stage: Stage, case: Audited) -> App:
    """Return the app with the locked renderer if the project file names none: several may fit now."""
    if app.render.overridden(stage.render).renderer is not None:
        return app
    return evolve(app, render=evolve(app.render, renderer=case.lock.render.renderer))


def _compared(case: Audited, policy: GitopsTree, app: App, stage: Stage, snapshot: Snapshot) -> Expected:
    render = case.lock.render
    try:
        plan, _ = stage_plan(policy, app, stage, snapshot)
        place = _place(case, plan)
        if place is not None and place.code == "lock-foreign":
            return Expected(None, (place,))
        if missing := tuple(_missing(case, plan)):
            return Expected(None, missing)
        inputs = stage_inputs(policy, app, stage, snapshot, fingerprint=Fingerprint(render.engine, render.version))
    except (ProjectError, UnsafePathError) as error:
        return Expected(None, (foreign(case) or _not_given(case, policy, error),))
    found = [*([] if place is None else [place]), *_differences(case, inputs)]
    return Expected(inputs, tuple(found))


def foreign(case: Audited) -> Finding | None:
    """Return a finding if the lock is that of another stage, else ``None``."""
    lock, place = case.lock, case.seen.place
    if (lock.app, lock.stage) == (place.app.name, place.stage.name):
        return None
    return case.seen.lock_finding(
        "lock-foreign",
        f"it is the lock of {lock.app} {lock.stage}, not of {place.app.name} {place.stage.name}",
        locked={"app": lock.app, "stage": lock.stage},
    )


def _place(case: Audited, plan: StagePlan) -> Finding | None:
    """Return a finding if the lock was made for another branch or path; a renamed stage at the same place is fine."""
    place = case.seen.place
    if (plan.branch, plan.path) == (place.branch, place.path):
        return None
    message = f"by its policy it was rendered for {plan.path} on {plan.branch}, but it is at {place.path}"
    return foreign(case) or case.seen.lock_finding("lock-place", message, locked=f"{plan.branch}:{plan.path}")


def _not_given(case: Audited, policy: GitopsTree, error: FreightError) -> Finding:
    return case.seen.lock_finding(
        "lock-inputs",
        f"the project file at the locked policy commit {policy.commit[:12]} has no such rendering: {error.message}",
    )


def _differences(case: Audited, inputs: StageInputs) -> Iterator[Finding]:
    given = inputs.lock(case.lock.manifests)
    ours, theirs = given.render, case.lock.render
    yield from _differ(case, "renderer", ours.renderer, theirs.renderer)
    yield from _differ(case, "layout", ours.layout, theirs.layout)
    if ours.renderer == theirs.renderer:
        set_ = {*inputs.plan.options, *(name for name in inputs.plan.defaults if name in ours.options)}
        yield from _options(case, "options", ours.options, theirs.options, set_)
    yield from _transforms(case, ours.transforms, theirs.transforms)
    paths = [file.path for file in given.policy.files]
    yield from _differ(case, "policy files", paths, [file.path for file in case.lock.policy.files])


def _differ(case: Audited, what: str, given: Any, locked: Any) -> Iterator[Finding]:
    if given != locked:
        message = f"its {what}: {_short(locked)}; the project file at its policy commit gives {_short(given)}"
        yield case.seen.lock_finding("lock-inputs", message, what=what, given=given, locked=locked)


def _options(
    case: Audited, what: str, given: Mapping[str, Any], locked: Mapping[str, Any], set_: set[str]
) -> Iterator[Finding]:
    """Compare options. An option that the project file does not set may exist only in some versions of a plugin."""
    for name in sorted({*given} | {*locked}):
        if name in given and name in locked:
            yield from _differ(case, f"{what}.{name}", given[name], locked[name])
        elif name in set_:
            yield from _differ(case, f"{what}.{name}", given.get(name), locked.get(name))
        else:
            where = "the lock lacks it" if name in given else "the one installed here has no such option"
            message = f"its {what}.{name}: another version of the plugin rendered it ({where})"
            yield case.seen.lock_finding("not-comparable", message, option=name)


def _transforms(
    case: Audited, given: tuple[LockedTransform, ...], locked: tuple[LockedTransform, ...]
) -> Iterator[Finding]:
    names = [each.name for each in given], [each.name for each in locked]
    yield from _differ(case, "transforms", *names)
    if names[0] != names[1]:
        return
    for ours, theirs in zip(given, locked, strict=True):
        if ours.version != theirs.version:
            message = f"the transform {ours.name} is {theirs.version} in the lock, {ours.version} is installed here"
            yield case.seen.lock_finding("not-comparable", message, locked=theirs.version, installed=ours.version)
        elif ours.options != theirs.options:
            yield from _differ(case, f"transforms.{ours.name}", ours.options, theirs.options)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:159]}…"
