"""Code as a caller writes it: mypy checks that the names carry their types (an unused ``type: ignore`` is an error)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import assert_type

import freightlib
from freightlib import (
    Admission,
    AppStatus,
    Attestation,
    AutoResult,
    AutoStep,
    FileChange,
    Finding,
    GitOps,
    GitOpsRelease,
    GitOpsStage,
    Manifest,
    Mark,
    Outcome,
    PastPromotion,
    Progress,
    Project,
    Promotion,
    Pruning,
    Publication,
    Report,
    Repository,
    Snapshot,
    StageRendering,
)


def release(gitops: str, source: str, revision: str) -> tuple[Promotion, ...]:
    """The whole loop."""
    publication = freightlib.publish(gitops, source, revision=revision, image="example/shop:v1@sha256:" + "0" * 64)
    assert_type(publication, Publication)
    assert_type(publication.snapshot.freight.tag, str)
    assert_type(publication.created, bool)
    report = freightlib.verify(gitops)
    assert_type(report, Report)
    assert_type(report.findings, tuple[Finding, ...])
    assert_type(freightlib.render(gitops, "test"), StageRendering)
    assert_type(freightlib.audit(gitops, ["staging"], rerender=True), Report)
    assert_type(freightlib.attest(gitops, "staging").data, bytes)
    promotions = freightlib.promote(gitops, ["staging", "test"])
    assert_type(promotions[0].outcome, Outcome)
    assert_type(freightlib.explain(gitops), tuple[Admission, ...])
    assert_type(freightlib.mark_verified(gitops, "test"), tuple[Mark, ...])
    assert_type(freightlib.promote_auto(gitops)[0].result, AutoResult)
    assert_type(freightlib.rollback(gitops, ["test"], to=publication.tag, exact=True), tuple[Promotion, ...])
    assert_type(freightlib.prune(gitops, keep=20, older_than=timedelta(days=90), dry_run=True), Pruning)
    return promotions


def tell(event: Progress) -> None:
    """A progress callback."""
    assert_type(event.step, str)
    assert_type(event.done, int)


def held(gitops: str, source: str, revision: str) -> None:
    """The same with one object to hold."""
    ops = GitOps.open(gitops, app="shop", push=True, clock=lambda: datetime.now(UTC), progress=tell)
    assert_type(ops, GitOps)
    assert_type(ops.with_(dry_run=True, app=None), GitOps)
    assert_type(ops.publish(source, revision=revision, image="example/shop:v1@sha256:" + "0" * 64), Publication)
    assert_type(ops.promote(["staging", "test"]), tuple[Promotion, ...])
    assert_type(ops.promote_auto(), tuple[AutoStep, ...])
    assert_type(ops.render("test"), tuple[StageRendering, ...])
    assert_type(ops.rollback(["test"], to="git-1", exact=False), tuple[Promotion, ...])
    assert_type(ops.verify(history=True), Report)
    assert_type(ops.audit("staging"), Report)
    assert_type(ops.status(), tuple[AppStatus, ...])
    assert_type(ops.explain(), tuple[Admission, ...])
    assert_type(ops.prune(keep=20), Pruning)
    assert_type(ops.project(), Project)
    assert_type(ops.releases(), tuple[Snapshot, ...])
    assert_type(ops.manifests("staging"), tuple[Manifest, ...])
    stage = ops.stage("staging")
    assert_type(stage, GitOpsStage)
    assert_type(stage.render(), StageRendering)
    assert_type(stage.diff(), tuple[FileChange, ...])
    assert_type(stage.explain(), Admission)
    assert_type(stage.history(), Iterator[PastPromotion])
    assert_type(stage.manifests(), tuple[Manifest, ...])
    assert_type(stage.land(approved="0" * 40), Promotion)
    assert_type(stage.rollback("git-1", exact=True), Promotion)
    assert_type(stage.attest(), Attestation)
    assert_type(stage.verified(), Mark)
    released = ops.release("git-1")
    assert_type(released, GitOpsRelease)
    assert_type(released.block("loses orders"), Mark)
    assert_type(released.unblock(), Mark)
    assert_type(released.verified(["staging", "test"]), tuple[Mark, ...])
    assert_type(released.snapshot(), Snapshot)
    assert_type(freightlib.__version__, str)


def held_wrongly(ops: GitOps) -> None:
    """What mypy must refuse of the object."""
    ops.app = "shop"  # type: ignore[misc]
    ops.with_(aps="shop")  # type: ignore[call-arg]
    ops.with_(push="yes")  # type: ignore[arg-type]
    ops.prune(keep=20, dry_run=True)  # type: ignore[call-arg]
    ops.stage("staging").rollback("git-1")  # type: ignore[call-arg]
    ops.publish("app", revision="0" * 40)  # type: ignore[call-arg]


def mistakes(repository: Repository) -> None:
    """What mypy must refuse."""
    freightlib.promote(repository)  # type: ignore[call-arg]
    freightlib.publish("gitops", "app.git", revision=b"0", image="example/shop")  # type: ignore[arg-type]
    freightlib.prune(repository, older_than="90d")  # type: ignore[arg-type]
    freightlib.no_such_verb  # type: ignore[attr-defined] # noqa: B018
    repository.location = "elsewhere"  # type: ignore[misc]
