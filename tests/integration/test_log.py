"""The log of a stage: what it held in turn, however it came there."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.testing import git
from tests.cli import call, document
from tests.retention_world import PROPOSAL, Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Production, which got four releases: by a merge, a squash, and fast-forwards; then somebody edited it."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for kind in ("fast-forward", "merge", "squash", "fast-forward"):
        shop.release("staging", "production")
        shop.merge(kind)
    shop.gitops.commit_to("stage/production", {"deploy/production/web.yaml": "kind: Edited\n", "README.md": "hello\n"})
    shop.gitops.commit_to("stage/production", {"README.md": "not the output\n"})
    return shop


def test_each_release_stands_once_however_it_came(shop: Shop) -> None:
    past = list(freightlib.log(shop.gitops.path, "production"))
    assert [(one.how, one.tag) for one in past] == [
        ("hand edit", shop.tags[3]),
        ("promotion", shop.tags[3]),
        ("squash", shop.tags[2]),
        ("merge", shop.tags[1]),
        ("promotion", shop.tags[0]),
    ]
    assert [one.moved for one in past] == [("hand edit",), *[("freight",)] * 4]
    assert [one.subject for one in past][2:4] == ["Ship it (#1)", f"Merge pull request #1 from {PROPOSAL}"]


def test_a_merge_that_changed_nothing_is_not_listed(shop: Shop) -> None:
    shop.gitops.git("checkout", "-q", "-b", "side", "stage/production~2")
    shop.gitops.git("commit", "-q", "--allow-empty", "-m", "Beside")
    shop.gitops.git("checkout", "-q", "stage/production")
    shop.gitops.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    shop.gitops.git("checkout", "-q", "main")
    assert "Merge side" not in [one.subject for one in freightlib.log(shop.gitops.path, "production")]


def test_the_command_tells_how(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    lines = call(capsys, "log", "production", f"--repo={shop.gitops.path}")[1].splitlines()
    assert lines[0].split() == ["WHEN", "HOLDS", "MOVED", "HOW", "COMMIT", "AUTHOR"]
    assert [next(word for word in ("hand", "promotion", "squash", "merge") if word in line) for line in lines[1:]] == [
        "hand",
        "promotion",
        "squash",
        "merge",
        "promotion",
    ]
    made = document("log", call(capsys, "log", "production", "--json", f"--repo={shop.gitops.path}")[1])
    assert [one["rollback"] for one in made["promotions"]] == [None] * 5


def test_a_shallow_clone_shows_what_it_has(shop: Shop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{shop.gitops.path}", "clone")
    git(tmp_path / "clone", "branch", "-q", "stage/production", "origin/stage/production")
    (only,) = freightlib.log(tmp_path / "clone", "production")
    assert only.tag == shop.tags[3]
