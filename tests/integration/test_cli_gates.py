"""Gates, marks and stages that move by themselves, through the ``freight`` command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import call, document
from tests.gated import Gated

SOAK = {"name": "soak", "time": "24h"}
STAGES = {
    "staging": {"from": "warehouse", "auto": True},
    "test": {"from": "staging", "auto": True, "gates": [SOAK, {"name": "verified"}]},
    "production": {"from": "test"},
}


@pytest.fixture
def world(tmp_path: Path) -> Gated:
    return Gated(tmp_path, STAGES)


def test_a_blocked_promotion_is_two_lines_and_one(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "promote", "staging", "--repo", world.path)[0] == 0
    status, out, err = call(capsys, "promote", "test", "--repo", world.path)
    assert (status, out, len(err.splitlines())) == (1, "", 2)
    assert "test is blocked: soak: staging has held it for" in err
    status, out, _ = call(capsys, "promote", "test", "--repo", world.path, "--json")
    error = document("error", out)["error"]
    assert (status, error["code"]) == (1, "blocked")
    assert [gate["gate"] for gate in error["data"]["gates"]["test"]] == ["blocked", "upstream", "soak", "verified"]


def test_explain_prints_every_gate_of_every_stage(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    before = world.gitops.refs()
    status, out, err = call(capsys, "promote", "--explain", "--repo", world.path)
    assert (status, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines if line[0] not in ("passes", "blocks")][:1] == ["staging"]
    assert ["passes", "blocked", "nobody", "blocked", "it"] in lines
    assert out.count("blocks  ") == 4
    found = document("explain", call(capsys, "promote", "--explain", "test", "--repo", world.path, "--json")[1])
    (stage,) = found["stages"]
    assert (stage["stage"], stage["passed"], stage["held"]) == ("test", False, None)
    assert [gate["passed"] for gate in stage["gates"]] == [True, False, False, False]
    assert world.gitops.refs() == before


def test_auto_says_what_it_did_and_what_blocks_the_rest(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "promote", "--auto", "--repo", world.path)
    assert (status, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()[:3]] == [
        ["staging", "promoted"],
        ["test", "blocked"],
        ["production", "by"],
    ]
    assert out.splitlines()[-1] == "1 stage moved"
    status, out, _ = call(capsys, "promote", "--auto", "--repo", world.path)
    assert (status, out.splitlines()[-1]) == (0, "nothing moved")
    world.policy("staging", "elsewhere")
    found = document("auto", call(capsys, "promote", "--auto", "--repo", world.path, "--json")[1])
    assert [step["result"] for step in found["steps"]] == ["policy", "blocked", "manual"]
    assert found["steps"][0]["promotion"]["moved"] == ["policy", "renderer"]


def test_auto_pushes_what_it_moved(world: Gated, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.gitops.git("clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    world.gitops.git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    assert call(capsys, "promote", "--auto", "--push", "--repo", tmp_path / "clone")[0] == 0
    there = world.gitops.git("-C", str(tmp_path / "remote.git"), "rev-parse", "stage/staging")
    assert there == world.gitops.git("-C", str(tmp_path / "clone"), "rev-parse", "stage/staging")
    status, out, _ = call(capsys, "mark", "verified", "staging", "--push", "--repo", tmp_path / "clone", "--json")
    assert status == 0
    assert document("mark", out)["commit"] == world.gitops.git("-C", str(tmp_path / "remote.git"), "rev-parse", "main")


def test_a_stage_that_fails_gives_its_exit_status(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    world.configure(stages={**STAGES, "staging": {**STAGES["staging"], "render": {"renderer": "no-such-renderer"}}})
    status, out, _ = call(capsys, "promote", "--auto", "--repo", world.path)
    assert status == 2
    assert out.startswith("staging     failed  there is no renderer named 'no-such-renderer'")
    found = document("auto", call(capsys, "promote", "--auto", "--repo", world.path, "--json")[1])
    assert found["steps"][0]["error"]["code"] == "plugin"


def test_a_project_without_auto_says_so(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    world.configure(stages={"staging": {"from": "warehouse"}})
    status, out, _ = call(capsys, "promote", "--auto", "--repo", world.path)
    assert (status, out.splitlines()[-1]) == (0, "nothing can move automatically: no stage has auto: true")


def test_marks_are_set_read_and_removed(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    tag = world.tags[0]
    status, out, err = call(capsys, "mark", "blocked", tag, "--reason", "loses orders", "--repo", world.path)
    assert (status, err) == (0, "")
    assert out.startswith(f"{tag[:16]}  blocked  warehouses/sample/marks/blocked/{tag}.yaml at ")
    again = call(capsys, "mark", "blocked", tag, "--repo", world.path)[1]
    assert again.splitlines()[0].startswith(f"{tag[:16]}  blocked already  ")
    assert again.splitlines()[1].strip() == "loses orders"
    status, _, err = call(capsys, "promote", "staging", "--force", "--repo", world.path)
    assert status == 1
    assert err.splitlines()[1].strip() == f"once the problem is solved: freight mark unblocked {tag}"
    found = document("mark", call(capsys, "mark", "unblocked", tag, "--repo", world.path, "--json")[1])
    assert [(mark["changed"], mark["by"]) for mark in found["marks"]] == [(True, None)]
    assert call(capsys, "promote", "staging", "--repo", world.path)[0] == 0


def test_status_shows_what_stages_wait_for(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "promote", "staging", "--repo", world.path)
    out = call(capsys, "status", "--repo", world.path)[1]
    assert "test waits: soak: staging has held it for " in out
    assert "; verified: it is not verified in staging" in out
    assert "next:" not in out
    (app,) = document("status", call(capsys, "status", "--repo", world.path, "--json")[1])["apps"]
    assert app["pending"] == []
    assert [[gate["gate"] for gate in row["gates"]] for row in app["stages"]] == [
        [],
        ["soak", "verified"],
        ["upstream"],
    ]


def test_text_from_the_repository_reaches_no_terminal(world: Gated, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"warehouses/sample/marks/blocked/{world.tags[0]}.yaml"
    world.gitops.commit({path: 'reason: "\\e[31mred"\n'})
    for arguments in (["promote", "staging"], ["promote", "--explain"], ["promote", "--auto"], ["status"],
                      ["mark", "blocked", world.tags[0]]):  # fmt: skip
        _, out, err = call(capsys, *arguments, "--repo", world.path)
        assert "red" in out + err, arguments
        assert "\x1b" not in out + err, arguments


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["promote"], "missing argument 'STAGE...'"),
        (["promote", "--auto", "--explain"], "--explain and --auto do not go together"),
        (["promote", "--auto", "--force"], "--auto and --force do not go together"),
        (["promote", "--auto", "--freight", "git-1"], "--auto and --freight do not go together"),
        (["promote", "--explain", "--policy", "main"], "--explain and --policy do not go together"),
        (["promote", "--explain", "nowhere"], "has no stage 'nowhere'"),
        (["promote", "--auto", "nowhere"], "has no stage 'nowhere'"),
        (["mark", "veryfied", "staging"], "'veryfied' is not one of"),
        (["mark", "blocked"], "missing argument 'NAME...'"),
        (["mark", "blocked", "v1", "--freight", "v1"], "blocked takes the releases as names"),
        (["mark", "verified", "staging", "--freight", "v1"], "'v1' is not a release"),
    ],
)
def test_wrong_usage_is_two_lines(
    world: Gated, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    status, out, err = call(capsys, *arguments, "--repo", world.path)
    assert (status, out, len(err.splitlines())) == (2, "", 2)
    assert told in err
