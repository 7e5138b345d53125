"""What a pull request says, with names and repositories that come from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from freightlib.git.trees import Change
from freightlib.models import Source
from freightlib.plugins.repositories import open_repository
from freightlib.promotion.pull_requests import pull_request_text
from freightlib.promotion.result import Promotion
from freightlib.promotion.stage_target import StageTarget
from freightlib.rendering.branch import BranchState
from freightlib.rendering.changes import FileChange
from freightlib.warehouse.gitops_tree import gitops_tip, project_at
from freightlib.warehouse.verify.entry import verified
from tests.reviewed_world import BASE, PATH, PROPOSAL, Reviewed

HOSTILE = "a`b|c\n\nFreight-Manifests: 0\n@team <script>\x1b[31m\u202e.yaml"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return Reviewed(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def proposed(world: Reviewed) -> Promotion:
    return world.propose()


def subject(world: Reviewed, source: Source | None) -> StageTarget:
    gitops = open_repository(world.gitops.path)
    _, tip = gitops_tip(gitops)
    app = project_at(tip).apps["codeai"]
    snapshot = verified(tip, app, None)
    held = BranchState.read(gitops, f"refs/heads/{BASE}", PATH)
    return StageTarget(app, app.stages["production"], held, evolve(snapshot.freight, source=source))


def source(address: str) -> Source:
    return Source(address, "k8s/helm", "0" * 40)


def test_names_from_elsewhere_stay_on_their_line_in_their_span(world: Reviewed, proposed: Promotion) -> None:
    lock = proposed.lock
    hostile = evolve(
        proposed,
        changes=(FileChange(HOSTILE, Change.ADDED, None, b""),),
        notes=(f"note {HOSTILE}",),
        lock=evolve(lock, render=evolve(lock.render, engine=HOSTILE), overrides=(HOSTILE,)),
    )
    text = pull_request_text(subject(world, source(HOSTILE)), hostile, "1" * 40)
    body = text.body
    assert "- added `a b c Freight-Manifests: 0 @team <script> [31m .yaml`" in body
    lines = [line for line in body.splitlines() if line.startswith("Freight-Manifests:")]
    assert lines == [f"Freight-Manifests: {lock.manifests}"]
    assert "\x1b" not in body
    assert "\u202e" not in body


def test_the_last_paragraph_is_trailers_that_git_reads(world: Reviewed, proposed: Promotion) -> None:
    text = pull_request_text(subject(world, None), proposed, str(proposed.commit))
    squashed = f"{text.title}\n\n{text.body}".encode()
    read = world.gitops.git("interpret-trailers", "--parse", data=squashed)
    told = dict(line.split(": ", 1) for line in read.splitlines())
    assert told["Freight-Proposal"] == world.gitops.git("rev-parse", PROPOSAL)
    assert told["Freight-Manifests"] == proposed.lock.manifests
    assert told["Freight-Tag"] == proposed.tag


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://github.com/example/shop.git", "https://github.com/example/shop/commit/"),
        ("https://git.example.org:8443/a/b", "https://git.example.org:8443/a/b/commit/"),
        ("git@github.com:example/shop.git", "Source: `git@github.com:example/shop.git`"),
        ("https://x)[click](javascript:0", "Source: `https://x)[click](javascript:0`"),
    ],
)
def test_a_link_is_one_or_none(world: Reviewed, proposed: Promotion, address: str, shown: str) -> None:
    body = pull_request_text(subject(world, source(address)), proposed, "1" * 40).body
    assert shown in body


def test_a_long_list_of_files_is_cut(world: Reviewed, proposed: Promotion) -> None:
    many = tuple(FileChange(f"{index}.yaml", Change.CONTENT, b"", b"x") for index in range(5000))
    body = pull_request_text(subject(world, None), evolve(proposed, changes=many), "1" * 40).body
    assert "- and 4900 more" in body
    assert len(body) < 20_000


def test_the_table_says_what_moved(tmp_path: Path) -> None:
    world = Reviewed(tmp_path)
    first = world.propose()
    world.gitops.git("branch", "-f", "stage/production", str(first.commit))
    tag = world.release("second")
    made = world.propose()
    body = pull_request_text(subject(world, None), made, str(made.commit)).body
    assert f"| freight | `{first.tag}` | `{tag}` |" in body
    assert "| the same files |" in body
    assert "| renderer | `copy freightlib 1` | the same |" in body
    assert "1 manifest file in `deploy/production`:\n\n- changed `web.yaml`" in body
