"""``GitOps`` on real repositories: what it reads, what a dry run leaves alone, what it says while it works."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

import freightlib
from freightlib import GitOps, Identity, Progress
from freightlib.errors import UsageError
from freightlib.testing import AppBuilder, git
from tests.gated import START, Gated

pytestmark = pytest.mark.usefixtures("backend")

TWO = {"staging": {"from": "warehouse"}, "test": {"from": "staging"}}
WEB = "kind: Service\nmetadata: {name: web}\n---\nkind: Pod\nmetadata: {name: one}\n"
IMAGE = "ghcr.io/example/sample:v9@sha256:" + "9" * 64


@pytest.fixture
def world(tmp_path: Path) -> Gated:
    return Gated(tmp_path, TWO)


def test_a_release_through_its_stages(world: Gated) -> None:
    ops = GitOps.open(world.path, clock=lambda: world.now, author=world.who)
    assert [one.stage for one in ops.promote("staging")] == ["staging"], "a text is one stage"
    world.later(hours=1)
    (mark,) = ops.release(world.tags[0]).verified("staging", reason="it works")
    assert mark.marker is not None
    assert mark.marker.when == world.now, "the clock's time, not the author's"
    assert ops.stage("staging").verified().changed is False
    second = world.release()
    assert ops.stage("staging").explain(freight=second).passed
    (moved,) = ops.promote(["staging"])
    assert (moved.tag, moved.previous_tag) == (second, world.tags[0])
    assert git(world.path, "log", "-1", "--format=%ad", "--date=unix", "stage/staging") == str(
        int(world.now.timestamp())
    )
    back = ops.stage("staging").rollback(world.tags[0], exact=True)
    assert back.lock.rollback is not None
    assert [one.tag for one in ops.stage("staging").history()] == [world.tags[0], second, world.tags[0]]
    assert ops.release(second).block("loses orders").changed
    assert not ops.stage("test").explain(freight=second).passed
    assert ops.release(second).unblock().changed
    assert ops.release().snapshot().freight.tag == second
    assert ops.verify().ok
    assert ops.audit(all_commits=True).ok
    assert ops.stage("staging").attest().commit == world.gitops.tip("stage/staging")


def test_what_the_repository_holds_as_models(tmp_path: Path) -> None:
    app = AppBuilder(tmp_path, {"web.yaml": WEB, "more/pod.yaml": "kind: Pod\nmetadata: {name: two}\n"})
    ops = GitOps.open(app.gitops.path)
    assert [*ops.project().app("sample").stages] == ["test"]
    assert [(one.app, one.freight.tag) for one in ops.releases()] == [("sample", app.tag)]
    assert ops.manifests("test") == ()
    ops.promote("test")
    found = ops.manifests("test")
    assert [one.path for one in found] == ["more/pod.yaml", "web.yaml", "web.yaml"]
    files: dict[str, bytes] = {}
    for one in found:
        files[one.path] = files.get(one.path, b"") + one.separator + one.data
    assert files == ops.stage("test").render().files
    assert ops.stage("test").manifests() == found
    assert ops.stage("test").diff() == ()
    with pytest.raises(UsageError, match="no stage 'tset'"):
        ops.manifests("tset")


def objects(place: Path) -> set[str]:
    return {str(path) for path in (place / ".git/objects").rglob("*") if path.is_file()}


def test_a_dry_run_writes_nothing(world: Gated) -> None:
    world.promote("staging")
    world.release()
    revision = world.source.commit({"k8s/manifests/web.yaml": "kind: Pod\nmetadata: {name: new}\n"})
    ops = GitOps.open(world.path, dry_run=True)
    before = world.gitops.refs(), objects(world.path)
    planned = ops.publish(world.source.path, revision=revision, image=IMAGE)
    assert (planned.created, planned.dry_run, planned.commit) == (True, True, world.gitops.tip("main"))
    assert ops.promote("staging")[0].commit is None
    assert ops.promote_auto()
    assert ops.stage("staging").rollback(world.tags[0], exact=False).commit is None
    assert [one.commit for one in ops.release(world.tags[0]).verified(["staging", "test"])] == [None, None]
    assert ops.release(world.tags[0]).block().changed
    assert ops.release(world.tags[0]).mark("{marks}/ok/{tag}.yaml")[0].changed
    assert ops.release(world.tags[0]).merged("test")[0].changed
    pruning = ops.prune(keep=0, keep_per_stage=0)
    assert (pruning.commit, pruning.dry_run) == (None, True)
    assert (world.gitops.refs(), objects(world.path)) == before
    published = ops.with_(dry_run=False).publish(world.source.path, revision=revision, image=IMAGE)
    assert published.created
    assert published.snapshot.payload == planned.snapshot.payload


def test_a_planned_release_has_the_id_that_it_will_have(world: Gated) -> None:
    when = datetime(2026, 3, 23, tzinfo=UTC)
    revision = world.source.commit({"k8s/manifests/web.yaml": "kind: Pod\nmetadata: {name: new}\n"})
    ops = GitOps.open(world.path, clock=lambda: when)
    planned = ops.with_(dry_run=True).publish(world.source.path, revision=revision, image=IMAGE)
    made = ops.publish(world.source.path, revision=revision, image=IMAGE)
    assert made.snapshot.tree == planned.snapshot.tree
    assert made.snapshot.freight.created_at == when
    again = ops.with_(dry_run=True).publish(world.source.path, revision=revision, image=IMAGE)
    assert (again.created, again.snapshot.tree) == (False, made.snapshot.tree)


def test_a_text_is_one_stage_everywhere(world: Gated) -> None:
    def stages(found: object) -> list[str]:
        return [one.stage for one in found]  # type: ignore[attr-defined]

    assert stages(freightlib.promote(world.path, "staging")) == ["staging"]
    assert stages(freightlib.promote_auto(world.path, "staging")) == ["staging"]
    assert stages(freightlib.explain(world.path, "staging")) == ["staging"]
    assert stages(freightlib.render_stages(world.path, "staging")) == ["staging"]
    assert freightlib.audit(world.path, "staging").checked["stages"] == 1
    assert freightlib.mark_blocked(world.path, world.tags[0])[0].tag == world.tags[0]
    (back,) = freightlib.rollback(world.path, "staging", to=world.tags[0], exact=True)
    assert back.stage == "staging"


def test_each_call_sees_what_others_moved(world: Gated, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(world.path), str(bare))
    ops = GitOps.open(f"file://{bare}")
    assert len(ops.releases()) == 1
    world.release()
    git(world.path, "push", "-q", str(bare), "main")
    assert len(ops.releases()) == 2
    assert ops.promote("staging")[0].tag == world.tags[1]


# --- what it says while it works ------------------------------------------------------------------


def test_progress_is_told_step_by_step(world: Gated) -> None:
    events: list[Progress] = []
    ops = GitOps.open(world.path, progress=events.append)
    ops.promote(["staging", "test"])
    assert [(one.step, one.done, one.total, one.subject) for one in events if one.step == "render"] == [
        ("render", 0, 2, ""),
        ("render", 1, 2, "staging"),
        ("render", 2, 2, "test"),
    ]
    assert [(one.step, one.done, one.total) for one in events if one.step == "move"] == [("move", 0, 2), ("move", 2, 2)]
    events.clear()
    ops.audit()
    ops.verify(history=True, proofs=False)
    assert {one.step for one in events} == {"audit", "history"}
    assert events[-1].done == events[-1].total
    events.clear()
    freightlib.promote(world.path, ["staging"])
    assert events == [], "only calls of the object are followed"


def test_what_the_callback_raises_ends_the_call_before_anything_moved(world: Gated) -> None:
    def stop(event: Progress) -> None:
        raise InterruptedError(event.step)

    before = world.gitops.refs()
    with pytest.raises(InterruptedError, match="render"):
        GitOps.open(world.path, progress=stop).promote("staging")
    assert world.gitops.refs() == before


def test_what_the_callback_raises_afterwards_is_logged(world: Gated, caplog: pytest.LogCaptureFixture) -> None:
    def late(event: Progress) -> None:
        if (event.step, event.done) == ("move", event.total):
            raise ValueError("too late")

    (made,) = GitOps.open(world.path, progress=late).promote("staging")
    assert made.commit == world.gitops.tip("stage/staging")
    assert "the progress callback failed" in caplog.text


def test_moves_and_decisions_are_logged(world: Gated, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="freightlib")
    world.configure(stages={"staging": {"from": "warehouse", "auto": True}, "test": {"from": "staging"}})
    GitOps.open(world.path).promote_auto()
    assert f"refs/heads/stage/staging: None → {world.gitops.tip('stage/staging')}" in caplog.text
    assert "staging of sample: freight: every gate passes" in caplog.text
    assert "test of sample: manual" in caplog.text


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_it_is_silent_by_default(world: Gated) -> None:
    done = run("-c", f"import freightlib; freightlib.promote({str(world.path)!r}, 'staging')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- the package ----------------------------------------------------------------------------------


def test_the_version_is_that_of_the_distribution() -> None:
    assert freightlib.__version__ == version("freightlib")


def test_the_module_runs_as_the_command() -> None:
    done = run("-m", "freightlib", "--version")
    assert (done.returncode, done.stdout) == (0, f"freight {version('freightlib')}\n")


def test_the_module_says_what_is_missing() -> None:
    code = "import sys, runpy; sys.modules['click'] = None; runpy.run_module('freightlib', run_name='__main__')"
    done = run("-c", code)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the freight command needs click")


def test_an_author_can_be_given_without_a_clock(world: Gated) -> None:
    who = Identity("Ada", "ada@example.org", START)
    GitOps.open(world.path, author=who).promote("staging")
    made = git(world.path, "log", "-1", "--format=%an %at", "stage/staging")
    assert made == f"Ada {int(START.timestamp())}"
