"""Lands a proposal: puts exactly what was approved onto the rendered branch.

People approve a rendered tree. So the approved commit must hold the same manifests that the proposal holds now and that
its locked inputs render to. The rendered branch must not have changed in that path since.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from freightlib.git.contract import Identity, Repository
from freightlib.git.retrying import retried
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.promotion.apply import notify_plugins
from freightlib.promotion.approval import named_objection, pull_request_of, review_objection
from freightlib.promotion.landing import landed, landing_result, waiting_proposal
from freightlib.promotion.result import Promotion
from freightlib.warehouse.gitops_tree import branch_ref


def land(
    repository: str | Path | Repository,
    stage: str,
    *,
    approved: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    backend: str | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> Promotion:
    """Put the open proposal of a reviewed stage onto its rendered branch, and delete the proposal branch.

    A forge with reviews must have an approval of the proposal's commit. With the forge ``none``, give the full id of
    the approved commit as ``approved``. The rendered branch moves to the proposal's commit; if it has changed in other
    paths, a new commit with the same manifests is made on top of it. If the remote refuses this (a protected branch),
    the forge is asked to merge exactly that commit. ``sign`` says whether a new commit is signed (default: as git is
    configured).

    Raises PromotionBlockedError (nothing was written) if what was approved is not what would land, UsageError,
    VerificationError, RenderError, ForgeError, GitError.
    """
    gitops = open_repository(repository, backend=backend)
    who = committer(gitops, author, now)

    def attempt() -> tuple[Promotion, str | None]:
        waiting = waiting_proposal(gitops, stage, app, branch, limits)
        found = pull_request_of(waiting.desk, waiting.branch, waiting.rendering.branch)
        why = review_objection(waiting.desk, found, waiting.head) or named_objection(
            gitops, waiting.desk, waiting.proposal, waiting.base, approved
        )
        if why:
            raise waiting.blocked(
                why,
                "ask for an approval of the proposal as it is now; with the forge none, give its commit: --approved",
            )
        result = landing_result(waiting, found)
        return (result if dry_run else landed(waiting, result, who)), waiting.base.tip

    with signing(gitops, sign):
        result, before = retried(gitops, attempt)
    return result if dry_run else notify_plugins(result, {branch_ref(result.branch): before})
