"""Renders a stage: turns the frozen package of one release and the stage's policy into files.

    from freightlib import render

    rendering = render("gitops", "staging")
    for path, data in rendering.files.items():
        print(path, len(data))
    print(rendering.lock.freight.tag, rendering.lock.manifests)

Nothing is written to the repository. A snapshot that fails verification is not rendered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from attrs import evolve, field, frozen

from freightlib.documents import write_lock
from freightlib.errors import RenderingRefusedError
from freightlib.git.contract import Repository
from freightlib.git.grafting import IdStore, build_files
from freightlib.git.trees import algorithm_of, walk
from freightlib.models import LOCK, Finding, Manifest, RenderLock, Report, Severity
from freightlib.models.progress import report as report_progress
from freightlib.plugins.contracts import Limits, PackageFile, RenderRequest, TransformRequest
from freightlib.plugins.hooks import RenderingCheck
from freightlib.plugins.registry import registry
from freightlib.rendering.inputs import StageInputs
from freightlib.rendering.layouts import lay_out
from freightlib.rendering.twice import asked_levels, render_twice, repeat_mode


@frozen
class StageRendering:
    """The rendering of one stage: what it would deploy.

    ``files`` are the manifest files by path below the stage's output path, in path order. ``lock`` records every input
    and the tree id of those files. ``findings`` are those of the checks (warnings only: an error stops the rendering).
    ``notes`` are the renderer's remarks and the findings, one line each.
    """

    app: str
    stage: str
    branch: str
    path: str
    lock: RenderLock
    files: Mapping[str, bytes] = field(repr=False, hash=False)
    manifests: tuple[Manifest, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def output(self) -> dict[str, bytes]:
        """All files of the output path: the manifest files and the lock."""
        return {**self.files, LOCK: write_lock(self.lock)}


def render_inputs(
    inputs: Sequence[StageInputs], limits: Limits | None = None, *, check_deterministic: bool = False
) -> tuple[StageRendering, ...]:
    """Render the collected inputs in parallel, with one thread per processor."""
    if not inputs:
        return ()
    for name in sorted({one.renderer.name for one in inputs}):
        same = [one for one in inputs if one.renderer.name == name]
        same[0].renderer.prepare(len(same))
    requests = _requests(inputs, limits or Limits())
    report_progress("render", 0, len(inputs))
    if len(inputs) == 1:
        return (_finished(1, 1, _rendering(inputs[0], next(iter(requests)), check_deterministic)),)
    # only this thread reads from git: an open repository belongs to one thread
    pool = ThreadPoolExecutor(min(len(inputs), os.cpu_count() or 1), thread_name_prefix="freight-render")
    try:
        futures = [
            pool.submit(_rendering, one, request, check_deterministic)
            for one, request in zip(inputs, requests, strict=True)
        ]
        return tuple(_finished(done, len(futures), future.result()) for done, future in enumerate(futures, 1))
    finally:
        # after an error or Ctrl-C do not wait for the others: each ends at its deadline at the latest
        pool.shutdown(wait=False, cancel_futures=True)


def _finished(done: int, total: int, rendering: StageRendering) -> StageRendering:
    report_progress("render", done, total, rendering.stage)
    return rendering


def _requests(inputs: Sequence[StageInputs], limits: Limits) -> Iterable[RenderRequest]:
    packages: dict[str, tuple[PackageFile, ...]] = {}
    for one in inputs:
        tree = one.snapshot.payload
        if tree not in packages:
            packages[tree] = package_files(one.policy.repository, tree)
        read = one.policy.repository.read_blob
        yield RenderRequest(
            app=one.plan.app.name,
            stage=one.plan.stage.name,
            freight=one.snapshot.freight,
            package=packages[tree],
            package_tree=tree,
            policy={file.path: None if file.blob is None else read(file.blob) for file in one.policy_files},
            options=one.options,
            limits=limits,
        )


def package_files(repository: Repository, tree: str) -> tuple[PackageFile, ...]:
    """Return every file of a payload tree, in git's order."""
    return tuple(
        PackageFile(path, entry.mode, repository.read_blob(entry.id))
        for path, entry in walk(repository.read_tree, tree)
    )


def _rendering(inputs: StageInputs, request: RenderRequest, check_deterministic: bool) -> StageRendering:
    made = inputs.renderer.render(request)
    manifests = _transformed(inputs, made.manifests)
    files = lay_out(manifests, inputs.plan.layout, stage=request.stage)
    ordered = {path: files[path] for path in sorted(files)}
    ids = IdStore(algorithm=algorithm_of(request.package_tree))
    lock = inputs.lock(build_files(ids, ordered.items()))
    levels = asked_levels(inputs.plan.checks) if check_deterministic else inputs.plan.checks
    again = render_twice(
        inputs.renderer,
        request,
        made,
        repeat_mode(inputs.plan.twice, asked=check_deterministic, levels=levels),
        manifests,
        lambda others: _transformed(inputs, others),
    )
    findings = _checked(RenderingCheck(request.app, request.stage, manifests, lock, levels), again)
    notes = made.notes if files else (*made.notes, "it renders to no manifests: the output holds only the lock")
    return StageRendering(
        app=request.app,
        stage=request.stage,
        branch=inputs.plan.branch,
        path=inputs.plan.path,
        lock=lock,
        files=ordered,
        manifests=manifests,
        notes=(*notes, *(f"{finding.path}: {finding.message}" for finding in findings)),
        findings=findings,
    )


def _transformed(inputs: StageInputs, manifests: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
    app, stage = inputs.plan.app.name, inputs.plan.stage.name
    for transform, options in inputs.transforms:
        manifests = tuple(transform.transform(TransformRequest(app, stage, manifests, options)))
    return manifests


_LEVELS: Final = {"warn": Severity.WARNING, "refuse": Severity.ERROR}


def _checked(request: RenderingCheck, own: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return ``own`` and the findings of every check, with the severities that ``render.checks`` sets.

    Raises RenderingRefusedError if one of them is an error.
    """
    answers = registry().ask("freightlib_check_rendering", request)
    found = tuple(
        evolve(finding, severity=_LEVELS.get(request.levels.get(finding.code, ""), finding.severity))
        for findings in (*answers, own)
        for finding in findings or ()
        if request.levels.get(finding.code) != "off"
    )
    report = Report(found)
    if not report.ok:
        first = report.errors[0]
        raise RenderingRefusedError(
            f"{request.app} {request.stage} may not be deployed: {first.path}: {first.message}",
            hint=first.hint,
            stage=request.stage,
            report=report,
        )
    return found
