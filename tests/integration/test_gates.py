"""Gates through whole promotions on real repositories: each one blocks, says why and until when, and lets pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import freightlib
from freightlib import Gate, GateRequest, GateResult
from freightlib.errors import MarkerError, PluginError, ProjectError, PromotionBlockedError
from freightlib.plugins.hooks import hookimpl
from tests.gated import START, Gated

TWO: Mapping[str, Mapping[str, Any]] = {"staging": {"from": "warehouse"}, "test": {"from": "staging"}}


def two(directory: Path, *gates: Mapping[str, Any], **test: Any) -> Gated:
    return Gated(directory, {**TWO, "test": {"from": "staging", "gates": [*gates], **test}})


# --- blocking and force ---------------------------------------------------------------------------


def test_a_blocked_promotion_carries_what_every_gate_said_and_writes_nothing(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "soak", "time": "24h"}, {"name": "verified"})
    world.promote("staging")
    before = world.gitops.refs()
    with pytest.raises(PromotionBlockedError) as caught:
        world.promote("test")
    error = caught.value
    assert "test is blocked: soak: staging has held it for 0s of 1d, 1d left, verified: it is not" in error.message
    assert "\n" not in error.message + error.hint
    assert [(one.gate, one.passed) for one in error.data["gates"]["test"]] == [
        ("blocked", True),
        ("upstream", True),
        ("soak", False),
        ("verified", False),
    ]
    assert world.gitops.refs() == before


def test_force_sets_gates_aside_and_the_lock_records_each(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "soak", "time": "24h"})
    (forced,) = world.promote("test", force=True)
    assert forced.overrides == (
        "its upstream staging holds no release yet",
        "soak: staging does not hold it, so its time has not begun",
    )


def test_a_blocked_release_is_not_even_forced(tmp_path: Path) -> None:
    world = two(tmp_path)
    (mark,) = freightlib.mark_blocked(world.path, [world.tags[0]], reason="loses orders", author=world.who)
    before = world.gitops.refs()
    for force in (False, True):
        with pytest.raises(
            PromotionBlockedError, match=r"it was blocked at 2026-03-23 10:00 UTC by Ada .*loses orders"
        ):
            world.promote("staging", force=force)
    assert world.gitops.refs() == before
    assert (world.path / mark.path).is_file()
    freightlib.mark_unblocked(world.path, [world.tags[0]])
    assert world.promote("staging")[0].outcome == "promoted"


def test_a_block_that_cannot_be_read_blocks(tmp_path: Path) -> None:
    world = two(tmp_path)
    world.gitops.commit({f"warehouses/sample/marks/blocked/{world.tags[0]}.yaml": "- a\n- b\n"})
    with pytest.raises(PromotionBlockedError, match="it is blocked, and the reason cannot be read"):
        world.promote("staging", force=True)


def test_gates_are_those_of_the_tip_whatever_revision_policy_is_read_from(tmp_path: Path) -> None:
    world = two(tmp_path)
    lax = world.gitops.git("rev-parse", "main")
    world.promote("staging")
    world.configure(stages={**TWO, "test": {"from": "staging", "gates": [{"name": "verified"}]}})
    with pytest.raises(PromotionBlockedError, match="it is not verified in staging"):
        world.promote("test", policy=lax)


def test_a_stage_keeps_its_release_when_only_policy_moves(tmp_path: Path) -> None:
    """The gates that judge a release are not asked again for one that the stage holds."""
    world = two(tmp_path, {"name": "verified"})
    freightlib.mark_verified(world.path, ["staging"], freight=world.tags[0], author=world.who)
    world.promote("staging", "test")
    world.release()
    world.promote("staging")
    world.policy("test", "elsewhere")
    (moved,) = world.promote("test", freight=world.tags[0])
    assert (moved.outcome, moved.moved, moved.overrides) == ("promoted", ("policy", "renderer"), ())
    assert world.subject("test") == f"Policy moved for sample test: {world.tags[0]} stays"


def test_a_downstream_stage_of_a_damaged_one_is_blocked_and_can_be_forced(tmp_path: Path) -> None:
    world = two(tmp_path)
    world.promote("staging")
    world.gitops.git("checkout", "-q", "stage/staging")
    world.gitops.commit({"freight.lock": "damaged: yes\n"})
    world.gitops.git("checkout", "-q", "main")
    with pytest.raises(PromotionBlockedError, match="its upstream staging has a damaged lock"):
        world.promote("test")
    assert world.promote("test", force=True)[0].overrides[0].startswith("its upstream staging has a damaged lock")


# --- soak -----------------------------------------------------------------------------------------


def test_soak_counts_from_what_brought_the_release_upstream(tmp_path: Path) -> None:
    """Kargo counted from the stage's own promotions (akuity/kargo#4586); here a stage of long ago gains nothing."""
    world = two(tmp_path, requiredSoakTime="24h")
    world.promote("staging")
    world.later(hours=30)
    world.promote("test")
    world.release()
    world.later(days=30)
    world.promote("staging")
    world.later(hours=5)
    said = world.gate("test", "soak")
    assert (said.passed, said.message) == (False, "staging has held it for 5h of 1d, 19h left")
    assert said.until == world.now + timedelta(hours=19)
    world.now = said.until - timedelta(seconds=1)
    assert not world.gate("test", "soak").passed
    world.now = said.until
    assert world.promote("test")[0].tag == world.tags[1]


