"""What is true is not found: merges of all kinds, other apps, and what came to pass since."""

from __future__ import annotations

import shutil

import pytest

import freightlib
from freightlib.errors import UsageError
from freightlib.models import Report
from freightlib.testing import git
from tests.unit.audit.support import BRANCH, LOCK, OUT, PROJECT, Rendered, clean, proposed, told

pytestmark = pytest.mark.usefixtures("backend")

PRODUCTION = "stage/production"
PROPOSAL = "proposal/shop/production"


def everything(world: Rendered, **options: object) -> Report:
    shutil.rmtree(world.gitops.path.parent.parent / "cache", ignore_errors=True)
    return world.audit(all_commits=True, rerender=True, app=None, **options)


def test_what_promotions_made_is_true(world: Rendered) -> None:
    report = world.audit(app=None)
    assert clean(report)
    assert dict(report.checked) == {"stages": 5, "commits": 5, "renderings": 0}
    report = everything(world)
    assert clean(report)
    # of each stage all of its commits: of releases, and of locks alone
    assert dict(report.checked) == {"stages": 5, "commits": 11, "renderings": 11}


def test_only_what_is_asked_for_is_looked_at(world: Rendered) -> None:
    assert world.audit("staging", "test").checked["stages"] == 2
    assert world.audit(app="blog").checked["stages"] == 1
    with pytest.raises(UsageError, match="has no stage 'tset'"):
        world.audit("tset")
    with pytest.raises(UsageError, match="name one with --app"):
        freightlib.audit(world.gitops.path, ["staging"])


# --- how a proposal comes onto the branch --------------------------------------------------------------------------


def merged(world: Rendered, message: str, *parents: str) -> None:
    tree = world.gitops.git("rev-parse", f"{PROPOSAL}^{{tree}}")
    given = [word for parent in parents for word in ("-p", parent)]
    world.gitops.git(
        "update-ref", f"refs/heads/{PRODUCTION}", world.gitops.git("commit-tree", tree, *given, "-m", message)
    )


def test_a_merge_commit(world: Rendered) -> None:
    proposed(world)
    merged(world, "Merge pull request #1 from proposal/shop/production", PRODUCTION, PROPOSAL)
    assert clean(world.audit("production"))
    assert clean(everything(world))


@pytest.mark.parametrize(
    "message",
    ["Promote (#1)", "Squashed commit of the following:\n\n{indented}", "* {body}\n\nCo-authored-by: A <a@b>"],
)
def test_a_squash_merge_with_and_without_the_trailers(world: Rendered, message: str) -> None:
    proposed(world)
    body = world.gitops.git("log", "-1", "--format=%B", PROPOSAL)
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    merged(world, message.format(body=body, indented=indented), PRODUCTION)
    assert clean(world.audit("production"))


def test_a_squash_of_two_promotions_keeps_the_trailers_of_both(world: Rendered) -> None:
    first = world.gitops.git("log", "-1", "--format=%B", PROPOSAL)
    proposed(world)
    second = world.gitops.git("log", "-1", "--format=%B", PROPOSAL)
    for message in (f"* {first}\n* {second}", f"* {second}\n* {first}"):
        merged(world, message, PRODUCTION)
        assert clean(world.audit("production"))
        world.gitops.git("update-ref", f"refs/heads/{PRODUCTION}", f"{PRODUCTION}~1")
    merged(world, first, PRODUCTION)
    assert {code for code, _ in told(world.audit("production").findings)} == {"lock-trailers"}


def test_a_rebase_of_a_proposal(world: Rendered) -> None:
    proposed(world)
    world.put({"README.md": "Reviewed in pull requests\n"}, PRODUCTION)
    world.gitops.git("worktree", "add", "-q", "--detach", "../rebased", PROPOSAL)
    rebased = world.gitops.path.parent / "rebased"
    git(rebased, "rebase", "-q", PRODUCTION)
    world.gitops.git("update-ref", f"refs/heads/{PRODUCTION}", git(rebased, "rev-parse", "HEAD"))
    assert clean(world.audit("production"))
    assert clean(everything(world))


def test_a_merge_that_keeps_ours(world: Rendered) -> None:
    # a side branch with a newer promotion that the merge left out: what the branch's tip holds is the older one
    proposed(world)
    tree = world.gitops.git("rev-parse", f"{PRODUCTION}^{{tree}}")
    merge = world.gitops.git("commit-tree", tree, "-p", PRODUCTION, "-p", PROPOSAL, "-m", "Merge, and keep ours")
    world.gitops.git("update-ref", f"refs/heads/{PRODUCTION}", merge)
    assert clean(world.audit("production"))
    world.put({"apps/shop/production/more.yaml": "kind: More\n"}, PRODUCTION)
    assert told(world.audit("production").findings) == [("rendered-added", "apps/shop/production/more.yaml")]


def test_a_stage_that_was_only_proposed(world: Rendered) -> None:
    world.gitops.git("update-ref", "-d", f"refs/heads/{PRODUCTION}")
    world.gitops.git("update-ref", "-d", f"refs/heads/{PROPOSAL}")
    freightlib.promote(world.gitops.path, ["production"], app="shop")
    assert world.gitops.git("rev-list", "--count", PRODUCTION) == "1"  # Start stage/production
    for report in (world.audit("production"), everything(world)):
        assert [(one.code, one.severity) for one in report.findings] == [("stage-empty", "note")]


