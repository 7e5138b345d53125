"""Lands a proposal: what was approved, and nothing else, becomes what the rendered branch holds.

An approval is of a rendered tree. So the approved commit must hold the very manifests that the proposal holds now and
that its locked inputs render to, and the rendered branch must not have moved in that path since.
"""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from freightlib.errors import FreightError, GitError, RemoteRejectedError
from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.trees import Entry, Mode, graft
from freightlib.plugins.contracts import Limits, PullRequest
from freightlib.plugins.repositories import committer, open_repository, signing
from freightlib.promotion.approval import named_objection, pull_request_of, review_objection
from freightlib.promotion.landing import Waiting, waiting_proposal
from freightlib.promotion.result import Outcome, Promotion
from freightlib.promotion.telling import told
from freightlib.rendering.branch import read_held
from freightlib.rendering.changes import changes
from freightlib.verbs.publish import retried
from freightlib.warehouse.gitops_tree import branch_ref


def land(
    repository: str | Path | Repository,
    stage: str,
    *,
    approved: str | None = None,
    app: str | None = None,
    branch: str | None = None,
    dry_run: bool = False,
    limits: Limits | None = None,
    author: Identity | None = None,
    sign: bool | None = None,
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
    gitops = open_repository(repository)
    who = committer(gitops, author)

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
        result = _result(waiting, found)
        return (result if dry_run else _landed(waiting, result, who)), waiting.base.tip

    with signing(gitops, sign):
        result, before = retried(gitops, attempt)
    return result if dry_run else told(result, {branch_ref(result.branch): before})


def _result(waiting: Waiting, found: PullRequest | None) -> Promotion:
    rendering = waiting.rendering
    return Promotion(
        app=rendering.app,
        stage=rendering.stage,
        outcome=Outcome.LANDED,
        branch=rendering.branch,
        base=rendering.branch,
        path=rendering.path,
        tag=waiting.lock.freight.tag,
        previous_tag=waiting.base.tag,
        commit=None,
        lock=waiting.lock,
        changes=changes(waiting.repository, waiting.base, rendering.files),
        notes=rendering.notes,
        edited=waiting.base.edited,
        pull_request=found,
    )


def _landed(waiting: Waiting, result: Promotion, who: Identity) -> Promotion:
    commit = _commit(waiting, who)
    moves = (
        RefUpdate(waiting.base.ref, waiting.base.tip, commit),
        RefUpdate(waiting.proposal.ref, waiting.head, None),
    )
    try:
        waiting.repository.move_refs(moves, reason=f"freight promote --land {result.tag}")
    except RemoteRejectedError:
        if result.pull_request is None:
            raise
        return _merged(waiting, result, result.pull_request)
    result = evolve(result, commit=commit)
    return result if commit == waiting.head else _closed(waiting, result)


def _commit(waiting: Waiting, who: Identity) -> str:
    """The proposal's own commit, or the same output on top of a branch that has moved elsewhere since."""
    repository, base = waiting.repository, waiting.base
    proposed = repository.read_commit(waiting.head)
    if base.tip is None or proposed.parents == (base.tip,):
        return waiting.head
    output = Entry("", Mode.TREE, str(waiting.proposal.output))
    tree = graft(repository, repository.read_commit(base.tip).tree, base.path, output)
    return repository.write_commit(tree, (base.tip,), proposed.message, who)


def _merged(waiting: Waiting, result: Promotion, found: PullRequest) -> Promotion:
    """The remote lets nobody push to the rendered branch: the forge merges what was approved."""
    waiting.desk.forge.merge(waiting.desk.place, found.number, waiting.head)
    repository, notes = waiting.repository, list(result.notes)
    try:
        repository.refresh()
        if repository.ref(waiting.proposal.ref) is not None:
            repository.move_refs(
                (RefUpdate(waiting.proposal.ref, waiting.head, None),), reason="freight promote --land"
            )
    except GitError as error:  # it has landed: what is left behind is removed by the next promotion
        notes.append(f"{waiting.branch} was merged and not removed: {error.message}")
    tip = repository.ref(waiting.base.ref)
    if tip == waiting.base.tip:
        notes.append(f"{waiting.desk.place.name} merged it; fetch {result.base} to see it here")
        return evolve(result, notes=tuple(notes))
    if read_held(repository, waiting.base.ref, waiting.base.path, tip=tip).manifests != waiting.lock.manifests:
        notes.append(f"{result.base} holds other manifests now than what was approved: look at it")
    return evolve(result, commit=tip, notes=tuple(notes))


def _closed(waiting: Waiting, result: Promotion) -> Promotion:
    """The forge cannot know that its commit has landed as another one."""
    if not waiting.desk.reached:
        return result
    try:
        closed = waiting.desk.close(waiting.branch, result.base)
    except FreightError as error:
        return evolve(result, problem=waiting.desk.problem(error))
    return evolve(result, pull_request=closed or result.pull_request)
