"""Retention: what goes, what stays, what the history says of it, and how a pruned release comes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import freightlib
from freightlib.errors import (
    ImmutableSnapshotError,
    LockError,
    UsageError,
    VerificationError,
)
from freightlib.plugins.repositories import open_repository
from freightlib.testing import git
from tests.cli import call, document
from tests.plain_world import IMAGE
from tests.retention_world import FIRST, PROPOSAL, WAREHOUSE, Shop, release_meanwhile

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Shop:
    """Eight releases, each promoted to staging; production holds the first, and proposes the third."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.release("staging", "production")
    shop.merge()
    shop.release("staging")
    shop.release("staging", "production")
    for _ in range(5):
        shop.release("staging")
    return shop


@pytest.fixture
def shop(base: Shop, tmp_path: Path) -> Shop:
    return base.copy(tmp_path)


# --- what goes ------------------------------------------------------------------------------------


def test_what_nothing_refers_to_goes_and_the_history_stays_green(shop: Shop) -> None:
    """Never: what staging and production hold, what is proposed, and the two that staging can be rolled back to."""
    trees = {tag: shop.tree(tag) for tag in shop.tags}
    before = shop.gitops.tip("main")
    made = freightlib.prune(shop.gitops.path, keep=1)
    gone = [shop.tags[number] for number in (1, 3, 4)]
    assert [one.tag for one in made.removed] == gone
    assert shop.there() == [tag for tag in shop.tags if tag not in gone]
    assert (made.previous, made.commit) == (before, shop.gitops.tip("main"))
    assert shop.gitops.git("rev-parse", "main~1") == before
    listed = shop.gitops.git("show", f"main:{WAREHOUSE}/pruned.yaml")
    assert all(f"- tag: {tag}\n  tree: {trees[tag]}" in listed for tag in gone)
    assert shop.gitops.git("status", "--porcelain") == ""
    reasons = {one.tag: one.reasons for one in made.kept}
    assert reasons[shop.tags[0]] == ("held by production",)
    assert reasons[shop.tags[2]] == (f"proposed on {PROPOSAL}",)
    assert reasons[shop.tags[5]] == reasons[shop.tags[6]] == ("in the rollback window of staging",)
    assert reasons[shop.tags[7]] == ("mirrored by current/", "held by staging", "among the newest 1")
    shop.check()


def test_nothing_is_written_unless_it_is_asked_for(shop: Shop) -> None:
    before = shop.gitops.refs()
    made = freightlib.prune(shop.gitops.path, keep=1, dry_run=True)
    assert (made.dry_run, made.commit, len(made.removed)) == (True, None, 3)
    assert shop.gitops.refs() == before


def test_both_rules_must_allow_it(shop: Shop) -> None:
    now = FIRST + timedelta(days=10)

    def gone(**rules: Any) -> list[int]:
        made = freightlib.prune(shop.gitops.path, now=now, **rules, dry_run=True)
        return [shop.tags.index(one.tag) for one in made.removed]

    assert gone(keep=0, keep_per_stage=0) == [1, 3, 4, 5, 6]
    assert gone(older_than=timedelta(days=6), keep_per_stage=0) == [1, 3]
    assert gone(older_than=timedelta(days=6, seconds=-1), keep_per_stage=0) == [1, 3, 4]
    assert gone(keep=6, older_than=timedelta(0)) == [1]
    assert gone(keep=2, older_than=timedelta(days=8)) == [1]
    assert gone(keep=8) == gone(older_than=timedelta(days=9)) == []


def test_the_rollback_window_is_counted_by_releases(shop: Shop) -> None:
    freightlib.promote(shop.gitops.path, ["staging"], freight=shop.tags[6])
    freightlib.promote(shop.gitops.path, ["staging"], freight=shop.tags[7])
    reasons = {one.tag: one.reasons for one in freightlib.prune(shop.gitops.path, keep=0, dry_run=True).kept}
    assert [number for number, tag in enumerate(shop.tags) if any("window" in one for one in reasons.get(tag, ()))] == [
        5,
        6,
    ]