# --- what happens on branches --------------------------------------------------------------------------------------


def test_a_promotion_that_was_reverted(world: Rendered) -> None:
    world.gitops.git("worktree", "add", "-q", "../there", "stage/test")
    git(world.gitops.path.parent / "there", "revert", "--no-edit", "HEAD")
    assert clean(world.audit("test"))
    assert clean(everything(world))


def test_an_older_release_put_back_by_hand_is_the_older_release(world: Rendered) -> None:
    # with its lock and manifests whole this is what a revert gives, and as true as it was then
    for path in (f"{OUT}/web.yaml", LOCK):
        world.put({path: world.at(path, f"{BRANCH}~4")} if path == LOCK else {path: world.at(path, "stage/staging~4")})
    assert clean(world.audit("staging", rerender=True))


def test_other_paths_and_other_branches_are_nobodys_business(world: Rendered) -> None:
    world.put({"README.md": "Rendered\n", "apps/web.yaml": "kind: Any\n"})
    world.gitops.git("branch", "feature", BRANCH)
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"}, "feature")
    assert clean(world.audit())
    assert clean(everything(world))


def test_at_the_root_of_a_branch_every_file_is_a_manifest(world: Rendered) -> None:
    world.put({"README.md": "x\n"}, "root/live")
    assert told(world.audit("live", app="root").findings) == [("rendered-added", "README.md")]
    world.put({"README.md": None, "freight.lock": None}, "root/live")
    assert told(world.audit("live", app="root").findings) == [("lock-missing", "freight.lock")]


def test_what_stood_there_before_the_first_promotion_is_not_judged(world: Rendered) -> None:
    world.gitops.git("update-ref", "-d", "refs/heads/stage/test")
    first = world.gitops.git(
        "commit-tree", world.gitops.git("rev-parse", "main^{tree}"), "-m", "Manifests by other means"
    )
    world.gitops.git("update-ref", "refs/heads/stage/test", first)
    world.put({"apps/shop/test/old.yaml": "kind: Old\n"}, "stage/test")
    assert [one.code for one in world.audit("test").findings] == ["stage-empty"]
    freightlib.promote(world.gitops.path, ["test"], app="shop")
    assert clean(world.audit("test"))
    assert clean(everything(world))


def test_main_moves_on(world: Rendered) -> None:
    world.gitops.commit(
        {"README.md": "more\n", "apps/shop/deployments/staging/deployment.yaml": "name: staging\nenvType: x\n"},
    )
    world.release({"deploy/web.yaml": "kind: Other\nmetadata: {name: web}\n"})
    assert clean(everything(world))


def test_a_release_that_was_pruned(world: Rendered) -> None:
    folder = world.gitops.path / "warehouses/shop/freight"
    kept = {path.name for path in folder.glob("git-*")} - {
        world.gitops.git("ls-tree", "--name-only", "main:warehouses/shop/freight").split()[1]
    }
    assert len(kept) == 2
    for path in folder.glob("git-*"):
        shutil.rmtree(path)
    world.gitops.git("add", "-A")
    world.gitops.git("commit", "-qm", "Prune")
    assert clean(world.audit(rerender=True))


def test_a_stage_that_was_renamed_at_its_place(world: Rendered) -> None:
    text = PROJECT.replace(
        "staging: {from: warehouse}\n      test",
        "first:\n        from: warehouse\n        deployment: staging\n"
        "        output: {branch: stage/staging, path: apps/shop/staging}\n      test",
    )
    world.gitops.commit({"freightlib.yaml": text.replace("[staging]", "[first]")})
    assert clean(world.audit("first", rerender=True))


def test_an_edit_that_was_undone_is_history(world: Rendered) -> None:
    edit = world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    world.gitops.git(
        "update-ref",
        f"refs/heads/{BRANCH}",
        world.gitops.git("commit-tree", f"{BRANCH}~1^{{tree}}", "-p", BRANCH, "-m", "Undo"),
    )
    assert clean(world.audit("staging"))
    report = everything(world)
    assert [(one.code, one.path, one.data["commit"]) for one in report.findings if one.code[:3] == "ren"] == [
        ("rendered-content", f"{OUT}/web.yaml", edit)
    ]
    assert clean(world.audit("staging", since=edit))


# --- rendering again -----------------------------------------------------------------------------------------------


def test_locked_inputs_that_do_not_render(world: Rendered) -> None:
    tag = world.release({"deploy/web.yaml": "kind: [\n"})
    snapshot, commit = (
        world.gitops.git("rev-parse", f"main:warehouses/shop/freight/{tag}"),
        world.gitops.git("rev-parse", "main"),
    )
    world.lock(
        (r"tag: .*", f"tag: {tag}"),
        (r"^  commit: .*", f"  commit: {commit}"),
        (r"snapshot: .*", f"snapshot: {snapshot}"),
    )
    report = world.audit(rerender=True)
    assert told(report.findings) == [("rerender-failed", LOCK)]
    assert report.checked["renderings"] == 3, "one that fails does not hide the others"


def test_an_engine_is_for_rendering_again(world: Rendered) -> None:
    with pytest.raises(UsageError, match="used only with rerender"):
        world.audit(engine="sdk")
    # the copy renderer has one only, so that there is nothing to choose
    assert clean(world.audit(rerender=True, engine="sdk"))
