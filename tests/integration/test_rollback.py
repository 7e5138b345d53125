"""Rolling a stage back, in both kinds: what is put there, what is recorded, who is asked, what comes after."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

import freightlib
from freightlib.cli import main
from freightlib.documents import read_lock, write_lock
from freightlib.errors import LockError, ProjectError, PromotionBlockedError, RecordError, UsageError
from freightlib.models import Freight, LockedRollback
from freightlib.plugins.hooks import PromotedEvent, hookimpl
from freightlib.plugins.registry import registry
from freightlib.plugins.repositories import open_repository
from freightlib.promotion.result import Outcome
from freightlib.promotion.rollback_steps import held_back
from freightlib.rendering.branch import BranchState
from freightlib.testing import git
from freightlib.warehouse.gitops_tree import GitopsTree, project_at
from freightlib.warehouse.snapshots import read_snapshot
from tests.cli import call, document
from tests.retention_world import PROPOSAL, WAREHOUSE, Shop, release_meanwhile
from tests.worlds import World

pytestmark = pytest.mark.slow

KINDS = ("exact", "current-policy")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Shop:
    """Three releases on staging and in production, the last one with another policy."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for number in range(3):
        if number == 2:
            shop.policy("two")
        shop.release("staging", "production")
        shop.merge(("merge", "squash", "fast-forward")[number])
    return shop


@pytest.fixture
def shop(base: Shop, tmp_path: Path) -> Shop:
    return base.copy(tmp_path)


def back(shop: Shop, stage: str, number: int, kind: str, **options: object) -> freightlib.Promotion:
    exact, to = {"exact": True, "current-policy": False}[kind], shop.tags[number]
    (made,) = freightlib.rollback(shop.gitops.path, [stage], to=to, exact=exact, **options)  # type: ignore[arg-type]
    return made


def lock_of(shop: Shop, stage: str, revision: str | None = None) -> freightlib.RenderLock:
    repository = open_repository(shop.gitops.path)
    tip = repository.resolve(revision or f"refs/heads/stage/{stage}")
    lock = BranchState.read(repository, f"refs/heads/stage/{stage}", f"deploy/{stage}", tip=tip).lock
    assert lock is not None
    return lock


# --- the two kinds --------------------------------------------------------------------------------


def test_exact_puts_the_very_bytes_back(shop: Shop) -> None:
    then, before = shop.gitops.git("rev-parse", "stage/staging~1"), shop.gitops.tip("stage/staging")
    current = shop.gitops.git("rev-parse", "main")
    made = back(shop, "staging", 1, "exact")
    assert (made.outcome, made.tag, made.previous_tag) == (Outcome.PROMOTED, shop.tags[1], shop.tags[2])
    assert shop.files("staging") == shop.files("staging", then)
    assert '"policy": "one"' in shop.output("staging")
    lock = lock_of(shop, "staging")
    assert lock.rollback == LockedRollback("exact", shop.tags[2], then)
    assert evolve(lock, rollback=None) == lock_of(shop, "staging", then)
    assert shop.gitops.git("rev-parse", "stage/staging~1") == before
    assert shop.gitops.git("rev-parse", "main") == current
    message = shop.gitops.git("log", "-1", "--format=%B", "stage/staging")
    assert message.startswith(f"Roll codeai staging back to {shop.tags[1]}, as it was\n")
    assert f"Freight-Rollback: exact, left {shop.tags[2]}, as at {then}" in message
    shop.check()


def test_with_todays_policy_that_release_is_rendered_anew(shop: Shop) -> None:
    then = shop.gitops.git("rev-parse", "stage/staging~1")
    made = back(shop, "staging", 1, "current-policy")
    assert made.outcome is Outcome.PROMOTED
    assert '"policy": "two"' in shop.output("staging")
    assert "word: number1" in shop.output("staging")
    assert lock_of(shop, "staging").rollback == LockedRollback("current-policy", shop.tags[2], then)
    assert lock_of(shop, "staging").policy.commit == shop.gitops.git("rev-parse", "main")
    shop.check()


def test_one_of_the_two_must_be_named(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TypeError, match="exact"):
        freightlib.rollback(shop.gitops, ["staging"], to=shop.tags[1])  # type: ignore[call-arg]
    assert main(["rollback", "staging", "--to", shop.tags[1], "--repo", str(shop.gitops)]) == 2
    err = capsys.readouterr().err
    assert "--exact puts back the exact bytes" in err
    assert "--with-current-policy renders" in err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("merge", ["merge", "squash", "fast-forward"])