def test_the_newest_are_those_of_the_last_commits_not_of_the_last_times(shop: Shop) -> None:
    """A record's time is what its publisher said."""
    revision = shop.source.commit({"k8s/helm/web.yaml": "kind: Late\nmetadata: {name: late}\n"})
    shop.tags.append(shop.publish(revision, created_at=FIRST - timedelta(days=300)).tag)
    shop.release()
    kept = freightlib.prune(shop.gitops.path, keep=2, dry_run=True).kept
    late = next(one for one in kept if one.tag == shop.tags[-2])
    assert late.reasons == ("among the newest 2",)
    made = freightlib.prune(shop.gitops.path, keep=2, now=FIRST, older_than=timedelta(days=200), dry_run=True)
    assert made.removed == ()


def test_what_was_rolled_back_from_stays(shop: Shop) -> None:
    left = shop.tags[7]
    freightlib.rollback(shop.gitops.path, ["staging"], to=shop.tags[1], exact=True)
    shop.release()
    made = freightlib.prune(shop.gitops.path, keep=0, keep_per_stage=0, dry_run=True)
    reasons = {one.tag: one.reasons for one in made.kept}
    assert reasons[left] == ("left in a rollback of staging",)
    assert reasons[shop.tags[1]] == ("held by staging",)


def test_a_rule_must_be_given(shop: Shop) -> None:
    with pytest.raises(UsageError, match="no rule") as caught:
        freightlib.prune(shop.gitops.path, dry_run=True)
    assert "--keep" in caught.value.hint
    for wrong in ({"keep": -1}, {"keep": 1, "keep_per_stage": -1}, {"older_than": timedelta(days=-1)}):
        with pytest.raises(UsageError, match="negative"):
            freightlib.prune(shop.gitops.path, **wrong, dry_run=True)  # type: ignore[arg-type]


# --- what it refuses to work on -------------------------------------------------------------------


def test_a_broken_mirror_is_refused(shop: Shop) -> None:
    shop.gitops.commit({f"{WAREHOUSE}/current/manifests/web.yaml": "kind: Other\n"})
    before = shop.gitops.refs()
    with pytest.raises(VerificationError, match="not sound") as caught:
        freightlib.prune(shop.gitops.path, keep=1)
    assert "freight verify" in caught.value.hint
    assert shop.gitops.refs() == before


def test_a_list_that_cannot_be_read_is_refused(shop: Shop) -> None:
    shop.gitops.commit({f"{WAREHOUSE}/pruned.yaml": "pruned: [\n"})
    with pytest.raises(VerificationError, match=r"pruned\.yaml"):
        freightlib.prune(shop.gitops.path, keep=1)


def test_a_stage_whose_lock_is_damaged_is_refused(shop: Shop) -> None:
    """What it holds cannot be told, so nothing may go."""
    shop.gitops.commit_to("stage/production", {"deploy/production/freight.lock": "app: [\n"})
    with pytest.raises(LockError):
        freightlib.prune(shop.gitops.path, keep=1)


def test_a_release_that_cannot_be_read_stays(shop: Shop) -> None:
    shop.gitops.commit({f"{WAREHOUSE}/{shop.tags[1]}/freight.yaml": "revision: [\n"})
    kept = {one.tag: one for one in freightlib.prune(shop.gitops.path, keep=0, dry_run=True).kept}
    assert kept[shop.tags[1]].created_at is None
    assert kept[shop.tags[1]].reasons[0].startswith("cannot be read: ")


def test_branches_at_a_remote_count(shop: Shop, tmp_path: Path) -> None:
    """A clone has its stages' branches as remote-tracking ones alone."""
    git(tmp_path, "clone", "-q", str(shop.gitops.path), "clone")
    assert git(tmp_path / "clone", "for-each-ref", "--format=%(refname)", "refs/heads/") == "refs/heads/main"
    made = freightlib.prune(tmp_path / "clone", keep=1, dry_run=True)
    assert [one.tag for one in made.removed] == [shop.tags[number] for number in (1, 3, 4)]
    assert made.notes == ()


def test_a_branch_counts_here_and_there_where_the_two_differ(shop: Shop, tmp_path: Path) -> None:
    """Here staging was set back and moved on; at the remote it holds what this branch does not show any more."""
    git(tmp_path, "clone", "-q", str(shop.gitops.path), "clone")
    git(tmp_path / "clone", "branch", "-q", "stage/staging", "origin/stage/staging~3")
    made = freightlib.prune(tmp_path / "clone", keep=1, keep_per_stage=1, dry_run=True)
    assert [one.tag for one in made.removed] == [shop.tags[number] for number in (1, 5)]
    reasons = {one.tag: one.reasons for one in made.kept}
    assert reasons[shop.tags[4]] == ("held by staging",)
    assert reasons[shop.tags[3]] == reasons[shop.tags[6]] == ("in the rollback window of staging",)


