"""Lands a proposal: what was approved, and nothing else, becomes what the rendered branch holds.

An approval is of a rendered tree. So the approved commit must hold the very manifests that the proposal holds now and
that its locked inputs render to, and the rendered branch must not have moved in that path since.
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

    ``approved`` is the commit that was approved, a full id. A forge that knows reviews is asked, and must have an
    approval of the proposal's commit; with the forge ``none`` it has to be given. The rendered branch is moved to the
    proposal's commit, or, where it has moved in other paths since, to the same manifests on top of it. Where the remote
    refuses that (a protected branch), the forge is asked to merge, with the commit that it must find. ``sign`` says
    whether a commit that is made here is signed (default: as git is configured to).

    Raises PromotionBlockedError (nothing was written) when what was approved is not what would land, UsageError,
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
                why, "have it approved as it is now; with the forge none, name that commit: --approved"
            )
        result = landing_result(waiting, found)
        return (result if dry_run else landed(waiting, result, who)), waiting.base.tip

    with signing(gitops, sign):
        result, before = retried(gitops, attempt)
    return result if dry_run else notify_plugins(result, {branch_ref(result.branch): before})