def test_a_reviewed_stage_is_asked_for_its_review(shop: Shop, kind: str, merge: str) -> None:
    before = shop.gitops.tip("stage/production")
    made = back(shop, "production", 0, kind)
    assert (made.outcome, made.branch, made.base) == (Outcome.PROPOSED, PROPOSAL, "stage/production")
    assert shop.gitops.tip("stage/production") == before
    assert shop.gitops.git("rev-parse", f"{PROPOSAL}~1") == before
    assert back(shop, "production", 0, kind).outcome is Outcome.UNCHANGED
    shop.merge(merge)
    assert "word: number0" in shop.output("production")
    assert lock_of(shop, "production").rollback is not None
    assert back(shop, "production", 0, kind).branch == "stage/production"
    shop.check()
    (first, *_) = freightlib.log(shop.gitops.path, "production")
    assert first.how == {"merge": "merge", "squash": "squash", "fast-forward": "promotion"}[merge]
    assert first.moved[:2] == ("rollback", "freight")
    assert first.rollback == lock_of(shop, "production").rollback


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollback_that_was_approved_lands(shop: Shop, kind: str) -> None:
    made = back(shop, "production", 0, kind)
    assert freightlib.land(shop.gitops.path, "production", approved=made.commit).outcome is Outcome.LANDED
    assert "word: number0" in shop.output("production")
    assert shop.gitops.tip(PROPOSAL) is None
    shop.check()


def test_an_exact_rollback_lands_though_its_release_cannot_be_rendered_any_more(shop: Shop) -> None:
    then = shop.files("production", "stage/production~1")
    made = back(shop, "production", 1, "exact")
    shop.gitops.git("rm", "-rq", f"{WAREHOUSE}/{shop.tags[1]}")
    shop.gitops.git("commit", "-qm", "Gone")
    assert freightlib.land(shop.gitops.path, "production", approved=made.commit).outcome is Outcome.LANDED
    assert shop.files("production") == then


@pytest.mark.parametrize("told", ["bytes of another commit", "another release"])
def test_an_exact_rollback_that_is_none_does_not_land(shop: Shop, told: str) -> None:
    """A lock that says it puts back what the branch held at a commit, on bytes which that commit never held."""
    made = back(shop, "production", 0, "exact")
    assert made.lock.rollback is not None
    here = made.lock.rollback.commit
    other = shop.gitops.git("rev-parse", "stage/production")
    shop.gitops.git("checkout", "-q", PROPOSAL)
    lock = shop.gitops.path / "deploy/production/freight.lock"
    swap = (here, other) if told == "bytes of another commit" else (shop.tags[0], shop.tags[2])
    assert swap[0] in lock.read_text()
    lock.write_text(lock.read_text().replace(*swap))
    text = shop.gitops.git("log", "-1", "--format=%B").replace(*swap)
    shop.gitops.git("commit", "-qa", "--amend", "-m", text)
    forged = shop.gitops.git("rev-parse", "HEAD")
    shop.gitops.git("checkout", "-q", "main")
    before = shop.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="is not what stage/production held at the commit that its lock"):
        freightlib.land(shop.gitops.path, "production", approved=forged)
    assert shop.gitops.refs() == before


def test_a_promotion_that_proposes_the_same_is_no_rollback(shop: Shop) -> None:
    freightlib.promote(shop.gitops.path, ["staging", "production"], freight=shop.tags[1])
    assert lock_of(shop, "production", PROPOSAL).rollback is None
    assert back(shop, "production", 1, "current-policy").outcome is Outcome.PROPOSED
    assert lock_of(shop, "production", PROPOSAL).rollback is not None


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_stages_is_not_asked(shop: Shop, kind: str) -> None:
    """production's upstream holds another release: that is what a rollback is."""
    with pytest.raises(PromotionBlockedError):
        freightlib.promote(shop.gitops.path, ["production"], freight=shop.tags[1])
    assert back(shop, "production", 1, kind).overrides == ()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_stage_never_held_is_promoted_instead(shop: Shop, kind: str) -> None:
    shop.tags.append(shop.release())
    before = shop.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="never held") as caught:
        back(shop, "staging", 3, kind)
    assert caught.value.hint == f"promote it: freight promote staging --freight {shop.tags[3]}"
    assert shop.gitops.refs() == before


