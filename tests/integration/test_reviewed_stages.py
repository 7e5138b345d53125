"""Reviewed stages with the forge ``none``: proposals, what people do to them, every kind of merge, landing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import freightlib
import freightlib.errors
from freightlib.errors import PromotionBlockedError, RevisionError, UsageError
from freightlib.plugins.contracts import Forge
from freightlib.plugins.hooks import PromotedEvent, hookimpl
from freightlib.plugins.registry import Plugin, registry
from freightlib.promotion.no_forge import NoForge
from freightlib.promotion.result import Outcome
from freightlib.testing import RepositoryBuilder, git
from freightlib.testing.merging import MERGES
from tests.cli import call, document
from tests.reviewed_world import BASE, PATH, PROPOSAL, Reviewed

pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.slow]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return Reviewed(tmp_path_factory.mktemp("start"))


@pytest.fixture
def world(start: Reviewed, tmp_path: Path) -> Reviewed:
    return start.copy(tmp_path)


def landed(world: Reviewed) -> None:
    """The first release proposed and merged, so that there is something to compare with."""
    world.propose()
    freightlib.land(world.gitops.path, "production", approved=world.gitops.tip(PROPOSAL))


# --- proposing ------------------------------------------------------------------------------------


def test_a_dry_run_of_what_is_proposed_already_says_unchanged(world: Reviewed) -> None:
    assert world.propose(dry_run=True).outcome is Outcome.PROPOSED
    made = world.propose()
    assert (made.outcome, made.branch, made.base, made.pull_request) == (Outcome.PROPOSED, PROPOSAL, BASE, None)
    before = world.gitops.refs()
    for dry_run in (True, False):
        again = world.propose(dry_run=dry_run)
        assert (again.outcome, again.branch, again.commit) == (Outcome.UNCHANGED, PROPOSAL, None)
    assert world.gitops.refs() == before


def test_newer_freight_replaces_the_proposal_on_the_same_branch(world: Reviewed) -> None:
    first = world.propose()
    tag = world.release("second")
    second = world.propose()
    assert (second.outcome, second.tag, second.branch) == (Outcome.PROPOSED, tag, PROPOSAL)
    assert world.gitops.tip(PROPOSAL) == second.commit != first.commit
    assert world.gitops.git("rev-list", "--count", f"{BASE}..{PROPOSAL}") == "1"


def test_a_proposal_that_differs_in_nothing_any_more_is_withdrawn(world: Reviewed) -> None:
    landed(world)
    old = f"git-{world.revision}"
    world.release("second")
    world.propose()
    assert world.propose(freight=old, force=True, dry_run=True).outcome is Outcome.WITHDRAWN
    assert world.gitops.tip(PROPOSAL)
    made = world.propose(freight=old, force=True)
    assert (made.outcome, made.branch) == (Outcome.WITHDRAWN, PROPOSAL)
    assert world.gitops.tip(PROPOSAL) is None
    assert world.propose(freight=old, force=True).outcome is Outcome.UNCHANGED


def test_a_release_with_the_same_manifests_proposes_nothing(world: Reviewed) -> None:
    landed(world)
    revision = world.source.commit({"k8s/helm/README.md": "more words\n"})
    freightlib.publish(
        world.gitops.path, world.source.path, revision=revision, image=f"ghcr.io/example/shop:v2@sha256:{'b' * 64}"
    )
    freightlib.promote(world.gitops.path, ["test"])
    assert world.propose().outcome is Outcome.UNCHANGED
    assert world.gitops.tip(PROPOSAL) is None


# --- what people commit on a proposal -------------------------------------------------------------


def edit_manifest(world: Reviewed) -> None:
    world.gitops.commit_to(PROPOSAL, {f"{PATH}/web.yaml": "kind: Edited\n"})


def edit_beside(world: Reviewed) -> None:
    world.gitops.commit_to(PROPOSAL, {"other/file.yaml": "kind: Other\n"})


def amend(world: Reviewed) -> None:
    world.gitops.git("checkout", "-q", PROPOSAL)
    (world.gitops.path / PATH / "web.yaml").write_text("kind: Edited\n")
    world.gitops.git("commit", "-q", "-a", "--amend", "--no-edit")
    world.gitops.git("checkout", "-q", "main")


def amend_beside(world: Reviewed) -> None:
    world.gitops.git("checkout", "-q", PROPOSAL)
    (world.gitops.path / "other.yaml").write_text("kind: Other\n")
    world.gitops.git("add", "other.yaml")
    world.gitops.git("commit", "-q", "--amend", "--no-edit")
    world.gitops.git("checkout", "-q", "main")


def remove_the_lock(world: Reviewed) -> None:
    world.gitops.git("checkout", "-q", PROPOSAL)
    world.gitops.git("rm", "-q", f"{PATH}/freight.lock")
    world.gitops.git("commit", "-q", "-m", "No lock")
    world.gitops.git("checkout", "-q", "main")


def damage_the_lock(world: Reviewed) -> None:
    world.gitops.commit_to(PROPOSAL, {f"{PATH}/freight.lock": "no: lock\n"})


def merge_something(world: Reviewed) -> None:
    world.gitops.git("checkout", "-q", PROPOSAL)
    world.gitops.git("merge", "-q", "--allow-unrelated-histories", "-m", "Update branch", "stage/test")
    world.gitops.git("checkout", "-q", "main")


EDITS = (edit_manifest, edit_beside, amend, amend_beside, remove_the_lock, damage_the_lock, merge_something)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("newer", [True, False], ids=["newer", "same"])
def test_what_others_committed_on_a_proposal_is_not_dropped_without_a_word(
    world: Reviewed, edit: object, newer: bool
) -> None:
    world.propose()
    edit(world)  # type: ignore[operator]
    if newer:
        world.release("second")
    before = world.gitops.refs()
    for dry_run in (True, False):
        with pytest.raises(PromotionBlockedError, match="was changed by hand") as caught:
            world.propose(dry_run=dry_run)
        assert "--force" in caught.value.hint
        assert caught.value.data["commit"] == world.gitops.tip(PROPOSAL)
    assert world.gitops.refs() == before
    made = world.propose(force=True)
    assert made.outcome is Outcome.PROPOSED
    assert any("was changed by hand" in override for override in made.overrides)
    assert world.propose().outcome is Outcome.UNCHANGED


def test_an_edited_proposal_is_not_withdrawn_without_a_word(world: Reviewed) -> None:
    landed(world)
    old = f"git-{world.revision}"
    world.release("second")
    world.propose()
    edit_manifest(world)
    world.gitops.git("branch", "-f", "stage/test", "stage/test~1")
    before = world.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="was changed by hand"):
        world.propose(freight=old)
    assert world.gitops.refs() == before
    assert world.propose(freight=old, force=True).outcome is Outcome.WITHDRAWN


# --- merges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [False, True], ids=["base-stands", "base-moved-elsewhere"])
@pytest.mark.parametrize("kind", MERGES)
def test_every_kind_of_merge_leaves_a_state_that_is_understood(
    world: Reviewed, tmp_path: Path, kind: str, moved: bool
) -> None:
    landed(world)
    tag = world.release("second")
    world.propose()
    if moved and kind != "fast-forward":
        world.gitops.commit_to(BASE, {"other/file.yaml": "kind: Other\n"})
    with pytest.raises(PromotionBlockedError, match="its upstream production holds git-"):
        freightlib.promote(world.gitops.path, ["beyond"])
    world.gitops.merge(PROPOSAL, BASE, kind)
    assert "second" in world.web()

    row = {row.stage: row for row in freightlib.status(world.gitops.path)[0].stages}["production"]
    assert (row.tag, row.state) == (tag, "current")
    past = list(freightlib.log(world.gitops.path, "production"))
    assert (past[0].tag, past[0].moved) == (tag, ("freight",))

    made = world.propose()
    assert (made.outcome, made.tag) == (Outcome.UNCHANGED, tag)
    assert made.notes == (f"{PROPOSAL} has landed and is removed",)
    assert world.gitops.tip(PROPOSAL) is None
    assert world.propose().notes == ()
    (beyond,) = freightlib.promote(world.gitops.path, ["beyond"])
    assert beyond.outcome is Outcome.PROMOTED


def test_what_was_committed_after_the_merge_is_kept(world: Reviewed, tmp_path: Path) -> None:
    """The output has landed, and what stands beside it is nowhere else."""
    landed(world)
    world.release("second")
    world.propose()
    world.gitops.merge(PROPOSAL, BASE)
    edit_beside(world)
    before = world.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="was changed by hand"):
        world.propose()
    assert world.gitops.refs() == before
    world.propose(force=True)
    assert world.gitops.tip(PROPOSAL) is None


def test_a_proposal_that_was_merged_with_edits_is_proposed_anew(world: Reviewed, tmp_path: Path) -> None:
    landed(world)
    world.release("second")
    world.propose()
    edit_manifest(world)
    world.gitops.merge(PROPOSAL, BASE, "squash")
    with pytest.raises(PromotionBlockedError, match="its upstream production was changed by hand"):
        freightlib.promote(world.gitops.path, ["beyond"])
    made = world.propose()
    assert (made.outcome, made.edited) == (Outcome.PROPOSED, True)


# --- landing --------------------------------------------------------------------------------------


def test_landing_moves_the_branch_to_the_approved_commit_and_removes_the_proposal(world: Reviewed) -> None:
    landed(world)
    tag = world.release("second")
    proposed = world.propose().commit
    before = world.gitops.refs()
    shown = freightlib.land(world.gitops.path, "production", approved=proposed, dry_run=True)
    assert (shown.outcome, shown.commit, len(shown.changes)) == (Outcome.LANDED, None, 1)
    assert world.gitops.refs() == before
    made = freightlib.land(world.gitops.path, "production", approved=proposed)
    assert (made.outcome, made.tag, made.commit, made.branch) == (Outcome.LANDED, tag, proposed, BASE)
    assert (world.gitops.tip(BASE), world.gitops.tip(PROPOSAL)) == (proposed, None)
    assert world.propose().outcome is Outcome.UNCHANGED
    world.gitops.git("fsck", "--strict")


def test_landing_puts_the_approved_manifests_on_a_branch_that_moved_elsewhere(world: Reviewed) -> None:
    landed(world)
    world.release("second")
    proposed = world.propose().commit
    world.gitops.commit_to(BASE, {"other/file.yaml": "kind: Other\n"})
    made = freightlib.land(world.gitops.path, "production", approved=proposed)
    assert made.commit == world.gitops.tip(BASE) != proposed
    assert world.gitops.git("rev-parse", f"{BASE}:{PATH}") == world.gitops.git("rev-parse", f"{proposed}:{PATH}")
    assert world.gitops.git("ls-tree", "-r", "--name-only", BASE, "other") == "other/file.yaml"
    assert world.gitops.git("rev-list", "--count", "--merges", BASE) == "0"
    assert world.propose().outcome is Outcome.UNCHANGED


def test_an_approval_survives_a_proposal_that_is_only_put_on_a_newer_base(world: Reviewed) -> None:
    landed(world)
    world.release("second")
    approved = world.propose().commit
    world.gitops.commit_to(BASE, {"other/file.yaml": "kind: Other\n"})
    again = world.propose()
    assert again.commit not in (None, approved)
    assert freightlib.land(world.gitops.path, "production", approved=approved).commit == again.commit


def blocked(world: Reviewed, approved: str | None, words: str) -> None:
    before = world.gitops.refs()
    with pytest.raises(PromotionBlockedError, match=words):
        freightlib.land(world.gitops.path, "production", approved=approved)
    assert world.gitops.refs() == before


def test_nothing_lands_that_was_not_approved(world: Reviewed) -> None:
    blocked(world, None, f"there is no {PROPOSAL}")
    landed(world)
    world.release("second")
    approved = world.propose().commit
    blocked(world, None, "the forge none has no reviews, and no approved commit was given")
    world.release("third")
    proposed = world.propose().commit
    blocked(world, approved, "its manifests differ from those of")
    blocked(world, world.gitops.tip(BASE), "its manifests differ from those of")
    blocked(world, world.gitops.tip("main"), "its manifests differ from those of")
    with pytest.raises(RevisionError):
        freightlib.land(world.gitops.path, "production", approved="0" * 40)
    assert freightlib.land(world.gitops.path, "production", approved=proposed).outcome is Outcome.LANDED


def test_a_base_that_moved_in_the_path_blocks_landing(world: Reviewed) -> None:
    landed(world)
    world.release("second")
    approved = world.propose().commit
    world.gitops.commit_to(BASE, {f"{PATH}/more.yaml": "kind: More\n"})
    blocked(world, approved, f"has changed in {PATH} since")
    again = world.propose()
    assert again.edited
    blocked(world, approved, f"has changed in {PATH} since")
    assert freightlib.land(world.gitops.path, "production", approved=again.commit).outcome is Outcome.LANDED


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_proposal_that_was_edited_does_not_land_even_when_that_was_approved(world: Reviewed, edit: object) -> None:
    landed(world)
    world.release("second")
    world.propose()
    edit(world)  # type: ignore[operator]
    before = world.gitops.refs()
    with pytest.raises(freightlib.FreightError):
        freightlib.land(world.gitops.path, "production", approved=world.gitops.tip(PROPOSAL))
    assert world.gitops.refs() == before


def test_a_forged_lock_does_not_land(world: Reviewed) -> None:
    """The manifests and their id in the lock changed together: only rendering again tells."""
    landed(world)
    world.release("second")
    made = world.propose()
    world.gitops.git("checkout", "-q", PROPOSAL)
    (world.gitops.path / PATH / "web.yaml").write_text("kind: Forged\n")
    world.gitops.git("rm", "-q", "--cached", f"{PATH}/freight.lock")
    world.gitops.git("add", f"{PATH}/web.yaml")
    tree = world.gitops.git("rev-parse", world.gitops.git("write-tree") + f":{PATH}")
    lock = world.gitops.path / PATH / "freight.lock"
    lock.write_text(lock.read_text().replace(made.lock.manifests, tree))
    world.gitops.git("add", f"{PATH}/freight.lock")
    text = world.gitops.git("log", "-1", "--format=%B").replace(made.lock.manifests, tree)
    world.gitops.git("commit", "-q", "--amend", "-m", text)
    world.gitops.git("checkout", "-q", "main")
    blocked(world, world.gitops.tip(PROPOSAL), "is not what its locked inputs render to")


def test_a_stage_without_review_and_a_lost_release_are_refused(world: Reviewed) -> None:
    with pytest.raises(UsageError, match="is not reviewed"):
        freightlib.land(world.gitops.path, "test")
    made = world.propose()
    shutil.rmtree(world.gitops.path / f"warehouses/codeai/freight/{made.tag}")
    world.gitops.commit({})
    with pytest.raises(freightlib.FreightError):
        freightlib.land(world.gitops.path, "production", approved=made.commit)


def test_an_unknown_forge_is_told_before_anything_is_written(world: Reviewed) -> None:
    text = (world.gitops.path / "freightlib.yaml").read_text()
    world.gitops.commit({"freightlib.yaml": f"forge: {{name: gerrit, repository: a/b}}\n{text}"})
    before = world.gitops.refs()
    with pytest.raises(freightlib.errors.PluginError, match="gerrit"):
        world.propose()
    assert world.gitops.refs() == before


# --- remotes, listeners, words --------------------------------------------------------------------


def test_a_proposal_that_the_remote_has_removed_already_is_removed_here_too(world: Reviewed, tmp_path: Path) -> None:
    landed(world)
    world.release("second")
    remote = tmp_path / "remote.git"
    world.gitops.git("clone", "-q", "--bare", str(world.gitops.path), str(remote))
    world.gitops.git("remote", "add", "origin", str(remote))
    pushing = freightlib.open_repository(world.gitops.path, push=True)
    (made,) = freightlib.promote(pushing, ["production"])
    assert git(remote, "rev-parse", PROPOSAL) == made.commit
    RepositoryBuilder(remote).merge(PROPOSAL, BASE, "squash")
    git(remote, "branch", "-q", "-D", PROPOSAL)
    world.gitops.git("fetch", "-q", "origin", f"{BASE}:{BASE}")
    (again,) = freightlib.promote(pushing, ["production"])
    assert again.notes == (f"{PROPOSAL} has landed and is removed",)
    assert world.gitops.tip(PROPOSAL) is None


class Listener:
    def __init__(self) -> None:
        self.events: list[PromotedEvent] = []

    @hookimpl
    def freightlib_promoted(self, event: PromotedEvent) -> None:
        self.events.append(event)


def test_plugins_are_told_of_a_landing_and_not_of_a_proposal(world: Reviewed) -> None:
    landed(world)
    world.release("second")
    listener, before = Listener(), world.gitops.tip(BASE)
    registry().manager.register(listener, name="listener")
    try:
        proposed = world.propose().commit
        freightlib.land(world.gitops.path, "production", approved=proposed)
    finally:
        registry().manager.unregister(name="listener")
    assert [(one.stage, one.branch, one.commit, one.previous) for one in listener.events] == [
        ("production", BASE, proposed, before)
    ]


def test_a_forge_without_a_push_is_told_and_not_asked(world: Reviewed) -> None:
    text = (world.gitops.path / "freightlib.yaml").read_text()
    world.gitops.commit({"freightlib.yaml": f"forge: {{name: standin, repository: a/b}}\n{text}"})

    class StandIn(NoForge):
        name = "standin"

        @hookimpl
        def freightlib_forges(self) -> list[Forge]:
            return [self]

    registry().add(StandIn(), Plugin("standin", "standin", "1"))
    try:
        made = world.propose()
    finally:
        registry().remove("standin")
    assert made.outcome is Outcome.PROPOSED
    assert made.notes == ("nothing was pushed, so standin was not asked for a pull request: promote with --push",)


def test_the_command_lands_and_says_so(world: Reviewed, capsys: pytest.CaptureFixture[str]) -> None:
    landed(world)
    tag = world.release("second")
    proposed = world.propose().commit
    words = ("promote", "production", "--land", "--repo", world.gitops.path)
    status, _, err = call(capsys, *words)
    assert (status, "the forge none has no reviews, and no approved commit was given" in err) == (1, True)
    assert call(capsys, "promote", "production", "test", "--land", "--repo", world.gitops.path)[0] == 2
    status, out, _ = call(capsys, *words, "--approved", proposed, "--dry-run")
    assert (status, "would be landed" in out) == (0, True)
    status, out, _ = call(capsys, *words, "--approved", proposed, "--json")
    (shown,) = document("promote", out)["promotions"]
    assert (status, shown["outcome"], shown["tag"], shown["commit"]) == (0, "landed", tag, proposed)
    status, out, _ = call(capsys, "promote", "production", "--repo", world.gitops.path)
    assert (status, "unchanged" in out) == (0, True)
