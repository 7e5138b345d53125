"""What must hold against races between reading and writing, and against hostile or damaged input, through promote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import LockError, ProjectError, UnsafePathError, UsageError
from freightlib.models import RenderResult
from freightlib.plugins.hooks import PromotedEvent, hookimpl
from freightlib.plugins.registry import registry
from freightlib.promotion.result import Outcome
from freightlib.testing import RepositoryBuilder, git
from tests import plain_world
from tests.plain_world import IMAGE, WEB, PlainWorld
from tests.worlds import World

STAGES = ("staging: {from: warehouse}", "test: {from: warehouse}")


def project(branch: str = "stage/{stage}", path: str = "deploy/{stage}", stages: tuple[str, ...] = STAGES) -> str:
    return plain_world.project(*stages, keys=(f'output: {{branch: "{branch}", path: "{path}"}}',))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One plain release, published."""
    world = PlainWorld(tmp_path_factory.mktemp("plain"), project())
    freightlib.publish(world.gitops.path, world.source.path, revision=world.revision, image=IMAGE)
    return world


@pytest.fixture
def world(base: World, tmp_path: Path) -> World:
    return base.copy(tmp_path)


# --- a branch that moves while a stage is rendered ------------------------------------------------


def test_a_promotion_made_meanwhile_is_judged_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """FACTS 2: decided on one tip and committed on another, the newer promotion would be lost without a word."""
    first = world.revision
    second = world.source.commit({"k8s/helm/web.yaml": WEB.replace("web}", "new}")})
    freightlib.publish(world.gitops.path, world.source.path, revision=second, image=IMAGE)
    renderer = registry().renderer("copy")
    real = type(renderer).render
    turns: list[str] = []

    def meanwhile(self: object, request: object) -> RenderResult:
        turns.append("render")
        if len(turns) == 1:
            freightlib.promote(world.gitops.path, ["staging"], freight=second)
        return real(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(type(renderer), "render", meanwhile)
    (made,) = freightlib.promote(world.gitops.path, ["staging"], freight=first)
    assert made.previous_tag == f"git-{second}"
    assert [change.kind for change in made.changes] == ["content"]
    assert len(turns) == 3
    assert world.gitops.git("rev-list", "--count", "stage/staging") == "2"


# --- stages that share a branch -------------------------------------------------------------------


@pytest.mark.parametrize("path", [".", "deploy", "{app}/same"])
def test_two_stages_at_one_place_are_refused(world: World, path: str) -> None:
    world.gitops.commit({"freightlib.yaml": project("rendered", path)})
    before = world.gitops.refs()
    with pytest.raises(ProjectError, match="stage test of codeai would overwrite stage staging"):
        freightlib.promote(world.gitops.path, ["staging", "test"])
    assert world.gitops.refs() == before
    freightlib.promote(world.gitops.path, ["staging"])
    before = world.gitops.refs()
    with pytest.raises(ProjectError, match="stage test of codeai would overwrite stage staging"):
        freightlib.promote(world.gitops.path, ["test"])
    assert world.gitops.refs() == before


@pytest.mark.parametrize(("one", "other"), [("deploy", "deploy/sub"), ("deploy/sub", "deploy"), (".", "a"), ("a", ".")])
def test_one_stage_inside_another_is_refused(world: World, one: str, other: str) -> None:
    stages = tuple(
        f"{name}: {{from: warehouse, output: {{path: {path}}}}}" for name, path in (("staging", one), ("test", other))
    )
    world.gitops.commit({"freightlib.yaml": project("rendered", stages=stages)})
    freightlib.promote(world.gitops.path, ["staging"])
    before = world.gitops.refs()
    for stages_ in (["test"], ["staging", "test"]):
        for force in (False, True):
            with pytest.raises(ProjectError, match="would overwrite"):
                freightlib.promote(world.gitops.path, stages_, force=force)
    assert world.gitops.refs() == before


def test_stages_beside_each_other_on_one_branch_are_fine(world: World) -> None:
    world.gitops.commit({"freightlib.yaml": project("rendered", "deploy/{stage}")})
    made = freightlib.promote(world.gitops.path, ["staging", "test"])
    assert [one.outcome for one in made] == [Outcome.PROMOTED] * 2
    locks = [
        name for name in world.gitops.git("ls-tree", "-r", "--name-only", "rendered").splitlines() if ".lock" in name
    ]
    assert locks == ["deploy/staging/freight.lock", "deploy/test/freight.lock"]
    assert {one.outcome for one in freightlib.promote(world.gitops.path, ["staging", "test"])} == {Outcome.UNCHANGED}


def test_a_renamed_stage_takes_its_place_over_by_force(world: World) -> None:
    world.gitops.commit({"freightlib.yaml": project("rendered", ".")})
    freightlib.promote(world.gitops.path, ["staging"])
    with pytest.raises(ProjectError) as caught:
        freightlib.promote(world.gitops.path, ["test"])
    assert "renamed, use --force" in caught.value.hint
    freightlib.promote(world.gitops.path, ["test"], force=True)
    assert {one.outcome for one in freightlib.promote(world.gitops.path, ["test"])} == {Outcome.UNCHANGED}


# --- rendered branches that people damaged --------------------------------------------------------


@pytest.mark.parametrize("text", ["", "not: a lock\n", "a: [", "\0", "a: &a [x]\nb: *a\n"])
def test_a_damaged_lock_is_told_and_recovered_from(world: World, text: str) -> None:
    freightlib.promote(world.gitops.path, ["staging"])
    good = world.gitops.git("rev-parse", "stage/staging^{tree}")
    world.gitops.commit_to("stage/staging", {"deploy/staging/freight.lock": text})
    before = world.gitops.refs()
    with pytest.raises(LockError, match="stage/staging:deploy/staging/freight") as caught:
        freightlib.promote(world.gitops.path, ["staging"])
    assert "--force" in caught.value.hint
    assert world.gitops.refs() == before
    (row, _) = freightlib.status(world.gitops.path)[0].stages
    assert row.state == "unknown"
    assert "freight.lock" in (row.problem or "")
    (made,) = freightlib.promote(world.gitops.path, ["staging"], force=True)
    assert "its lock was damaged" in made.overrides[0]
    assert [one.moved for one in freightlib.log(world.gitops.path, "staging")][1] == ("hand edit",)
    web = "stage/staging:deploy/staging/web.yaml"
    assert world.gitops.git("rev-parse", web) == world.gitops.git("rev-parse", f"{good}:deploy/staging/web.yaml")
    world.gitops.git("fsck", "--strict")


def test_a_lock_cannot_forge_trailers(world: World) -> None:
    freightlib.promote(world.gitops.path, ["staging"])
    forged = '"\\nFreight-Tag: git-forged\\r\\nFreight-App: x"'
    world.gitops.commit_to("stage/staging", {"deploy/staging/freight.lock": f"schemaVersion: {forged}\n"})
    freightlib.promote(world.gitops.path, ["staging"], force=True)
    trailers = world.gitops.git("log", "-1", "--format=%(trailers:key=Freight-Tag,valueonly)", "stage/staging")
    assert trailers.split() == [f"git-{world.revision}"]


def test_a_lock_that_is_a_symlink(world: World) -> None:
    freightlib.promote(world.gitops.path, ["staging"])
    world.gitops.git("checkout", "-q", "stage/staging")
    lock = world.gitops.path / "deploy/staging/freight.lock"
    lock.unlink()
    lock.symlink_to("/etc/passwd")
    world.gitops.commit({})
    world.gitops.git("checkout", "-q", "main")
    with pytest.raises(LockError, match="symlink, not a file"):
        freightlib.promote(world.gitops.path, ["staging"])
    freightlib.promote(world.gitops.path, ["staging"], force=True)


def test_a_file_where_the_output_belongs(world: World) -> None:
    freightlib.promote(world.gitops.path, ["staging"])
    world.gitops.git("checkout", "-q", "stage/staging")
    world.gitops.git("rm", "-qr", "deploy")
    world.gitops.commit({"deploy": "a file\n"})
    world.gitops.git("checkout", "-q", "main")
    before = world.gitops.refs()
    with pytest.raises(UnsafePathError, match="is not a directory"):
        freightlib.promote(world.gitops.path, ["staging"])
    assert world.gitops.refs() == before


# --- plugins --------------------------------------------------------------------------------------


class Listener:
    """Fails when it is told of a promotion, with the error that would make a verb try again."""

    def __init__(self) -> None:
        self.told: list[PromotedEvent] = []

    @hookimpl
    def freightlib_promoted(self, event: PromotedEvent) -> None:
        self.told.append(event)
        raise freightlib.errors.RefConflictError("no\nthanks", hint="", ref="x", expected=None, found=None)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    registry().manager.register(made, name="listener")
    yield made
    registry().manager.unregister(made)


def test_a_plugin_that_fails_when_told_is_reported_and_undoes_nothing(world: World, listener: Listener) -> None:
    (made,) = freightlib.promote(world.gitops.path, ["staging"])
    assert made.outcome is Outcome.PROMOTED
    words = "the plugin listener failed after the promotion: RefConflictError: no"
    assert [note for note in made.notes if words in note]
    assert [event.commit for event in listener.told] == [made.commit]
    assert listener.told[0].previous is None
    assert world.gitops.git("rev-parse", "stage/staging") == made.commit
    assert freightlib.promote(world.gitops.path, ["staging"])[0].outcome is Outcome.UNCHANGED
    assert len(listener.told) == 1


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\nFreight-Tag: forged", "A", "", "x.lock", ".git"])
def test_an_app_without_a_project_file_needs_a_proper_name(tmp_path: Path, base: World, name: str) -> None:
    RepositoryBuilder(tmp_path / "g").commit({"README.md": "x"})
    with pytest.raises(freightlib.FreightError) as caught:
        freightlib.publish(
            tmp_path / "g",
            base.source.path,
            revision=base.revision,
            image=IMAGE,
            app=name,
            package_type="plain",
            path="k8s/helm",
        )
    assert caught.value.hint
    assert not name or isinstance(caught.value, UsageError)
    assert git(tmp_path / "g", "rev-list", "--count", "main") == "1"


@pytest.mark.parametrize(
    "facts",
    [
        "envType: ../../../etc",
        "namespace: /etc",
        "envType: .git",
        'namespace: "a\\nb"',
        'envType: "a\\\\b"',
        'namespace: ".g\\u200cit"',
        'envType: "git~1"',
        "renderedBranch: ../main",
        'renderedBranch: "a b"',
        "renderedBranch: refs/heads/x",
        "renderedBranch: -x",
        "renderedBranch: x.lock",
        "renderedBranch: main",
        "renderedBranch: HEAD",
    ],
)
def test_deployment_facts_cannot_lead_out_of_a_path_or_ref(world: World, facts: str) -> None:
    text = project("{renderedBranch}", "deploy/{envType}/{namespace}")
    deployment = "apps/codeai/deployments/staging/deployment.yaml"
    world.gitops.commit({"freightlib.yaml": text, deployment: f"{facts}\n"})
    before, objects = world.gitops.refs(), world.gitops.git("count-objects", "-v")
    with pytest.raises(freightlib.FreightError) as caught:
        freightlib.promote(world.gitops.path, ["staging"])
    assert caught.value.hint
    assert world.gitops.refs() == before
    assert world.gitops.git("count-objects", "-v") == objects


def test_a_rendering_without_manifests_says_so(world: World) -> None:
    revision = world.source.commit({"k8s/helm/web.yaml": "# nothing\n"})
    freightlib.publish(world.gitops.path, world.source.path, revision=revision, image=IMAGE)
    (made,) = freightlib.promote(world.gitops.path, ["staging"])
    names = world.gitops.git("ls-tree", "-r", "--name-only", "stage/staging").splitlines()
    assert (names == ["deploy/staging/freight.lock"]) == any("no manifests" in note for note in made.notes)