def test_a_stage_without_a_release_has_nothing_to_go_back_to(shop: Shop) -> None:
    shop.gitops.git("update-ref", "-d", "refs/heads/stage/staging")
    with pytest.raises(PromotionBlockedError, match="holds no release yet"):
        back(shop, "staging", 1, "exact")


def test_several_stages_move_together_or_none(shop: Shop) -> None:
    made = freightlib.rollback(shop.gitops.path, ["production", "staging"], to=shop.tags[0], exact=True)
    assert [(one.stage, one.outcome.value) for one in made] == [("staging", "promoted"), ("production", "proposed")]
    shop.release("staging")
    before = shop.gitops.refs()
    with pytest.raises(PromotionBlockedError, match="production was not rolled back"):
        freightlib.rollback(shop.gitops.path, ["staging", "production"], to=shop.tags[3], exact=True)
    assert shop.gitops.refs() == before


def test_a_dry_run_writes_nothing(shop: Shop) -> None:
    before = shop.gitops.refs()
    for kind in KINDS:
        made = back(shop, "staging", 0, kind, dry_run=True)
        assert (made.outcome, made.commit, [one.path for one in made.changes]) == (
            Outcome.PROMOTED,
            None,
            ["web.yaml"],
        )
    assert shop.gitops.refs() == before


# --- which commit ---------------------------------------------------------------------------------


def test_the_newest_commit_that_held_it_counts_unless_one_is_named(shop: Shop) -> None:
    """The last release came twice: with the policy of then, and with another one later."""
    older = shop.gitops.tip("stage/staging")
    shop.policy("three")
    freightlib.promote(shop.gitops.path, ["staging"])
    newer = shop.gitops.tip("stage/staging")
    shop.release("staging")
    back(shop, "staging", 2, "exact")
    assert shop.files("staging") == shop.files("staging", newer)
    back(shop, "staging", 2, "exact", commit=older)
    assert shop.files("staging") == shop.files("staging", older)
    rollback = lock_of(shop, "staging").rollback
    assert rollback is not None
    assert rollback.commit == older
    shop.check()


def test_a_commit_that_the_branch_was_never_at_is_refused(shop: Shop) -> None:
    """The second parent of a merge is what was proposed, not what was deployed."""
    side = shop.gitops.git("log", "--merges", "-1", "--format=%P", "stage/production").split()[1]
    for commit in (side, shop.gitops.git("rev-parse", "main")):
        with pytest.raises(PromotionBlockedError, match="was never at"):
            back(shop, "production", 0, "exact", commit=commit)
    with pytest.raises(PromotionBlockedError, match="it held git-"):
        back(shop, "staging", 0, "exact", commit=shop.gitops.git("rev-parse", "stage/staging~1"))
    with pytest.raises(UsageError, match="one stage's branch"):
        freightlib.rollback(shop.gitops.path, ["staging", "production"], to=shop.tags[0], exact=True, commit="main")


def test_what_was_edited_by_hand_does_not_come_back(shop: Shop) -> None:
    clean = shop.gitops.tip("stage/staging")
    edited = shop.gitops.commit_to("stage/staging", {"deploy/staging/web.yaml": "kind: Edited\n"})
    shop.release("staging")
    back(shop, "staging", 2, "exact")
    assert shop.files("staging") == shop.files("staging", clean)
    with pytest.raises(PromotionBlockedError, match="changed by hand"):
        back(shop, "staging", 2, "exact", commit=edited)


def test_an_edit_of_today_is_undone_and_told(shop: Shop) -> None:
    clean = shop.gitops.tip("stage/staging")
    shop.gitops.commit_to("stage/staging", {"deploy/staging/web.yaml": "kind: Edited\n"})
    made = back(shop, "staging", 2, "exact")
    assert (made.outcome, made.edited) == (Outcome.PROMOTED, True)
    assert shop.files("staging") == shop.files("staging", clean)


def test_what_is_there_already_makes_no_commit(shop: Shop) -> None:
    before = shop.gitops.refs()
    for kind in KINDS:
        made = back(shop, "staging", 2, kind)
        assert (made.outcome, made.lock.rollback) == (Outcome.UNCHANGED, None)
    assert shop.gitops.refs() == before