def test_a_release_that_was_edited_is_not_a_new_one(shop: Shop) -> None:
    """What the history audit complains of does not make it one of the newest."""
    shop.gitops.commit({f"{WAREHOUSE}/{shop.tags[1]}/manifests/web.yaml": "kind: Other\n"})
    assert shop.tags[1] in [one.tag for one in freightlib.prune(shop.gitops.path, keep=1, dry_run=True).removed]


def test_a_branch_that_is_not_here_is_told(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--single-branch", str(shop.gitops.path), "clone")
    made = freightlib.prune(tmp_path / "clone", keep=1, dry_run=True)
    assert [note.split(" here")[0] for note in made.notes] == [
        "stage staging has no branch stage/staging",
        "stage production has no branch stage/production",
    ]


def test_a_clone_without_the_window_is_refused(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=2", "--no-single-branch", f"file://{shop.gitops.path}", "clone")
    with pytest.raises(UsageError, match="does not show") as caught:
        freightlib.prune(tmp_path / "clone", keep=1, dry_run=True)
    assert "unshallow" in caught.value.hint
    freightlib.prune(tmp_path / "clone", keep=1, keep_per_stage=0, dry_run=True)


# --- coming back ----------------------------------------------------------------------------------


def test_a_pruned_release_comes_back_as_it_was(shop: Shop) -> None:
    tag, current = shop.tags[3], shop.gitops.git("rev-parse", f"main:{WAREHOUSE}/current")
    tree = shop.tree(tag)
    freightlib.prune(shop.gitops.path, keep=1)
    shop.gitops.git("gc", "-q", "--prune=now")
    made = shop.publish_again(tag)  # without the time of then
    assert (made.created, made.restored, made.snapshot.tree) == (True, True, tree)
    assert made.snapshot.freight.created_at == FIRST + timedelta(days=3)
    assert shop.tree(tag) == tree
    assert shop.gitops.git("rev-parse", f"main:{WAREHOUSE}/current") == current
    assert shop.gitops.git("log", "-1", "--format=%s") == f"Restore codeai {tag}"
    assert shop.publish_again(tag).created is False
    shop.check()
    again = freightlib.prune(shop.gitops.path, keep=1)
    assert [one.tag for one in again.removed] == [tag]
    shop.check()


def test_a_pruned_release_does_not_come_back_as_another(shop: Shop) -> None:
    freightlib.prune(shop.gitops.path, keep=1)
    before = shop.gitops.refs()
    with pytest.raises(ImmutableSnapshotError, match="pruned, already with other content: image") as caught:
        shop.publish_again(shop.tags[3], image=IMAGE.replace("a" * 64, "b" * 64))
    assert caught.value.data["tag"] == shop.tags[3]
    with pytest.raises(ImmutableSnapshotError, match="manifests/: tree"):
        freightlib.publish(
            shop.gitops.path, shop.source.path, revision=shop.tags[3].removeprefix("git-"), image=IMAGE, path="k8s"
        )
    assert shop.gitops.refs() == before


def test_a_restored_release_is_not_the_newest(shop: Shop) -> None:
    freightlib.prune(shop.gitops.path, keep=1)
    shop.publish_again(shop.tags[3])
    assert [one.tag for one in freightlib.prune(shop.gitops.path, keep=1, dry_run=True).removed] == [shop.tags[3]]


def test_a_clone_that_lacks_the_snapshot_says_so(shop: Shop, tmp_path: Path) -> None:
    freightlib.prune(shop.gitops.path, keep=1)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{shop.gitops.path}", "clone")
    revision = shop.tags[3].removeprefix("git-")
    with pytest.raises(UsageError, match="not in this clone") as caught:
        freightlib.publish(tmp_path / "clone", shop.source.path, revision=revision, image=IMAGE)
    assert "unshallow" in caught.value.hint
    made = freightlib.publish(
        tmp_path / "clone",
        shop.source.path,
        revision=revision,
        image=IMAGE,
        created_at=FIRST + timedelta(days=3),
    )
    assert made.restored
    git(tmp_path / "clone", "fsck", "--strict")


@pytest.mark.parametrize("verb", [freightlib.promote, freightlib.render_stages])
def test_who_asks_for_a_pruned_release_is_told_what_to_do(shop: Shop, verb: object) -> None:
    freightlib.prune(shop.gitops.path, keep=1)
    with pytest.raises(UsageError, match="was pruned") as caught:
        verb(shop.gitops.path, ["staging"], freight=shop.tags[3])  # type: ignore[operator]
    assert f"publish {shop.tags[3].removeprefix('git-')} again" in caught.value.hint
    assert f"--to {shop.tags[3]} --exact" in caught.value.hint


# --- others at work -------------------------------------------------------------------------------


def test_the_choice_is_made_anew_when_the_branch_moves(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody publishes meanwhile is kept, and what goes is worked out again."""
    repository = open_repository(shop.gitops.path)
    release_meanwhile(shop, repository, monkeypatch, "refs/heads/main")
    made = freightlib.prune(repository, keep=1)
    assert [one.tag for one in made.removed] == [shop.tags[number] for number in (1, 3, 4, 5)]
    shop.check()


def test_pruned_at_a_remote(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(shop.gitops.path), "bare.git")
    made = freightlib.prune(f"file://{tmp_path}/bare.git", keep=1)
    assert git(tmp_path / "bare.git", "rev-parse", "main") == made.commit
    assert freightlib.verify(tmp_path / "bare.git", history=True).ok


# --- the command ----------------------------------------------------------------------------------


def test_the_command(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    repo = f"--repo={shop.gitops.path}"
    status, out, err = call(capsys, "prune", repo, "--keep=1")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "codeai: 3 releases would be removed, 5 releases stay; add --yes to do it"
    assert f"would be removed  {shop.tags[1][:16]}  2026-01-02 00:00" in out
    before = shop.gitops.refs()
    made = document("prune", call(capsys, "prune", repo, "--keep=1", "--json")[1])
    assert (made["dryRun"], made["commit"], len(made["removed"]), len(made["kept"])) == (True, None, 3, 5)
    assert shop.gitops.refs() == before
    made = document("prune", call(capsys, "prune", repo, "--keep=1", "--older-than=1d", "--no-dry-run", "--json")[1])
    assert made["commit"] == shop.gitops.tip("main")
    assert call(capsys, "prune", repo, "--keep=1", "--yes")[1].splitlines()[-1] == (
        "codeai: nothing to prune, 5 releases stay"
    )
    assert len(call(capsys, "prune", repo, "--keep=1", "--quiet")[1].splitlines()) == 1
    status, out, _ = call(
        capsys,
        *("publish", repo, f"--source={shop.source.path}", f"--image={IMAGE}"),
        f"--revision={shop.tags[1].removeprefix('git-')}",
        "--json",
    )
    assert document("publish", out)["restored"] is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "no rule says which releases to remove"),
        (["--older-than=soon"], "--older-than 'soon' is not a time span"),
        (["--keep=-1"], "--keep"),
    ],
)
def test_wrong_calls(shop: Shop, capsys: pytest.CaptureFixture[str], options: list[str], words: str) -> None:
    status, _, err = call(capsys, "prune", f"--repo={shop.gitops.path}", *options)
    assert status == 2
    assert words in err
    assert len(err.splitlines()) == 2


def test_two_apps_need_a_name(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    text = shop.gitops.git("show", "main:freightlib.yaml")
    other = text.partition("  codeai:\n")[2].replace("stage/", "other/")
    shop.gitops.commit({"freightlib.yaml": f"{text}\n  other:\n{other}\n"})
    assert call(capsys, "prune", f"--repo={shop.gitops.path}", "--keep=1")[0] == 2
    assert freightlib.prune(shop.gitops.path, keep=1, app="codeai", dry_run=True).app == "codeai"


def test_a_result_is_frozen(shop: Shop) -> None:
    made = freightlib.prune(shop.gitops.path, keep=1, dry_run=True)
    with pytest.raises(AttributeError):
        made.commit = "x"  # type: ignore[misc]
    assert evolve(made, commit="x").commit == "x"