def test_policy_that_moves_upstream_does_not_start_the_time_anew_and_a_break_does(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "soak", "time": "2h"})
    world.promote("staging")
    first = world.tags[0]
    world.later(hours=1)
    world.policy("staging", "elsewhere")
    assert world.promote("staging")[0].commit
    world.later(hours=1)
    assert world.gate("test", "soak").passed
    world.release()
    world.promote("staging")
    world.later(minutes=1)
    world.promote("staging", freight=first)
    world.later(hours=1)
    assert world.gate("test", "soak", freight=first).message == "staging has held it for 1h of 2h, 1h left"


def test_a_merged_proposal_counts_from_its_merge(tmp_path: Path) -> None:
    world = Gated(
        tmp_path,
        {
            "staging": {"from": "warehouse", "review": "pull-request"},
            "test": {"from": "staging", "gates": [{"name": "soak", "time": "2h"}]},
        },
    )
    (proposed,) = world.promote("staging")
    world.later(hours=5)
    environment = {"GIT_COMMITTER_DATE": world.now.isoformat(), "GIT_AUTHOR_DATE": world.now.isoformat()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        world.gitops.git("checkout", "-q", "stage/staging")
        world.gitops.git("merge", "-q", "--no-ff", "-m", "Merge", proposed.branch)
        world.gitops.git("checkout", "-q", "main")
    world.later(hours=1)
    assert world.gate("test", "soak").message == "staging has held it for 1h of 2h, 1h left"


def test_every_upstream_must_have_held_it_for_long_enough(tmp_path: Path) -> None:
    world = Gated(
        tmp_path,
        {
            "one": {"from": "warehouse"},
            "two": {"from": "warehouse"},
            "test": {"from": ["one", "two"], "requiredSoakTime": "2h"},
        },
    )
    world.promote("one")
    world.later(hours=1)
    world.promote("two")
    world.later(hours=1)
    assert world.gate("test", "soak").message == "two has held it for 1h of 2h, 1h left"


def test_what_one_call_gives_upstream_has_not_soaked(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "soak", "time": "1s"})
    with pytest.raises(PromotionBlockedError, match="has held it for 0s of 1s"):
        world.promote("staging", "test")
    world.configure(stages={**TWO, "test": {"from": "staging", "gates": [{"name": "soak", "time": "0"}]}})
    assert len(world.promote("staging", "test")) == 2


# --- marker, verified, window ---------------------------------------------------------------------

LEGACY = "warehouses/{app}/legacy-gitflow/{stage}/merged/{tag}.yaml"


def test_the_legacy_marker_is_read_from_the_tip_and_never_from_the_freight_commit(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "marker", "path": LEGACY})
    world.promote("staging")
    path = f"warehouses/sample/legacy-gitflow/test/merged/{world.tags[0]}.yaml"
    with pytest.raises(PromotionBlockedError, match=f"marker: {path} does not exist"):
        world.promote("test")
    revision = world.tags[0].removeprefix("git-")
    world.gitops.commit({path: f"revision: {revision}\ntag: {world.tags[0]}\nmergedAt: 2026-03-22T12:34:56Z\n"})
    said = world.gate("test", "marker")
    assert (said.passed, said.message) == (True, f"{path} says merged at 2026-03-22 12:34 UTC")
    world.gitops.git("rm", "-q", path)
    world.gitops.git("commit", "-qm", "Revoke")
    assert not world.gate("test", "marker").passed