def test_a_shallow_clone_says_what_it_lacks(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{shop.gitops.path}", "clone")
    git(tmp_path / "clone", "branch", "-q", "stage/staging", "origin/stage/staging")
    with pytest.raises(PromotionBlockedError, match="does not have the whole history") as caught:
        freightlib.rollback(tmp_path / "clone", ["staging"], to=shop.tags[0], exact=True)
    assert "unshallow" in caught.value.hint
    assert len(list(freightlib.log(tmp_path / "clone", "staging"))) == 1


# --- with retention -------------------------------------------------------------------------------


def test_a_pruned_release_can_have_its_bytes_back(shop: Shop) -> None:
    for _ in range(4):
        shop.release("staging")
    freightlib.prune(shop.gitops.path, keep=1, keep_per_stage=0)
    assert shop.tags[1] not in shop.there()
    with pytest.raises(UsageError, match="was pruned"):
        back(shop, "staging", 1, "current-policy")
    back(shop, "staging", 1, "exact")
    assert "word: number1" in shop.output("staging")
    shop.check()
    shop.publish_again(shop.tags[1])
    back(shop, "staging", 1, "current-policy")
    shop.check()


# --- what comes after -----------------------------------------------------------------------------


def test_the_next_promotion_moves_the_stage_on(shop: Shop) -> None:
    back(shop, "staging", 0, "exact")
    (made,) = freightlib.promote(shop.gitops.path, ["staging"])
    assert (made.outcome, made.tag) == (Outcome.PROMOTED, shop.tags[2])
    assert lock_of(shop, "staging").rollback is None
    shop.check()


def test_promoting_what_it_was_rolled_back_to_changes_nothing(shop: Shop) -> None:
    back(shop, "staging", 0, "current-policy")
    (made,) = freightlib.promote(shop.gitops.path, ["staging"], freight=shop.tags[0])
    assert made.outcome is Outcome.UNCHANGED
    assert lock_of(shop, "staging").rollback is not None


def test_a_stage_that_was_rolled_back_is_left_alone_until_a_newer_release_is_there(shop: Shop) -> None:
    def record(tag: str) -> Freight:
        tree = GitopsTree.at(open_repository(shop.gitops.path), "main")
        return read_snapshot(tree, project_at(tree).apps["codeai"], tag).freight

    assert held_back(None, record(shop.tags[2]), None) is False
    assert held_back(lock_of(shop, "staging"), record(shop.tags[2]), None) is False
    back(shop, "staging", 0, "exact")
    lock, left = lock_of(shop, "staging"), record(shop.tags[2])
    assert [held_back(lock, record(tag), left) for tag in shop.tags] == [True, True, True]
    assert held_back(lock, record(shop.release()), left) is False
    assert held_back(lock, record(shop.tags[3]), None) is True
    assert held_back(lock, evolve(record(shop.tags[3]), created_at=left.created_at), left) is True
    assert held_back(lock, evolve(record(shop.tags[3]), created_at=datetime(2000, 1, 1, tzinfo=UTC)), left) is True


def test_listeners_are_told_of_what_moved(shop: Shop) -> None:
    class Listener:
        def __init__(self) -> None:
            self.seen: list[PromotedEvent] = []

        @hookimpl
        def freightlib_promoted(self, event: PromotedEvent) -> None:
            self.seen.append(event)

    listener = Listener()
    registry().manager.register(listener, name="listener")
    try:
        back(shop, "staging", 0, "exact", dry_run=True)
        back(shop, "production", 0, "exact")
        made = back(shop, "staging", 0, "exact")
    finally:
        registry().manager.unregister(listener)
    assert [(one.stage, one.commit) for one in listener.seen] == [("staging", made.commit)]
    assert listener.seen[0].lock.rollback is not None


def test_a_branch_that_moves_meanwhile_is_judged_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = open_repository(shop.gitops.path)
    release_meanwhile(shop, repository, monkeypatch, "refs/heads/stage/staging")
    (made,) = freightlib.rollback(repository, ["staging"], to=shop.tags[0], exact=True)
    assert made.previous_tag == shop.tags[3]
    assert lock_of(shop, "staging").rollback == evolve(made.lock.rollback or made.lock, left=shop.tags[3])


# --- damage and hostility -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        "rollback: soon",
        "rollback: {kind: exact}",
        "rollback: {kind: other, left: TAG, commit: ID}",
        "rollback: {kind: exact, left: git-1, commit: ID}",
        "rollback: {kind: exact, left: TAG, commit: ../../x}",
        "rollback: {kind: exact, left: TAG, commit: ID, more: 1}",
        "rollback: [exact]",
    ],
)
def test_a_record_that_is_none_is_a_damaged_lock(shop: Shop, record: str) -> None:
    text = shop.gitops.git("show", "stage/staging:deploy/staging/freight.lock")
    record = record.replace("TAG", shop.tags[0]).replace("ID", "0" * 40)
    shop.gitops.commit_to("stage/staging", {"deploy/staging/freight.lock": f"{text}\n{record}\n"})
    with pytest.raises(LockError, match="rollback"):
        back(shop, "staging", 0, "exact")


