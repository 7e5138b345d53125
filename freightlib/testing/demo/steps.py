"""The steps of the demonstration, in order: each does one thing with the public functions and says what it proves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from freightlib.errors import PromotionBlockedError
from freightlib.git.contract import RefUpdate
from freightlib.models import CURRENT, PROJECT_FILE
from freightlib.promotion.result import Outcome, Promotion
from freightlib.testing.commits import MAIN
from freightlib.testing.demo.world import STAGES, Step, World, commit
from freightlib.verbs.init import init
from freightlib.verbs.promote import promote
from freightlib.verbs.publish import publish
from freightlib.verbs.render import render
from freightlib.verbs.status import status
from freightlib.verbs.verify import verify
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref

_WORDS: Final = {"added": "added", "missing": "removed", "content": "changed", "mode": "changed", "type": "changed"}
_WAREHOUSE: Final = "warehouses/shop/freight"


def _init(world: World) -> Step:
    made = init(world.gitops, package_type=world.package_type, path=world.package_path, dry_run=True)
    commit(world.gitops, MAIN, {PROJECT_FILE: made.text.encode()}, "Describe the shop and its stages")
    return Step(
        "Describe the stages",
        f"freight init --repo gitops --package-type {world.package_type} --path {world.package_path}"
        f" && git -C gitops add {PROJECT_FILE} && git -C gitops commit -m 'Describe the stages'",
        (f"{PROJECT_FILE}: {' → '.join(made.stages)}; production is reviewed",),
        "the layout apps/<app>/deployments is recognised; the file is read from the commit",
    )


def _publish(world: World) -> Step:
    made = publish(world.gitops, world.source, revision=world.revision, image=world.image, source_url="app")
    name = made.snapshot.freight.payload_directory
    ids = {
        f"app {world.package_path}": world.subtree(world.source, world.revision, world.package_path),
        f"gitops {made.tag[:16]}…/{name}": world.subtree(world.gitops, made.commit, f"{_WAREHOUSE}/{made.tag}/{name}"),
        f"gitops {CURRENT}/{name}": world.subtree(world.gitops, made.commit, f"{_WAREHOUSE}/{CURRENT}/{name}"),
    }
    width = max(map(len, ids))
    return Step(
        "Freeze and publish a release",
        f"freight publish --repo gitops --source app --revision {world.revision} --image {world.image}",
        (*(f"{place.ljust(width)}  tree {tree}" for place, tree in ids.items()), f"{made.objects} new objects stored"),
        "one tree id in three places: the snapshot is a literal copy, and current/ its exact mirror",
    )


def _verify(world: World) -> Step:
    report = verify(world.gitops, source=world.source)
    return Step(
        "Verify it against the source",
        "freight verify --repo gitops --source app",
        (f"{len(report.errors)} errors, {len(report.findings)} findings",),
        "record, names, payload, mirror and source agree",
    )


def _render(world: World) -> Step:
    made = render(world.gitops, "staging")
    engine = f"{made.lock.render.engine} {made.lock.render.version}"
    return Step(
        "Render a stage",
        "freight render staging --repo gitops --out rendered/staging",
        (f"{len(made.files)} manifest files with {engine}: {', '.join(made.files)}",),
        f"rendering is a function of snapshot and policy; manifests tree {made.lock.manifests}",
    )


def _promote_all(world: World) -> Step:
    made = promote(world.gitops, STAGES)
    proposal = next(one for one in made if one.outcome is Outcome.PROPOSED)
    _merge(world, proposal)
    return Step(
        "Promote it through all stages",
        f"freight promote {' '.join(STAGES)} --repo gitops"
        f" && git -C gitops branch -f {proposal.base} {proposal.branch} && git -C gitops branch -D {proposal.branch}",
        (*_outcomes(made), "production: the proposal is merged, as a pull request would be"),
        "all branches moved together; each commit carries freight.lock, every input by id",
    )


def _merge(world: World, proposal: Promotion) -> None:
    base, head = branch_ref(proposal.base), branch_ref(proposal.branch)
    tip = world.gitops.ref(head)
    moves = (RefUpdate(base, world.gitops.ref(base), tip), RefUpdate(head, tip, None))
    world.gitops.move_refs(moves, reason="freight demo: merge")


def _second(world: World) -> Step:
    world.release("Let the worker do eight things at once")
    made = publish(world.gitops, world.source, revision=world.revision, image=world.image, source_url="app")
    promoted = promote(world.gitops, ["staging"])
    return Step(
        "A second release reaches staging",
        f"freight publish --repo gitops --source app --revision {world.revision} --image {world.image}"
        " && freight promote staging --repo gitops",
        (f"{made.objects} new objects stored: only what changed", *_outcomes(promoted)),
        "the diff of the rendered branch is what reviewers see: manifests, not templates",
        promoted[0].changes,
    )


def _tamper(world: World) -> Step:
    tree = GitopsTree.at(world.gitops, MAIN)
    file = {"helm": "helm/values.yaml", "plain": "manifests/shop.yaml"}[world.package_type]
    path = f"{_WAREHOUSE}/{CURRENT}/{file}"
    data = (tree.read(path) or b"").replace(b'"8"', b'"80"')
    commit(world.gitops, "refs/heads/tampered", {path: data}, "Just a small fix", onto=tree.commit)
    report = verify(world.gitops, branch="tampered")
    return Step(
        "Somebody edits a release",
        "freight verify --repo gitops --branch tampered",
        (
            "on a branch of its own, one value in current/ was changed from 8 to 80; verify says:",
            *(f"error {finding.code}: {finding.path}: {finding.message}" for finding in report.errors),
        ),
        "a release that was edited is found, and never rendered; main is as it was",
    )


def _blocked(world: World) -> Step:
    try:
        promote(world.gitops, ["production"])
        lines: tuple[str, ...] = ()
    except PromotionBlockedError as error:
        lines = (f"error: {error.message}", f"  {error.hint}")
    return Step(
        "Production out of turn",
        "freight promote production --repo gitops",
        lines,
        "a stage takes only what its upstream stages hold; nothing was written",
    )


def _propose(world: World) -> Step:
    made = promote(world.gitops, STAGES[1:])
    proposal = made[-1]
    return Step(
        "Promote in order; production is proposed",
        f"freight promote {' '.join(STAGES[1:])} --repo gitops",
        (*_outcomes(made), f"open a pull request from {proposal.branch} into {proposal.base}"),
        "production changes only when the pull request is merged",
    )


def _status(world: World) -> Step:
    (app,) = status(world.gitops)
    world.release("Log less")  # not published, so that users can publish it themselves
    return Step(
        "Where everything stands",
        "freight status --repo gitops",
        tuple(f"{row.stage.ljust(12)}  {row.state.value.ljust(8)}  {(row.tag or '-')[:16]}" for row in app.stages),
    )


def _outcomes(made: Sequence[Promotion]) -> tuple[str, ...]:
    lines = []
    for one in made:
        kinds = Counter(_WORDS[change.kind.value] for change in one.changes)
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())) or "no changes"
        lines.append(f"{one.stage.ljust(12)}  {one.outcome.value.ljust(8)}  {one.branch} ({counts})")
    return tuple(lines)


STEPS: Final[tuple[Callable[[World], Step], ...]] = (
    _init,
    _publish,
    _verify,
    _render,
    _promote_all,
    _second,
    _tamper,
    _blocked,
    _propose,
    _status,
)
