"""Promotes a release to stages: verify, render, lock, and commit on each stage's rendered branch, all or none.

    from freightlib import promote

    for promotion in promote("gitops", ["staging", "test"]):
        print(promotion.stage, promotion.outcome, promotion.tag, promotion.commit)

Stages are taken in pipeline order, upstream first; a stage takes only what its upstream stages hold, counting what the
same call gives them. All branches move together or none does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from attrs import Factory, evolve, field, frozen, mutable

from freightlib.admission import Gatekeeper
from freightlib.apart import check_room
from freightlib.codec import write_lock
from freightlib.diff import FileChange, changes
from freightlib.errors import UsageError
from freightlib.gitops import GitopsTree, branch_ref, gitops_tip, project_at
from freightlib.hooks import PromotedEvent
from freightlib.models import LOCK, RenderLock
from freightlib.models.project import REVIEW_PULL_REQUEST
from freightlib.pipeline import Candidate, Pipeline
from freightlib.protocols import Identity, Limits, RefUpdate, Repository
from freightlib.publish import retried
from freightlib.registry import registry
from freightlib.render import Rendering, render_inputs, verified
from freightlib.rendered import read_held
from freightlib.repositories import open_repository
from freightlib.stages import app_of, stage_order
from freightlib.trees import Entry, Mode, build_files, graft, is_empty_tree


class Outcome(StrEnum):
    """What became of one stage in a promotion."""

    PROMOTED = "promoted"
    #: Only the lock moved: other inputs gave the very same manifests.
    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    #: The stage is reviewed: the change is on a proposal branch, to be merged by a pull request.
    PROPOSED = "proposed"


@frozen
class Promotion:
    """What happened to one stage, or would (``dry_run``).

    ``branch`` is the branch that moved (for a proposal: the proposal branch, ``base`` the rendered branch it is for),
    ``tag`` the release, ``previous_tag`` what the stage held, ``commit`` the new commit (``None``: none was made),
    ``changes`` the manifest files that change, ``edited`` whether the branch had been changed by hand, ``moved`` what
    differs from what the stage held: freight, policy, options, renderer, override.
    """

    app: str
    stage: str
    outcome: Outcome
    branch: str
    base: str
    path: str
    tag: str
    previous_tag: str | None
    commit: str | None
    lock: RenderLock
    changes: tuple[FileChange, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    edited: bool = False
    moved: tuple[str, ...] = ()

    @property
    def overrides(self) -> tuple[str, ...]:
        """The rules that ``force`` set aside for this promotion."""
        return self.lock.overrides


@mutable
class _Writer:
    """Builds the commits of one call; several stages on one branch are commits one after the other.

    ``before`` are the tips that the candidates were judged by: a branch that moved since then is a conflict, however
    long the rendering took.
    """

    repository: Repository
    author: Identity
    before: dict[str, str | None]
    tips: dict[str, str | None] = field(default=Factory(lambda self: dict(self.before), takes_self=True))

    def tip(self, ref: str) -> str | None:
        if ref not in self.tips:
            self.before[ref] = self.tips[ref] = self.repository.ref(ref)
        return self.tips[ref]

    def commit(self, ref: str, parent: str | None, tree: str, message: str) -> str:
        self.tip(ref)
        made = self.repository.write_commit(tree, (parent,) if parent else (), message, self.author)
        self.tips[ref] = made
        return made

    def updates(self) -> list[RefUpdate]:
        return [RefUpdate(ref, self.before[ref], tip) for ref, tip in self.tips.items() if tip != self.before[ref]]


def promote(
    repository: str | Path | Repository,
    stages: Sequence[str],
    *,
    app: str | None = None,
    freight: str | None = None,
    policy: str | None = None,
    branch: str | None = None,
    dry_run: bool = False,
    force: bool = False,
    limits: Limits | None = None,
    author: Identity | None = None,
    now: datetime | None = None,
) -> tuple[Promotion, ...]:
    """Promote a release to ``stages``; the results are in pipeline order.

    ``freight`` is a tag or full source commit id (default: what ``current/`` names), ``policy`` a revision of the
    GitOps repository (default: the tip of the GitOps branch). ``dry_run`` writes nothing. ``force`` promotes a stage
    whose gates do not pass, or whose lock is damaged, and records that in the new lock; it also lets a stage take over
    the output path of another one (a stage that was renamed). A release that somebody blocked is not promoted with
    ``force`` either. ``now`` is what the gates take for the time (aware; default: the clock's).

    Raises PromotionBlockedError (nothing was written), VerificationError, ProjectError, RenderError, GitError.
    """
    if not stages:
        raise UsageError("no stage was named", hint="name one or more: freight promote staging test")
    gitops = open_repository(repository)
    who = author or Identity(*gitops.identity(), datetime.now(UTC).replace(microsecond=0))

    def attempt() -> tuple[tuple[Promotion, ...], dict[str, str | None]]:
        ref, tip = gitops_tip(gitops, branch)
        policy_tree = GitopsTree.at(gitops, policy) if policy else tip
        target = app_of(project_at(policy_tree), app)
        snapshot = verified(tip, target, freight)
        gatekeeper = Gatekeeper.at(gitops, tip, target, now, foreign=policy is not None)
        pipeline = Pipeline(gitops, ref, policy_tree, target, snapshot, force, gatekeeper)
        candidates = pipeline.candidates(stage_order(target, stages))
        waiting = [candidate for candidate in candidates if not candidate.settled]
        for candidate in waiting:
            check_room(gitops, candidate.inputs, candidate.held, renamed=force)
        rendered = dict(
            zip(
                (candidate.stage.name for candidate in waiting),
                render_inputs([candidate.inputs for candidate in waiting], limits),
                strict=True,
            )
        )
        # the first look at a branch counts: were it seen at two tips, the older one fails the comparison
        writer = _Writer(gitops, who, {one.held.ref: one.held.tip for one in reversed(candidates)})
        made = tuple(
            _promote_one(writer, candidate, rendered.get(candidate.stage.name), dry_run) for candidate in candidates
        )
        if not dry_run and (updates := writer.updates()):
            gitops.move_refs(updates, reason=f"freight promote {snapshot.freight.tag}")
        return made, writer.before

    # told outside: what a listener raises must not promote again
    return tuple(_told(one, before) for made, before in (retried(gitops, attempt),) for one in made)


def _promote_one(writer: _Writer, candidate: Candidate, rendering: Rendering | None, dry_run: bool) -> Promotion:
    plan, held = candidate.inputs.plan, candidate.held
    result = Promotion(
        app=plan.app.name,
        stage=plan.stage.name,
        outcome=Outcome.UNCHANGED,
        branch=plan.branch,
        base=plan.branch,
        path=plan.path,
        tag=candidate.inputs.snapshot.freight.tag,
        previous_tag=held.tag,
        commit=None,
        lock=held.lock if rendering is None and held.lock is not None else candidate.inputs.lock(""),
        edited=held.edited,
        moved=candidate.moved,
    )
    if rendering is None:
        return result
    lock = evolve(rendering.lock, overrides=candidate.overrides)
    found = changes(writer.repository, held, rendering.files)
    reviewed = plan.stage.review == REVIEW_PULL_REQUEST
    same = not found and held.lock is not None
    if same and (reviewed or (held.lock is not None and held.lock.same_inputs(lock) and not held.edited)):
        return evolve(result, lock=lock, notes=rendering.notes)
    outcome = Outcome.RECORDED if same else Outcome.PROPOSED if reviewed else Outcome.PROMOTED
    result = evolve(result, outcome=outcome, lock=lock, changes=found, notes=rendering.notes)
    if reviewed:
        result = evolve(result, branch=f"proposal/{plan.app.name}/{plan.stage.name}")
    return result if dry_run else _commit(writer, result, rendering)


def _commit(writer: _Writer, promotion: Promotion, rendering: Rendering) -> Promotion:
    base = branch_ref(promotion.base)
    parent = writer.tip(base)
    if promotion.outcome is Outcome.PROPOSED and parent is None:
        # a pull request needs a base: an empty first commit, so that the request shows every manifest as added
        parent = writer.commit(base, None, writer.repository.write_tree(()), f"Start {promotion.base}\n")
    ref = branch_ref(promotion.branch)
    if promotion.outcome is Outcome.PROPOSED and _is_proposed(writer, ref, parent, promotion):
        return evolve(promotion, outcome=Outcome.UNCHANGED)
    tree = _tree(writer.repository, parent, promotion, rendering)
    made = writer.commit(ref, parent, tree, message(promotion))
    return evolve(promotion, commit=made)


def _tree(repository: Repository, parent: str | None, promotion: Promotion, rendering: Rendering) -> str:
    manifests = build_files(repository, rendering.files.items())
    lock = Entry(LOCK, Mode.FILE, repository.write_blob(write_lock(promotion.lock)))
    entries = () if is_empty_tree(manifests) else repository.read_tree(manifests)
    output = repository.write_tree((*entries, lock))
    root = repository.read_commit(parent).tree if parent else None
    return graft(repository, root, promotion.path, Entry("", Mode.TREE, output))


def _is_proposed(writer: _Writer, ref: str, parent: str | None, promotion: Promotion) -> bool:
    """Whether the proposal branch proposes these manifests, from these inputs, on this very base already."""
    held = read_held(writer.repository, ref, promotion.path, tip=writer.tip(ref))
    if held.tip is None or held.lock is None or writer.repository.read_commit(held.tip).parents != (parent,):
        return False
    return not held.edited and held.lock.manifests == promotion.lock.manifests and held.lock.same_inputs(promotion.lock)


def message(promotion: Promotion) -> str:
    """The commit message of a promotion: what moved, and the lock's facts as trailers."""
    lock = promotion.lock
    subject = f"Promote {promotion.app} {promotion.stage} to {promotion.tag}"
    if "policy" in promotion.moved and "freight" not in promotion.moved:
        subject = f"Policy moved for {promotion.app} {promotion.stage}: {promotion.tag} stays"
    if promotion.outcome is Outcome.RECORDED:
        subject = f"Record {promotion.tag} for {promotion.app} {promotion.stage}: manifests unchanged"
    counts = {
        kind: sum(change.kind == kind for change in promotion.changes) for kind in ("added", "content", "missing")
    }
    body = f"{counts['content']} changed, {counts['added']} added, {counts['missing']} removed\n\n"
    trailers = [
        ("Freight-App", lock.app),
        ("Freight-Stage", lock.stage),
        ("Freight-Tag", lock.freight.tag),
        ("Freight-Commit", lock.freight.commit),
        ("Freight-Snapshot", lock.freight.snapshot),
        ("Freight-Policy", lock.policy.commit),
        ("Freight-Renderer", f"{lock.render.renderer} {lock.render.engine} {lock.render.version}"),
        ("Freight-Manifests", lock.manifests),
        *(("Freight-Override", override) for override in lock.overrides),
    ]
    return f"{subject}\n\n{body}" + "".join(f"{name}: {_one_line(value)}\n" for name, value in trailers)


def _one_line(value: str) -> str:
    # a branch's lock and a plugin's version are data from elsewhere: a line break would forge a trailer
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def _told(promotion: Promotion, before: Mapping[str, str | None]) -> Promotion:
    """The promotion after every plugin was told of it, with a note for each that failed."""
    if promotion.commit is None or promotion.outcome is Outcome.PROPOSED:
        return promotion
    event = PromotedEvent(
        app=promotion.app,
        stage=promotion.stage,
        branch=promotion.branch,
        commit=promotion.commit,
        previous=before[branch_ref(promotion.branch)],
        lock=promotion.lock,
    )
    failed: list[str] = []
    for implementation in registry().hook.freightlib_promoted.get_hookimpls():
        try:
            implementation.function(*(event for _ in implementation.argnames))
        except Exception as error:  # noqa: BLE001 (the refs have moved: a listener can only be reported)
            failed.append(f"the plugin {implementation.plugin_name} failed when told: {type(error).__name__}: {error}")
    return evolve(promotion, notes=(*promotion.notes, *failed))