def test_another_stages_lock_is_not_what_this_one_held(shop: Shop) -> None:
    """Its bytes were never deployed by this stage, whoever put them on its branch."""
    other = shop.gitops.git("show", "stage/staging~2:deploy/staging/freight.lock")
    other = other.replace("stage: staging", "stage: x").replace(shop.tags[0], f"git-{'e' * 40}")
    shop.gitops.commit_to("stage/staging", {"deploy/staging/freight.lock": f"{other}\n"})
    own = shop.gitops.git("show", "stage/staging~1:deploy/staging/freight.lock")
    shop.gitops.commit_to("stage/staging", {"deploy/staging/freight.lock": f"{own}\n"})
    with pytest.raises(PromotionBlockedError, match="never held"):
        freightlib.rollback(shop.gitops.path, ["staging"], to="e" * 40, exact=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_current_does_not_stand_in_the_way(shop: Shop, kind: str) -> None:
    shop.gitops.commit({f"{WAREHOUSE}/current/freight.yaml": "revision: [\n"})
    with pytest.raises(RecordError):
        freightlib.promote(shop.gitops.path, ["staging"])
    assert back(shop, "staging", 0, kind).outcome is Outcome.PROMOTED


def test_what_another_stage_has_inside_is_not_wiped_out(shop: Shop) -> None:
    other = shop.gitops.git("show", "stage/staging:deploy/staging/freight.lock").replace("stage: staging", "stage: x")
    shop.gitops.commit_to("stage/staging", {"deploy/staging/inside/freight.lock": f"{other}\n"})
    with pytest.raises(ProjectError, match="would overwrite another stage"):
        back(shop, "staging", 0, "exact")


def test_a_rollback_is_told_of_once(shop: Shop) -> None:
    """A commit that keeps the record, such as an edit that was put right, is no other rollback."""
    back(shop, "staging", 0, "exact")
    text = shop.gitops.git("show", "stage/staging:deploy/staging/freight.lock")
    shop.gitops.commit_to(
        "stage/staging", {"deploy/staging/freight.lock": f"{text.replace('engine: freightlib', 'engine: x')}\n"}
    )
    assert [one.moved for one in freightlib.log(shop.gitops.path, "staging")][:2] == [
        ("renderer",),
        ("rollback", "freight", "renderer"),
    ]


def rewritten(shop: Shop, **changes: str) -> freightlib.Report:
    """What audit says after somebody changed the record in the lock, and the commit's trailers with it."""
    text = shop.gitops.git("show", "stage/staging:deploy/staging/freight.lock")
    message = shop.gitops.git("log", "-1", "--format=%B", "stage/staging")
    for old, new in changes.values():
        text, message = text.replace(old, new), message.replace(old, new)
    shop.gitops.git("checkout", "-q", "stage/staging")
    # in the form that freightlib writes: some ids, such as 0b1b0b31…, stand in quotes
    (shop.gitops.path / "deploy/staging/freight.lock").write_bytes(write_lock(read_lock(text.encode())))
    shop.gitops.git("commit", "-qa", "--amend", "-m", message)
    shop.gitops.git("checkout", "-q", "main")
    return freightlib.audit(shop.gitops.path, ["staging"])


def test_audit_finds_a_record_that_the_commit_does_not_tell(shop: Shop) -> None:
    back(shop, "staging", 0, "exact")
    assert rewritten(shop).findings == ()
    left = (f"left: {shop.tags[2]}", f"left: {shop.tags[1]}")
    report = rewritten(shop, left=left)
    assert [(one.code, one.data["trailer"]) for one in report.findings] == [("lock-trailers", "Freight-Rollback")]


def test_audit_finds_a_record_that_is_not_true(shop: Shop) -> None:
    then, main = (shop.gitops.git("rev-parse", name) for name in ("stage/staging~2", "main"))
    between = shop.gitops.git("rev-parse", "stage/staging~1")
    for new, words in (
        (main, "not an earlier commit of the branch"),
        ("e" * 40, "not an earlier commit of the branch"),
        (between, "the stage held git-"),
    ):
        back(shop, "staging", 0, "exact")
        (found,) = rewritten(shop, commit=(then, new)).findings
        assert (found.code, words in found.message) == ("lock-rollback", True), found.message
        freightlib.promote(shop.gitops.path, ["staging"], force=True)
        shop.gitops.git("update-ref", "refs/heads/stage/staging", "stage/staging~2")


def test_audit_finds_an_exact_rollback_that_is_none(shop: Shop) -> None:
    back(shop, "staging", 0, "current-policy")
    (found,) = rewritten(
        shop,
        lock=("kind: current-policy", "kind: exact"),
        trailer=("Freight-Rollback: current-policy", "Freight-Rollback: exact"),
    ).findings
    assert (found.code, "its lock was different" in found.message) == ("lock-rollback", True)


# --- the command ----------------------------------------------------------------------------------


def test_the_command(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    repo, to = f"--repo={shop.gitops.path}", f"--to={shop.tags[0]}"
    status, _, err = call(capsys, "rollback", "staging", repo, to)
    assert (status, len(err.splitlines())) == (2, 2)
    assert "--exact puts back the exact bytes" in err
    assert call(capsys, "rollback", "staging", repo, to, "--exact", "--with-current-policy")[0] == 2
    status, out, err = call(capsys, "rollback", "staging", "production", repo, to, "--exact", "--dry-run")
    assert (status, err) == (0, "")
    assert "+data: {word: number0}" in out
    assert "production  would be proposed" in out
    made = document("rollback", call(capsys, "rollback", "staging", repo, to, "--exact", "--json")[1])
    assert (made["dryRun"], made["kind"]) == (False, "exact")
    assert made["promotions"][0]["lock"]["rollback"]["left"] == shop.tags[2]
    out = call(capsys, "rollback", "staging", repo, to, "--exact")[1]
    assert out == f"staging  unchanged  stage/staging holds {shop.tags[0][:16]} already\n"
    out = call(capsys, "rollback", "production", repo, to, "--with-current-policy")[1]
    assert out.splitlines()[1] == f"            pull request: open one from {PROPOSAL} into stage/production"
    status, _, err = call(capsys, "rollback", "staging", repo, f"--to={'git-' + 'e' * 40}", "--exact")
    assert (status, len(err.splitlines())) == (1, 2)
    shown = document("log", call(capsys, "log", "staging", repo, "--json")[1])
    assert shown["promotions"][0]["moved"] == ["rollback", "freight", "renderer"]
    assert shown["promotions"][0]["rollback"]["kind"] == "exact"
    out = call(capsys, "log", "staging", repo)[1]
    assert "rollback (exact)" in out.splitlines()[1]


def test_pushed(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(shop.gitops.path), "bare.git")
    address = f"file://{tmp_path}/bare.git"
    (made,) = freightlib.rollback(address, ["staging"], to=shop.tags[0], exact=True)
    assert git(tmp_path / "bare.git", "rev-parse", "stage/staging") == made.commit


# --- with Helm ------------------------------------------------------------------------------------


def test_both_kinds_with_helm_and_values_that_moved(tmp_path: Path) -> None:
    world = World(tmp_path)
    gitops = world.gitops.path

    def tag(number: int) -> str:
        revision = world.source.commit({"k8s/helm/values.yaml": f"image: x\nreplicas: 1\nRAILS_ENV: {number}\n"})
        made = freightlib.publish(gitops, world.source.path, revision=revision, image=world.image)
        freightlib.promote(gitops, ["staging"])
        return made.tag

    first, _ = tag(1), tag(2)
    world.gitops.commit({"apps/codeai/deployments/staging/values.yaml": "replicas: 99\n"})
    output = "stage/staging:apps/codeai/deployments/staging/deploy/shop/templates/web.yaml"
    (exact,) = freightlib.rollback(gitops, ["staging"], to=first, exact=True)
    assert "replicas: 7" in git(gitops, "show", output)
    assert freightlib.audit(gitops, ["staging"], rerender=True).findings == ()
    (made,) = freightlib.rollback(gitops, ["staging"], to=first, exact=False)
    assert "replicas: 99" in git(gitops, "show", output)
    assert made.previous_tag == exact.tag
    assert freightlib.audit(gitops, ["staging"], rerender=True).findings == ()
