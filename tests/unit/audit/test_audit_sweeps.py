"""A sweep begins where the last one ended, as long as that can be trusted."""

from __future__ import annotations

import shutil
from importlib import import_module

import pytest

from tests.unit.audit.support import BRANCH, OUT, Rendered, clean, proposed, told

pytestmark = pytest.mark.usefixtures("backend")


def test_a_sweep_looks_at_what_is_new(world: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.audit("test", all_commits=True).checked["commits"] == 3
    assert world.audit("test", all_commits=True).checked["commits"] == 1  # the newest, always
    assert world.audit("test", all_commits=True, rerender=True).checked["commits"] == 3  # another kind of sweep
    proposed(world)
    report = world.audit("test", all_commits=True)
    assert clean(report)
    assert report.checked["commits"] == 1
    shutil.rmtree(world.gitops.path.parent.parent / "cache" / "freightlib" / "sweeps")
    assert world.audit("test", all_commits=True).checked["commits"] == 4
    assert world.audit("test", all_commits=True).checked["commits"] == 1
    sweeps = import_module("freightlib.proof.audited_before")
    monkeypatch.setattr(sweeps, "rules", lambda: "other rules")
    assert world.audit("test", all_commits=True).checked["commits"] == 4


def test_a_sweep_with_errors_is_not_remembered(world: Rendered) -> None:
    world.put({f"{OUT}/web.yaml": "kind: Edited\n"})
    world.gitops.git(
        "update-ref",
        f"refs/heads/{BRANCH}",
        world.gitops.git("commit-tree", f"{BRANCH}~1^{{tree}}", "-p", BRANCH, "-m", "Undo"),
    )
    for _ in range(2):
        assert told(world.audit("staging", all_commits=True).errors) == [("rendered-content", f"{OUT}/web.yaml")]


def test_a_sweep_that_could_not_compare_is_not_remembered(world: Rendered) -> None:
    world.lock((r"(engine: freightlib\n  version: )'1'", r"\1'0'"))
    for _ in range(2):
        report = world.audit("staging", all_commits=True, rerender=True)
        assert report.checked["commits"] == 4
        assert [one.code for one in report.findings] == ["not-comparable"]


def test_a_branch_that_was_reset_since_the_last_sweep(world: Rendered) -> None:
    assert clean(world.audit("test", all_commits=True))
    world.gitops.git("update-ref", "refs/heads/stage/test", "stage/test~1")
    assert clean(world.audit("test")), "each commit that is left is true"
    report = world.audit("test", all_commits=True)
    assert [(one.code, one.severity) for one in report.findings] == [("branch-rewritten", "warning")]
    assert report.checked["commits"] == 2
    assert clean(world.audit("test", all_commits=True)), "it was said"
    world.gitops.git("update-ref", "-d", "refs/heads/stage/test")
    assert [one.code for one in world.audit("test", all_commits=True).findings] == ["branch-rewritten", "stage-empty"]


def test_a_sweep_counts_only_while_the_gitops_branch_keeps_its_history(world: Rendered) -> None:
    assert clean(world.audit("test", all_commits=True))
    old = world.gitops.git("rev-parse", "main")
    world.gitops.git("reset", "-q", "--hard", world.gitops.git("rev-list", "--max-parents=0", "main"))
    world.gitops.git("cherry-pick", f"main..{old}", "--allow-empty", "--keep-redundant-commits")
    world.gitops.git("commit", "-q", "--amend", "-m", "Rewritten")
    codes = {one.code for one in world.audit("test", all_commits=True).errors}
    assert codes >= {"lock-freight-unreachable", "lock-policy-unreachable"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"commit": 1}', '{"commit": "x", "gitops": "y", "rules": "z", "more": "w"}']
)
def test_a_damaged_cache_is_none(world: Rendered, text: str) -> None:
    world.audit("test", all_commits=True)
    (file,) = (world.gitops.path.parent.parent / "cache" / "freightlib" / "sweeps").iterdir()
    file.write_text(text)
    assert world.audit("test", all_commits=True).checked["commits"] == 3