def test_mark_merged_writes_what_the_legacy_gate_reads(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "marker", "path": LEGACY})
    world.promote("staging")
    (mark,) = freightlib.mark_merged(world.path, ["test"], author=world.who)
    assert (world.path / mark.path).read_text() == (
        f"revision: {world.tags[0].removeprefix('git-')}\ntag: {world.tags[0]}\nmergedAt: 2026-03-23T10:00:00Z\n"
        "by: 'Ada <ada@example.org>'\n"
    )
    assert world.promote("test")[0].outcome == "promoted"


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"revision: " + b"0" * 40 + b"\n", "revision is '000"),
        (b"tag: git-1\n", "tag is 'git-1'"),
        (b"- a list\n", "expected one mapping, not a list"),
        (b"a: 1\n---\nb: 2\n", "2 documents"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"revision: {a: 1}\n", "expected a short text, not a mapping"),
        (b"reason: " + b"x" * 5000, "5000 characters"),
        (b"x" * (2 << 20), "more than the limit of 1,048,576"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b", "YAML"),
    ],
)
def test_a_marker_that_is_wrong_blocks(tmp_path: Path, contents: bytes, told: str) -> None:
    world = two(tmp_path, {"name": "marker", "path": "ok/{tag}.yaml"})
    world.promote("staging")
    world.gitops.commit({f"ok/{world.tags[0]}.yaml": contents})
    said = world.gate("test", "marker")
    assert not said.passed
    assert told.lower() in said.message.lower()
    with pytest.raises(PromotionBlockedError):
        world.promote("test")


@pytest.mark.parametrize("contents", [b"", b"# only a comment\n", b"mergedAt: yesterday\n", b"other: {keys: [1]}\n"])
def test_a_marker_without_facts_counts_by_its_path(tmp_path: Path, contents: bytes) -> None:
    world = two(tmp_path, {"name": "marker", "path": "ok/{tag}.yaml"})
    world.gitops.commit({f"ok/{world.tags[0]}.yaml": contents})
    assert world.gate("test", "marker").passed


def test_a_symlink_is_no_marker(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "marker", "path": "ok/{tag}.yaml"})
    (world.path / "ok").mkdir()
    (world.path / f"ok/{world.tags[0]}.yaml").symlink_to("../freightlib.yaml")
    world.gitops.commit({})
    assert "is not a file" in world.gate("test", "marker").message


def test_verified_wants_every_upstream_and_this_release(tmp_path: Path) -> None:
    stages = {
        "one": {"from": "warehouse"},
        "two": {"from": "warehouse"},
        "test": {"from": ["one", "two"], "gates": [{"name": "verified"}]},
    }
    world = Gated(tmp_path, stages)
    world.promote("one", "two")
    freightlib.mark_verified(world.path, ["one"], author=world.who)
    assert world.gate("test", "verified").message == "it is not verified in two"
    freightlib.mark_verified(world.path, ["two"], author=world.who)
    assert world.gate("test", "verified").passed
    world.release()
    assert world.gate("test", "verified").message == "it is not verified in one and two"
    freightlib.mark_unverified(world.path, ["one"], author=world.who)
    assert not world.gate("test", "verified", freight=world.tags[0]).passed


def test_a_window_holds_back_policy_too(tmp_path: Path) -> None:
    window = {"name": "window", "days": "mon-fri", "from": "09:00", "to": "17:00", "timezone": "Europe/Berlin"}
    world = Gated(tmp_path, {"staging": {"from": "warehouse", "gates": [window]}})
    assert world.promote("staging")[0].outcome == "promoted"
    world.policy("staging", "elsewhere")
    world.later(hours=7)
    said = world.gate("staging", "window")
    assert said.until == START + timedelta(hours=22)
    with pytest.raises(PromotionBlockedError, match="again at 2026-03-24 08:00 UTC"):
        world.promote("staging")
    world.now = said.until
    assert world.promote("staging")[0].moved[0] == "policy"


def test_gates_of_the_app_count_for_stages_that_name_none(tmp_path: Path) -> None:
    world = Gated(tmp_path, {**TWO, "free": {"from": "staging", "gates": []}}, gates=[{"name": "verified"}])
    assert [one.gate for one in world.explain()["test"].gates] == ["blocked", "upstream", "verified"]
    assert [one.gate for one in world.explain()["free"].gates] == ["blocked", "upstream"]
    assert world.gate("staging", "verified").message == "it takes releases straight from the warehouse"


# --- explain --------------------------------------------------------------------------------------


def test_explain_says_of_every_stage_what_promoting_it_would_meet(tmp_path: Path) -> None:
    world = two(tmp_path)
    before = world.gitops.refs()
    alone = world.explain()
    assert (alone["staging"].passed, alone["test"].passed) == (True, False)
    together = world.explain("test", "staging")
    assert (together["staging"].passed, together["test"].passed) == (True, True)
    assert world.gitops.refs() == before


def test_status_names_the_gates_that_hold_a_stage_back(tmp_path: Path) -> None:
    world = two(tmp_path, {"name": "soak", "time": "4h"})
    world.promote("staging")
    world.later(hours=1)
    staging, test = freightlib.status(world.path, now=world.now)[0].stages
    assert staging.gates == ()
    assert [one.words for one in test.gates] == ["soak: staging has held it for 1h of 4h, 3h left"]


