"""Attests what a rendered commit was made from: an in-toto Statement with a SLSA provenance predicate.

    from freightlib import attest

    attestation = attest("gitops", "production")
    print(attestation.commit, attestation.statement["subject"][0]["digest"])
    open("production.json", "wb").write(attestation.data)

The subject is the tree of the manifests; the statement lists release, policy, source commit and image by id. The commit
is audited first. A commit that fails the audit is not attested.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from freightlib.errors import AuditError, UsageError
from freightlib.git.contract import Repository
from freightlib.git.credentials import without_credentials
from freightlib.git.history.ancestry import Ancestry
from freightlib.models import Report, Snapshot
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository
from freightlib.proof.inputs import locked_app
from freightlib.proof.judge import Asked, judge
from freightlib.proof.lock import lock_of
from freightlib.proof.release import release_findings
from freightlib.proof.rendered_commit import Audited, RenderedCommit, StageLocation
from freightlib.proof.sources import Sources
from freightlib.proof.statement import git_uri, statement
from freightlib.proof.which_commits import newest_rendered, place_of
from freightlib.warehouse.gitops_tree import gitops_tip


@frozen
class Attestation:
    """The attestation of one rendered ``commit`` of a stage: an in-toto ``statement`` of what it was made from."""

    app: str
    stage: str
    commit: str
    statement: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def data(self) -> bytes:
        """The statement as JSON. The same version of freightlib gives the same bytes for the same commit."""
        return (json.dumps(self.statement, indent=2, allow_nan=False) + "\n").encode("ascii")


def attest(
    repository: str | Path | Repository,
    stage: str,
    *,
    revision: str | None = None,
    rerender: bool = False,
    engine: str | None = None,
    uri: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    limits: Limits | None = None,
) -> Attestation:
    """Attest what a rendered commit was made from: an unsigned in-toto Statement with a SLSA provenance predicate.

    The commit is the newest rendered one of the stage's branch, or ``revision`` on that branch. It is audited first;
    ``rerender`` and ``engine`` are those of ``audit``. ``uri`` is the address of the GitOps repository in the
    statement. Without it the statement has ids only, because different clones have different addresses.

    Raises AuditError if the audit finds an error, or cannot see or compare what it needs; UsageError, ProjectError,
    RevisionError, GitError.
    """
    address = _address(uri)
    gitops = open_repository(repository, backend=backend)
    sources = Sources(gitops, gitops_tip(gitops, branch)[1])
    target = sources.project(sources.tip).app(app)
    place = place_of(sources, target, target.stage(stage))
    look = newest_rendered(sources, place, _on_branch(gitops, place, revision))
    (report,) = judge(sources, [look], Asked(rerender, engine, limits))
    if not report.ok:
        raise _refused(place, report)
    if not look.seen:
        raise UsageError(f"{stage} holds no release yet", hint=f"promote to it first: freight promote {stage}")
    case, snapshot = _known(sources, look.seen[0], report)
    if rerender and not report.checked["renderings"]:
        raise _refused(place, report)
    return Attestation(target.name, stage, case.seen.commit.id, statement(case, snapshot, address))


def _address(uri: str | None) -> str | None:
    found = None if uri is None else git_uri(without_credentials(uri))
    if uri is not None and found is None:
        raise UsageError(f"{uri!r} is not an address", hint="write --uri https://… or git@host:path")
    return found


def _on_branch(gitops: Repository, place: StageLocation, revision: str | None) -> str | None:
    tip = gitops.ref(place.ref)
    if revision is None or tip is None:
        return tip
    commit = gitops.resolve(revision)
    if not Ancestry(gitops, tip).holds(commit):
        raise UsageError(
            f"the commit {commit} is not on {place.branch}",
            hint=f"name one of that branch: git log {place.branch}",
            revision=revision,
        )
    return commit


def _known(sources: Sources, seen: RenderedCommit, report: Report) -> tuple[Audited, Snapshot]:
    """Return the lock and the release of a commit without errors. Raises AuditError if this clone lacks them."""
    lock, _ = lock_of(sources, seen)
    if lock is not None and all(one.code != "audit-unseen" for one in report.findings):
        case = Audited(seen, lock)
        app = locked_app(sources, case, sources.tree(lock.policy.commit))
        snapshot, _ = release_findings(sources, case, app, sources.tree(lock.freight.commit))
        if snapshot is not None:
            return case, snapshot
    raise _refused(seen.place, report)


def _refused(place: StageLocation, report: Report) -> AuditError:
    first = next(iter((*report.errors, *report.findings)))
    return AuditError(
        f"{place.stage.name} of {place.app.name} cannot be attested: {first.message}",
        hint=first.hint or "see all findings with: freight audit",
        report=report,
    )
