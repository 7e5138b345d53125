"""``promote --auto``: every stage that may move moves once, in order; policy moves what it changes, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import freightlib
from freightlib.errors import LockError, RenderError
from freightlib.plugins.contracts import Fingerprint, Renderer
from freightlib.plugins.hooks import hookimpl
from freightlib.rendering.builtin.copy import CopyRenderer
from tests.gated import WEB, Gated

Stages = Mapping[str, Mapping[str, Any]]


def line(**gates: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """staging, test, production, one after the other, all by themselves; ``gates`` by stage."""
    names = ("staging", "test", "production")
    return {
        name: {"from": names[at - 1] if at else "warehouse", "auto": True, "gates": gates.get(name, [])}
        for at, name in enumerate(names)
    }


SOAK = {"name": "soak", "time": "24h"}


def results(steps: Mapping[str, freightlib.AutoStep]) -> dict[str, str]:
    return {stage: step.result.value for stage, step in steps.items()}


def test_without_gates_a_release_goes_all_the_way_in_one_run(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    assert results(world.auto()) == dict.fromkeys(("staging", "test", "production"), "freight")
    assert world.holds() == dict.fromkeys(("staging", "test", "production"), world.tags[0])
    before = world.gitops.refs()
    again = world.auto()
    assert results(again) == dict.fromkeys(again, "settled")
    assert world.gitops.refs() == before


def test_a_stage_is_not_taken_in_the_same_run_unless_its_gates_pass(tmp_path: Path) -> None:
    world = Gated(tmp_path, line(test=[SOAK], production=[SOAK]))
    first = world.tags[0]
    steps = world.auto()
    assert results(steps) == {"staging": "freight", "test": "blocked", "production": "blocked"}
    assert "soak: staging has held it for 0s of 1d, 1d left" in steps["test"].why
    assert world.holds() == {"staging": first, "test": None, "production": None}
    world.later(hours=24)
    assert results(world.auto()) == {"staging": "settled", "test": "freight", "production": "blocked"}
    world.later(hours=24)
    assert results(world.auto()) == {"staging": "settled", "test": "settled", "production": "freight"}


def test_a_stage_takes_what_its_upstream_is_about_to_let_go_of(tmp_path: Path) -> None:
    """Otherwise a team that releases as often as its releases soak would never see one in test."""
    world = Gated(tmp_path, line(test=[SOAK], production=[SOAK]))
    world.auto()
    world.later(hours=24)
    world.auto()
    world.later(hours=24)
    one, two = world.tags[0], world.release()
    world.promote("staging")
    world.later(hours=24)
    three = world.release()
    steps = world.auto()
    assert results(steps) == dict.fromkeys(steps, "freight")
    assert world.holds() == {"staging": three, "test": two, "production": one}


def test_stages_without_auto_stay_and_those_after_them_follow_what_they_hold(tmp_path: Path) -> None:
    stages = line()
    del stages["test"]["auto"]
    world = Gated(tmp_path, stages)
    assert results(world.auto()) == {"staging": "freight", "test": "manual", "production": "blocked"}
    world.promote("test")
    assert results(world.auto()) == {"staging": "settled", "test": "manual", "production": "freight"}


def test_only_the_named_stages_move(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.promote("staging")
    world.release()
    assert results(world.auto("test")) == {"test": "freight"}
    assert world.holds() == {"staging": world.tags[0], "test": world.tags[0], "production": None}


def test_a_reviewed_stage_gets_a_proposal_and_what_follows_waits(tmp_path: Path) -> None:
    stages = line()
    stages["test"]["review"] = "pull-request"
    world = Gated(tmp_path, stages)
    steps = world.auto()
    assert results(steps) == {"staging": "freight", "test": "freight", "production": "blocked"}
    promotion = steps["test"].promotion
    assert promotion is not None
    assert (promotion.outcome, promotion.branch) == ("proposed", "proposal/sample/test")
    before = world.gitops.refs()
    assert results(world.auto())["test"] == "settled"
    assert world.gitops.refs() == before


def test_no_stage_is_taken_back_unless_current_was(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    old = world.tags[0]
    new = world.release()
    world.promote("test", force=True)
    world.promote("staging", freight=old)
    steps = world.auto("test")
    assert results(steps) == {"test": "blocked"}
    assert f"it holds {new}, which is newer than {old}" in steps["test"].why
    assert results(world.auto()) == {"staging": "freight", "test": "settled", "production": "freight"}


def test_nothing_published_is_no_error(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.gitops.git("rm", "-rq", "warehouses")
    world.gitops.git("commit", "-qm", "Empty")
    steps = world.auto()
    assert {step.why for step in steps.values()} == {"nothing is published yet"}


# --- policy alone ---------------------------------------------------------------------------------


def test_policy_moves_exactly_the_stages_that_read_it(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    tips = {stage: world.gitops.git("rev-parse", f"stage/{stage}") for stage in world.holds()}
    world.policy("test", "elsewhere")
    world.gitops.commit({"apps/sample/README.md": "nobody reads this\n"})
    steps = world.auto()
    assert results(steps) == {"staging": "settled", "test": "policy", "production": "settled"}
    assert steps["test"].why == f"policy moved, {world.tags[0]} stays"
    assert world.subject("test") == f"Policy moved for sample test: {world.tags[0]} stays"
    moved = [stage for stage, tip in tips.items() if world.gitops.git("rev-parse", f"stage/{stage}") != tip]
    assert moved == ["test"]
    assert b'"ns": "elsewhere"' in world.deployed("test")["web.yaml"]
    assert results(world.auto()) == dict.fromkeys(steps, "settled")
    assert next(iter(freightlib.log(world.path, "test"))).moved[0] == "policy"


def test_a_blocked_stage_still_gets_policy_for_the_release_it_holds(tmp_path: Path) -> None:
    world = Gated(tmp_path, line(test=[{"name": "verified"}]))
    first = world.tags[0]
    freightlib.mark_verified(world.path, ["staging"], freight=first, author=world.who)
    world.auto()
    second = world.release()
    world.policy("test", "elsewhere")
    steps = world.auto()
    assert results(steps) == {"staging": "freight", "test": "policy", "production": "settled"}
    assert steps["test"].why == f"policy moved, {first} stays; {second} waits: verified: it is not verified in staging"
    assert world.holds() == {"staging": second, "test": first, "production": first}
    assert b"release 2" not in world.deployed("test")["web.yaml"]
    assert b'"ns": "elsewhere"' in world.deployed("test")["web.yaml"]


def test_new_freight_brings_new_policy_along_in_one_commit(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    world.release()
    world.policy("staging", "elsewhere")
    steps = world.auto("staging")
    assert results(steps) == {"staging": "freight"}
    assert world.subject("staging") == f"Promote sample staging to {world.tags[1]}"


def test_a_stage_of_a_project_file_that_changed_is_rendered_anew(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    world.configure(stages={**line(), "test": {**line()["test"], "render": {"layout": "file"}}})
    assert results(world.auto()) == {"staging": "settled", "test": "policy", "production": "settled"}


def test_a_stage_that_was_edited_by_hand_is_left_alone(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    world.gitops.git("checkout", "-q", "stage/test")
    world.gitops.commit({"web.yaml": "kind: Service\nmetadata: {name: by-hand}\n"})
    world.gitops.git("checkout", "-q", "main")
    world.release()
    world.policy("test", "elsewhere")
    before = world.gitops.git("rev-parse", "stage/test")
    steps = world.auto()
    assert results(steps) == {"staging": "freight", "test": "blocked", "production": "blocked"}
    assert "changed by hand" in steps["test"].why
    assert world.gitops.git("rev-parse", "stage/test") == before


# --- failures -------------------------------------------------------------------------------------


def test_a_stage_that_fails_holds_up_only_what_depends_on_it(tmp_path: Path) -> None:
    stages = {
        "bad": {"from": "warehouse", "auto": True},
        "good": {"from": "warehouse", "auto": True},
        "after": {"from": "bad", "auto": True},
    }
    world = Gated(tmp_path, stages)
    world.configure(stages={**stages, "bad": {**stages["bad"], "render": {"layout": "helm", "transforms": [{"name": "common-labels", "labels": {"a": "b c"}}]}}})  # fmt: skip  # noqa: E501
    steps = world.auto()
    assert results(steps) == {"bad": "failed", "good": "freight", "after": "blocked"}
    assert steps["bad"].error is not None
    assert "common-labels" in steps["bad"].why


def test_a_rendering_that_fails_holds_up_only_what_depends_on_it(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: hunter2}\n"
    stages = line()
    stages["staging"]["render"] = {"checks": {"plaintextSecrets": "refuse"}}
    stages["other"] = {"from": "warehouse", "auto": True}
    world = Gated(tmp_path, stages)
    world.release({"web.yaml": WEB, "secret.yaml": secret})
    steps = world.auto()
    assert results(steps) == {"staging": "failed", "other": "freight", "test": "blocked", "production": "blocked"}
    assert isinstance(steps["staging"].error, RenderError)


def test_a_damaged_lock_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    stages = {"one": {"from": "warehouse", "auto": True}, "two": {"from": "warehouse", "auto": True},
              "three": {"from": "one", "auto": True}}  # fmt: skip
    world = Gated(tmp_path, stages)
    world.auto("one")
    world.gitops.git("checkout", "-q", "stage/one")
    world.gitops.commit({"freight.lock": "damaged: yes\n"})
    world.gitops.git("checkout", "-q", "main")
    steps = world.auto()
    assert results(steps) == {"one": "failed", "two": "freight", "three": "blocked"}
    assert isinstance(steps["one"].error, LockError)
    assert "damaged lock" in steps["three"].why


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    world = Gated(tmp_path, line(production=[SOAK]))
    before = world.gitops.refs()
    assert results(world.auto(dry_run=True)) == {"staging": "freight", "test": "freight", "production": "blocked"}
    assert world.gitops.refs() == before


@pytest.mark.parametrize("order", [("staging", "test", "production"), ("production", "test", "staging")])
def test_the_order_of_names_does_not_matter(tmp_path: Path, order: tuple[str, ...]) -> None:
    world = Gated(tmp_path, line())
    assert list(world.auto(*order)) == ["staging", "test", "production"]
    assert set(world.holds().values()) == {world.tags[0]}


def test_every_app_of_a_project_is_looked_after(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    text = (world.path / "freightlib.yaml").read_text()
    project = json.loads(text)
    project["apps"]["second"] = {**project["apps"]["sample"], "stages": {"only": {"from": "warehouse", "auto": True}}}
    world.gitops.commit({"freightlib.yaml": json.dumps(project)})
    steps = freightlib.promote_auto(world.path, now=world.now)
    assert [(step.app, step.result.value) for step in steps][-1] == ("second", "blocked")
    assert len(steps) == 4


class Versioned(CopyRenderer):
    """A renderer whose version changes under the stages that it rendered."""

    name = "versioned"
    version = "1"

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        return Fingerprint("versioned", self.version)


class Plugin:
    def __init__(self) -> None:
        self.renderer = Versioned()

    @hookimpl
    def freightlib_renderers(self) -> list[Renderer]:
        return [self.renderer]


def test_a_renderers_new_version_alone_moves_nothing_by_itself(
    tmp_path: Path, freight_plugin: Callable[[object], None]
) -> None:
    plugin = Plugin()
    freight_plugin(plugin)
    stages = line()
    stages["staging"]["render"] = {"renderer": "versioned"}
    for stage in ("test", "production"):
        stages[stage]["render"] = {"renderer": "copy"}
    world = Gated(tmp_path, stages)
    world.auto()
    plugin.renderer.version = "2"
    assert results(world.auto()) == dict.fromkeys(stages, "settled")
    (by_hand,) = world.promote("staging")
    assert (by_hand.outcome, by_hand.moved) == ("recorded", ("renderer",))
    assert world.subject("staging").startswith("Record ")


def test_policy_moves_a_stage_whose_upstream_stages_part_in_this_run(tmp_path: Path) -> None:
    stages = {
        "one": {"from": "warehouse", "auto": True},
        "two": {"from": "warehouse"},
        "both": {"from": ["one", "two"], "auto": True},
    }
    world = Gated(tmp_path, stages)
    world.promote("one", "two", "both")
    world.release()
    world.policy("both", "elsewhere")
    assert results(world.auto()) == {"one": "freight", "two": "manual", "both": "policy"}
    assert b'"ns": "elsewhere"' in world.deployed("both")["web.yaml"]


def test_an_upstream_with_a_release_that_is_gone_blocks_and_does_not_fail(tmp_path: Path) -> None:
    world = Gated(tmp_path, line())
    world.promote("staging")
    world.release()
    world.gitops.git("rm", "-rq", f"warehouses/sample/freight/{world.tags[0]}")
    world.gitops.git("commit", "-qm", "Prune")
    steps = world.auto("test")
    assert results(steps) == {"test": "blocked"}
    assert f"its upstream staging holds {world.tags[0]}" in steps["test"].why


def test_a_stage_whose_own_release_is_gone_says_so(tmp_path: Path) -> None:
    world = Gated(tmp_path, line(staging=[{"name": "marker", "path": "ok/{tag}.yaml"}]))
    world.promote("staging", force=True)
    world.release()
    world.gitops.git("rm", "-rq", f"warehouses/sample/freight/{world.tags[0]}")
    world.gitops.git("commit", "-qm", "Prune")
    world.policy("staging", "elsewhere")
    steps = world.auto("staging")
    assert results(steps) == {"staging": "blocked"}
    assert f"its own release {world.tags[0]} is no longer in the warehouse" in steps["staging"].why


@pytest.mark.parametrize("kind", ["exact", "current-policy"])
def test_a_stage_that_was_rolled_back_is_left_alone_until_there_is_something_newer(tmp_path: Path, kind: str) -> None:
    world = Gated(tmp_path, line())
    world.auto()
    first, second = world.tags[0], world.release()
    world.auto()
    freightlib.rollback(world.path, ["production"], to=first, exact=kind == "exact", author=world.who)
    before = world.gitops.tip("stage/production")
    step = world.auto()["production"]
    assert (step.result.value, second in step.why, "rolled back" in step.why) == ("blocked", True, True)
    # nor does policy of today undo it
    world.gitops.commit({"apps/sample/deployments/production/deployment.yaml": "namespace: other\n"}, "Policy")
    assert world.auto()["production"].result.value == "blocked"
    assert world.gitops.tip("stage/production") == before
    third = world.release()
    assert world.auto()["production"].result.value == "freight"
    assert world.holds()["production"] == third


def test_a_rollback_that_waits_for_review_is_not_overtaken(tmp_path: Path) -> None:
    stages = line()
    stages["production"] = {**stages["production"], "review": "pull-request"}
    world = Gated(tmp_path, stages)

    def land() -> None:
        approved = world.gitops.tip("proposal/sample/production")
        freightlib.land(world.path, "production", approved=approved, author=world.who)

    world.auto()
    land()
    first = world.tags[0]
    world.release()
    world.auto()
    land()
    freightlib.rollback(world.path, ["production"], to=first, exact=True, author=world.who)
    before = world.gitops.refs()
    assert world.auto()["production"].result.value == "settled"  # it holds the newest until the rollback has landed
    world.gitops.commit({"apps/sample/deployments/production/deployment.yaml": "namespace: other\n"}, "Policy")
    world.auto("production")
    assert world.gitops.tip("proposal/sample/production") in before.values()
    world.release()
    assert world.auto()["production"].result.value == "freight"
