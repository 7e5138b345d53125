"""What is true is not found: merges of all kinds, shallow and partial clones, other apps, and what came since."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import UsageError
from freightlib.models import Report
from tests.unit.audit.support import BRANCH, LOCK, OUT, PROJECT, Rendered, told
from tests.worlds import commit_files, git

pytestmark = pytest.mark.usefixtures("backend")

PRODUCTION = "stage/production"
PROPOSAL = "proposal/shop/production"


def clean(report: Report) -> bool:
    return report.findings == ()


def everything(world: Rendered, **options: object) -> Report:
    shutil.rmtree(world.gitops.parent.parent / "cache", ignore_errors=True)
    return world.audit(every=True, rerender=True, app=None, **options)


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
        freightlib.audit(world.gitops, ["staging"])


# --- how a proposal comes onto the branch --------------------------------------------------------------------------


def proposed(world: Rendered) -> None:
    """A new release, proposed for production."""
    world.release({"deploy/web.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n"})
    freightlib.promote(world.gitops, ["staging", "test", "production"], app="shop")


def merged(world: Rendered, message: str, *parents: str) -> None:
    tree = world.git("rev-parse", f"{PROPOSAL}^{{tree}}")
    given = [word for parent in parents for word in ("-p", parent)]
    world.git("update-ref", f"refs/heads/{PRODUCTION}", world.git("commit-tree", tree, *given, "-m", message))


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
    body = world.git("log", "-1", "--format=%B", PROPOSAL)
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    merged(world, message.format(body=body, indented=indented), PRODUCTION)
    assert clean(world.audit("production"))


def test_a_squash_of_two_promotions_keeps_the_trailers_of_both(world: Rendered) -> None:
    first = world.git("log", "-1", "--format=%B", PROPOSAL)
    proposed(world)
    second = world.git("log", "-1", "--format=%B", PROPOSAL)
    for message in (f"* {first}\n* {second}", f"* {second}\n* {first}"):
        merged(world, message, PRODUCTION)
        assert clean(world.audit("production"))
        world.git("update-ref", f"refs/heads/{PRODUCTION}", f"{PRODUCTION}~1")
    merged(world, first, PRODUCTION)
    assert {code for code, _ in told(world.audit("production").findings)} == {"lock-trailers"}


def test_a_rebase_of_a_proposal(world: Rendered) -> None:
    proposed(world)
    world.put({"README.md": "Reviewed in pull requests\n"}, PRODUCTION)
    world.git("worktree", "add", "-q", "--detach", "../rebased", PROPOSAL)
    rebased = world.gitops.parent / "rebased"
    git(rebased, "rebase", "-q", PRODUCTION)
    world.git("update-ref", f"refs/heads/{PRODUCTION}", git(rebased, "rev-parse", "HEAD"))
    assert clean(world.audit("production"))
    assert clean(everything(world))


def test_a_merge_that_keeps_ours(world: Rendered) -> None:
    # a side branch with a newer promotion that the merge left out: what the branch's tip holds is the older one
    proposed(world)
    tree = world.git("rev-parse", f"{PRODUCTION}^{{tree}}")
    merge = world.git("commit-tree", tree, "-p", PRODUCTION, "-p", PROPOSAL, "-m", "Merge, and keep ours")
    world.git("update-ref", f"refs/heads/{PRODUCTION}", merge)
    assert clean(world.audit("production"))
    world.put({"apps/shop/production/more.yaml": "kind: More\n"}, PRODUCTION)
    assert told(world.audit("production").findings) == [("rendered-added", "apps/shop/production/more.yaml")]


def test_a_stage_that_was_only_proposed(world: Rendered) -> None:
    world.git("update-ref", "-d", f"refs/heads/{PRODUCTION}")
    world.git("update-ref", "-d", f"refs/heads/{PROPOSAL}")
    freightlib.promote(world.gitops, ["production"], app="shop")
    assert world.git("rev-list", "--count", PRODUCTION) == "1"  # Start stage/production
    for report in (world.audit("production"), everything(world)):
        assert [(one.code, one.severity) for one in report.findings] == [("stage-empty", "note")]


# --- what happens on branches --------------------------------------------------------------------------------------


def test_a_promotion_that_was_reverted(world: Rendered) -> None:
    world.git("worktree", "add", "-q", "../there", "stage/test")
    git(world.gitops.parent / "there", "revert", "--no-edit", "HEAD")
    assert clean(world.audit("test"))
    assert clean(everything(world))


def test_an_older_release_put_back_by_hand_is_the_older_release(world: Rendered) -> None:
    # with its lock and manifests whole this is what a revert gives, and as true as it was then
    for path in (f"{OUT}/web.yaml", LOCK):
        world.put({path: world.at(path, f"{BRANCH}~4")} if path == LOCK else {path: world.at(path, "stage/staging~4")})
    assert clean(world.audit("staging", rerender=True))


def test_other_paths_and_other_branches_are_nobodys_business(world: Rendered) -> None:
    world.put({"README.md": "Rendered\n", "apps/web.yaml": "kind: Any\n"})
    world.git("branch", "feature", BRANCH)
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"}, "feature")
    assert clean(world.audit())
    assert clean(everything(world))


def test_at_the_root_of_a_branch_every_file_is_a_manifest(world: Rendered) -> None:
    world.put({"README.md": "x\n"}, "root/live")
    assert told(world.audit("live", app="root").findings) == [("rendered-added", "README.md")]
    world.put({"README.md": None, "freight.lock": None}, "root/live")
    assert told(world.audit("live", app="root").findings) == [("lock-missing", "freight.lock")]


def test_what_stood_there_before_the_first_promotion_is_not_judged(world: Rendered) -> None:
    world.git("update-ref", "-d", "refs/heads/stage/test")
    first = world.git("commit-tree", world.git("rev-parse", "main^{tree}"), "-m", "Manifests by other means")
    world.git("update-ref", "refs/heads/stage/test", first)
    world.put({"apps/shop/test/old.yaml": "kind: Old\n"}, "stage/test")
    assert [one.code for one in world.audit("test").findings] == ["stage-empty"]
    freightlib.promote(world.gitops, ["test"], app="shop")
    assert clean(world.audit("test"))
    assert clean(everything(world))


def test_main_moves_on(world: Rendered) -> None:
    commit_files(
        world.gitops,
        {"README.md": "more\n", "apps/shop/deployments/staging/deployment.yaml": "name: staging\nenvType: x\n"},
    )
    world.release({"deploy/web.yaml": "kind: Other\nmetadata: {name: web}\n"})
    assert clean(everything(world))


def test_a_release_that_was_pruned(world: Rendered) -> None:
    folder = world.gitops / "warehouses/shop/freight"
    kept = {path.name for path in folder.glob("git-*")} - {
        git(world.gitops, "ls-tree", "--name-only", "main:warehouses/shop/freight").split()[1]
    }
    assert len(kept) == 2
    for path in folder.glob("git-*"):
        shutil.rmtree(path)
    git(world.gitops, "add", "-A")
    git(world.gitops, "commit", "-qm", "Prune")
    assert clean(world.audit(rerender=True))


def test_a_stage_that_was_renamed_at_its_place(world: Rendered) -> None:
    text = PROJECT.replace(
        "staging: {from: warehouse}\n      test",
        "first:\n        from: warehouse\n        deployment: staging\n"
        "        output: {branch: stage/staging, path: apps/shop/staging}\n      test",
    )
    commit_files(world.gitops, {"freightlib.yaml": text.replace("[staging]", "[first]")})
    assert clean(world.audit("first", rerender=True))


def test_an_edit_that_was_undone_is_history(world: Rendered) -> None:
    edit = world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    world.git(
        "update-ref",
        f"refs/heads/{BRANCH}",
        world.git("commit-tree", f"{BRANCH}~1^{{tree}}", "-p", BRANCH, "-m", "Undo"),
    )
    assert clean(world.audit("staging"))
    report = everything(world)
    assert [(one.code, one.path, one.data["commit"]) for one in report.findings if one.code[:3] == "ren"] == [
        ("rendered-content", f"{OUT}/web.yaml", edit)
    ]
    assert clean(world.audit("staging", since=edit))


# --- what cannot be seen -------------------------------------------------------------------------------------------


def test_a_full_clone_names_the_files_by_an_earlier_commit(world: Rendered, tmp_path: Path) -> None:
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    # the tree that the lock names is in no commit, so a clone lacks it
    git(tmp_path, "clone", "-q", "--bare", f"file://{world.gitops}", "clone.git")
    clone = Rendered(world.source, tmp_path / "clone.git")
    assert clean(clone.audit("test"))
    (found,) = clone.audit("staging").findings
    assert (found.code, found.path) == ("rendered-content", f"{OUT}/web.yaml")
    assert "the manifests of commit" in found.message


@pytest.mark.parametrize("every", [False, True])
def test_a_shallow_clone_says_what_it_does_not_show(world: Rendered, tmp_path: Path, every: bool) -> None:
    commit_files(world.gitops, {"README.md": "the promoted commits are further back\n"})
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", "--no-single-branch", f"file://{world.gitops}", "clone.git")
    report = Rendered(world.source, tmp_path / "clone.git").audit(every=every, app=None, rerender=True)
    assert report.ok
    assert {one.code for one in report.findings} == {"history-unseen"}
    assert report.checked["commits"] == 5
    # what is here is judged
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", "--no-single-branch", f"file://{world.gitops}", "edited.git")
    report = Rendered(world.source, tmp_path / "edited.git").audit("staging")
    assert told(report.errors) == [("rendered-edited", OUT)]


def test_a_clone_without_the_rendered_branches_says_so(world: Rendered, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", f"file://{world.gitops}", "clone")
    report = Rendered(world.source, tmp_path / "clone").audit("staging", "test")
    assert [(one.code, one.severity) for one in report.findings] == [("history-unseen", "warning")] * 2
    assert "origin/stage/staging" in report.findings[0].message
    git(tmp_path, "clone", "-q", "--single-branch", f"file://{world.gitops}", "single")
    report = Rendered(world.source, tmp_path / "single").audit("staging")
    assert [(one.code, one.severity) for one in report.findings] == [("stage-empty", "note")]


def test_a_partial_clone(world: Rendered, tmp_path: Path, backend: str) -> None:
    if backend != "git":
        return  # libgit2 does not open them, and says so: tests/unit/git
    git(world.gitops, "config", "uploadpack.allowFilter", "true")
    git(world.gitops, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{world.gitops}", "clone.git")
    clone = Rendered(world.source, tmp_path / "clone.git")
    git(clone.gitops, "config", "remote.origin.url", "https://localhost:1/x.git")
    with pytest.raises(freightlib.FreightError):
        clone.audit()  # the project file itself cannot be had
    git(clone.gitops, "config", "remote.origin.url", f"file://{world.gitops}")
    git(clone.gitops, "cat-file", "blob", "main:freightlib.yaml")
    for stage in ("staging", "test"):
        git(clone.gitops, "cat-file", "blob", f"main:apps/shop/deployments/{stage}/deployment.yaml")
    git(clone.gitops, "config", "remote.origin.url", "https://localhost:1/x.git")
    report = clone.audit("staging", "test")
    assert [(one.code, one.severity) for one in report.findings] == [("history-unseen", "warning")] * 2
    git(clone.gitops, "config", "remote.origin.url", f"file://{world.gitops}")
    assert clean(clone.audit(rerender=True))


# --- sweeps --------------------------------------------------------------------------------------------------------


def test_a_sweep_looks_at_what_is_new(world: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.audit("test", every=True).checked["commits"] == 3
    assert world.audit("test", every=True).checked["commits"] == 1  # the newest, always
    assert world.audit("test", every=True, rerender=True).checked["commits"] == 3  # another kind of sweep
    proposed(world)
    report = world.audit("test", every=True)
    assert clean(report)
    assert report.checked["commits"] == 1
    shutil.rmtree(world.gitops.parent.parent / "cache" / "freightlib" / "sweeps")
    assert world.audit("test", every=True).checked["commits"] == 4
    assert world.audit("test", every=True).checked["commits"] == 1
    sweeps = import_module("freightlib.audit.sweeps")
    monkeypatch.setattr(sweeps, "rules", lambda: "other rules")
    assert world.audit("test", every=True).checked["commits"] == 4


def test_a_sweep_with_errors_is_not_remembered(world: Rendered) -> None:
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    world.git(
        "update-ref",
        f"refs/heads/{BRANCH}",
        world.git("commit-tree", f"{BRANCH}~1^{{tree}}", "-p", BRANCH, "-m", "Undo"),
    )
    for _ in range(2):
        assert told(world.audit("staging", every=True).errors) == [("rendered-content", f"{OUT}/web.yaml")]


def test_a_sweep_that_could_not_compare_is_not_remembered(world: Rendered) -> None:
    world.lock((r"(engine: freightlib\n  version: )'1'", r"\1'0'"))
    for _ in range(2):
        report = world.audit("staging", every=True, rerender=True)
        assert report.checked["commits"] == 4
        assert [one.code for one in report.findings] == ["not-comparable"]


def test_a_branch_that_was_reset_since_the_last_sweep(world: Rendered) -> None:
    assert clean(world.audit("test", every=True))
    world.git("update-ref", "refs/heads/stage/test", "stage/test~1")
    assert clean(world.audit("test")), "each commit that is left is true"
    report = world.audit("test", every=True)
    assert [(one.code, one.severity) for one in report.findings] == [("branch-rewritten", "warning")]
    assert report.checked["commits"] == 2
    assert clean(world.audit("test", every=True)), "it was said"
    world.git("update-ref", "-d", "refs/heads/stage/test")
    assert [one.code for one in world.audit("test", every=True).findings] == ["branch-rewritten", "stage-empty"]


def test_a_sweep_counts_only_while_the_gitops_branch_keeps_its_history(world: Rendered) -> None:
    assert clean(world.audit("test", every=True))
    old = world.git("rev-parse", "main")
    world.git("reset", "-q", "--hard", world.git("rev-list", "--max-parents=0", "main"))
    world.git("cherry-pick", f"main..{old}", "--allow-empty", "--keep-redundant-commits")
    world.git("commit", "-q", "--amend", "-m", "Rewritten")
    codes = {one.code for one in world.audit("test", every=True).errors}
    assert codes >= {"lock-freight-unreachable", "lock-policy-unreachable"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"commit": 1}', '{"commit": "x", "gitops": "y", "rules": "z", "more": "w"}']
)
def test_a_damaged_cache_is_none(world: Rendered, text: str) -> None:
    world.audit("test", every=True)
    (file,) = (world.gitops.parent.parent / "cache" / "freightlib" / "sweeps").iterdir()
    file.write_text(text)
    assert world.audit("test", every=True).checked["commits"] == 3


# --- rendering again -----------------------------------------------------------------------------------------------


def test_locked_inputs_that_do_not_render(world: Rendered) -> None:
    tag = world.release({"deploy/web.yaml": "kind: [\n"})
    snapshot, commit = world.git("rev-parse", f"main:warehouses/shop/freight/{tag}"), world.git("rev-parse", "main")
    world.lock(
        (r"tag: .*", f"tag: {tag}"),
        (r"^  commit: .*", f"  commit: {commit}"),
        (r"snapshot: .*", f"snapshot: {snapshot}"),
    )
    report = world.audit(rerender=True)
    assert told(report.findings) == [("rerender-failed", LOCK)]
    assert report.checked["renderings"] == 3, "one that fails does not hide the others"


def test_an_engine_is_for_rendering_again(world: Rendered) -> None:
    with pytest.raises(UsageError, match="only used to render again"):
        world.audit(engine="sdk")
    # the copy renderer has one only, so that there is nothing to choose
    assert clean(world.audit(rerender=True, engine="sdk"))
