"""Code as a caller writes it: mypy checks that the names carry their types (an unused ``type: ignore`` is an error)."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_type

import freightlib
from freightlib import (
    Admission,
    AutoResult,
    Finding,
    Mark,
    Outcome,
    Promotion,
    Pruning,
    Publication,
    Report,
    Repository,
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


def mistakes(repository: Repository) -> None:
    """What mypy must refuse."""
    freightlib.promote(repository)  # type: ignore[call-arg]
    freightlib.publish("gitops", "app.git", revision=b"0", image="example/shop")  # type: ignore[arg-type]
    freightlib.prune(repository, older_than="90d")  # type: ignore[arg-type]
    freightlib.no_such_verb  # type: ignore[attr-defined] # noqa: B018
    repository.location = "elsewhere"  # type: ignore[misc]