# --- wrong configuration and broken plugins -------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ({"name": "soak"}, "time is missing"),
        ({"name": "soak", "time": "24"}, "'24'|is 24"),
        ({"name": "soak", "time": "1h", "tiem": "1h"}, "tiem is not known"),
        ({"name": "marker"}, "path is missing"),
        ({"name": "marker", "path": "../{tag}"}, "not a safe path"),
        ({"name": "marker", "path": "{tagg}"}, "did you mean {tag}"),
        ({"name": "window", "from": "9:00"}, "not a time of day"),
        ({"name": "window", "from": "09:00", "to": "09:00"}, "the same as from"),
        ({"name": "window", "timezone": "Europe/Atlantis"}, "not a time zone known here"),
        ({"name": "window", "timezone": "../../etc/passwd"}, "not a time zone known here"),
        ({"name": "window", "days": "mon-fry"}, "days has 'mon-fry'"),
        ({"name": "window", "effect": "maybe"}, "effect is 'maybe'"),
        ({"name": "verified", "by": "me"}, "by is not known"),
    ],
)
def test_a_wrong_option_is_told_before_anything_moves(tmp_path: Path, gate: Mapping[str, Any], told: str) -> None:
    world = Gated(tmp_path, {"staging": {"from": "warehouse", "gates": [gate]}})
    with pytest.raises(ProjectError, match=told) as caught:
        world.promote("staging")
    assert caught.value.hint
    (row,) = freightlib.status(world.path)[0].stages
    assert row.state == "unknown"


def test_an_unknown_gate_names_the_one_that_was_meant(tmp_path: Path) -> None:
    world = Gated(tmp_path, {"staging": {"from": "warehouse", "gates": [{"name": "soack"}]}})
    with pytest.raises(PluginError, match="there is no gate named 'soack'") as caught:
        world.promote("staging")
    assert caught.value.hint == "did you mean 'soak'?"


class Moody:
    """A gate of a plugin that does whatever it is told to."""

    name = "moody"
    for_policy = False

    def __init__(self, answer: Callable[[GateRequest], Any]) -> None:
        self.answer = answer

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return options

    def evaluate(self, request: GateRequest, /) -> GateResult:
        result: GateResult = self.answer(request)
        return result


class Plugin:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    @hookimpl
    def freightlib_gates(self) -> list[Gate]:
        return [self.gate]


def broken(request: GateRequest) -> GateResult:
    raise RuntimeError(f"no answer\n\tfor {request.stage.name}")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (broken, "RuntimeError: no answer for staging"),
        (lambda _: True, "TypeError: it answered True"),
        (lambda _: GateResult(True, "ok", until=START.replace(tzinfo=None)), "TypeError: it answered GateResult"),
    ],
)
def test_a_gate_that_fails_blocks_and_its_plugin_is_named(
    tmp_path: Path, freight_plugin: Callable[[object], None], answer: Callable[[GateRequest], Any], told: str
) -> None:
    freight_plugin(Plugin(Moody(answer)))
    world = Gated(tmp_path, {"staging": {"from": "warehouse", "gates": [{"name": "moody"}]}})
    with pytest.raises(PromotionBlockedError, match=f"the gate moody of the test failed: {told}"):
        world.promote("staging")
    assert world.promote("staging", force=True)[0].overrides


def test_a_plugins_gate_is_asked_with_everything_it_may_need(
    tmp_path: Path, freight_plugin: Callable[[object], None]
) -> None:
    asked: list[GateRequest] = []

    def answer(request: GateRequest) -> GateResult:
        asked.append(request)
        return GateResult(True, "fine")

    freight_plugin(Plugin(Moody(answer)))
    world = two(tmp_path, {"name": "moody", "who": "{stage} {tag}"})
    world.promote("staging")
    world.later(hours=1)
    world.promote("test")
    (request,) = asked
    assert request.options == {"who": f"test {world.tags[0]}"}
    assert (request.stage.name, request.held, request.now) == ("test", None, world.now)
    assert [(one.stage, one.tag, one.since) for one in request.upstream] == [("staging", world.tags[0], START)]
    assert request.policy.read("freightlib.yaml") is not None
    assert request.policy.commit == world.gitops.git("rev-parse", "main")


def test_a_marker_of_another_release_is_not_overwritten(tmp_path: Path) -> None:
    world = two(tmp_path)
    (mark,) = freightlib.mark_path(world.path, ["ok/{tag}.yaml"], author=world.who)
    world.gitops.commit({mark.path: "tag: git-other\n"})
    with pytest.raises(MarkerError, match="tag is 'git-other'"):
        freightlib.mark_path(world.path, ["ok/{tag}.yaml"])
