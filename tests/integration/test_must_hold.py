"""What must hold against races between reading and writing, and against hostile or damaged input, through promote."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import LockError, ProjectError, UnsafePathError, UsageError
from freightlib.models import RenderResult
from freightlib.plugins.hooks import PromotedEvent, hookimpl
from freightlib.plugins.registry import registry
from freightlib.promotion.result import Outcome
from tests.worlds import World, commit_files, git, make_world

IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"
PLAIN = {"web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"}
PROJECT = """\
apps:
  codeai:
    package: {type: plain, path: k8s/helm}
    output: {branch: BRANCH, path: PATH}
    stages:
      staging: {from: warehouse}
      test: {from: warehouse}
"""


def project(branch: str = "stage/{stage}", path: str = "deploy/{stage}") -> str:
    return PROJECT.replace("BRANCH", f'"{branch}"').replace("PATH", f'"{path}"')


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One plain release, published."""
    world = make_world(tmp_path_factory.mktemp("plain"), PLAIN)
    for path in (world.gitops / "apps/codeai/deployments").glob("*/deployment.yaml"):
        path.unlink()
    commit_files(world.gitops, {"freightlib.yaml": project()})
    freightlib.publish(world.gitops, world.source, revision=world.revision, image=IMAGE)
    return world


@pytest.fixture
def world(base: World, tmp_path: Path) -> World:
    made = World(tmp_path / "app", tmp_path / "gitops", base.revision)
    shutil.copytree(base.source, made.source)
    shutil.copytree(base.gitops, made.gitops)
    return made


def refs(world: World) -> str:
    return git(world.gitops, "for-each-ref", "--format=%(refname) %(objectname)")


def on_branch(world: World, branch: str, files: dict[str, str]) -> str:
    """Commit ``files`` on ``branch`` as a person would."""
    git(world.gitops, "checkout", "-q", branch)
    made = commit_files(world.gitops, files)
    git(world.gitops, "checkout", "-q", "main")
    return made


# --- a branch that moves while a stage is rendered ------------------------------------------------


def test_a_promotion_made_meanwhile_is_judged_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """FACTS 2: decided on one tip and committed on another, the newer promotion would be lost without a word."""
    first = world.revision
    second = world.release({"k8s/helm/web.yaml": PLAIN["web.yaml"].replace("web}", "new}")})
    freightlib.publish(world.gitops, world.source, revision=second, image=IMAGE)
    renderer = registry().renderer("copy")
    real = type(renderer).render
    turns: list[str] = []

    def meanwhile(self: object, request: object) -> RenderResult:
        turns.append("render")
        if len(turns) == 1:
            freightlib.promote(world.gitops, ["staging"], freight=second)
        return real(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(type(renderer), "render", meanwhile)
    (made,) = freightlib.promote(world.gitops, ["staging"], freight=first)
    assert made.previous_tag == f"git-{second}"
    assert [change.kind for change in made.changes] == ["content"]
    assert len(turns) == 3
    assert git(world.gitops, "rev-list", "--count", "stage/staging") == "2"


# --- stages that share a branch -------------------------------------------------------------------


@pytest.mark.parametrize("path", [".", "deploy", "{app}/same"])
def test_two_stages_at_one_place_are_refused(world: World, path: str) -> None:
    commit_files(world.gitops, {"freightlib.yaml": project("rendered", path)})
    before = refs(world)
    with pytest.raises(ProjectError, match="stage test of codeai would overwrite stage staging"):
        freightlib.promote(world.gitops, ["staging", "test"])
    assert refs(world) == before
    freightlib.promote(world.gitops, ["staging"])
    before = refs(world)
    with pytest.raises(ProjectError, match="stage test of codeai would overwrite stage staging"):
        freightlib.promote(world.gitops, ["test"])
    assert refs(world) == before


@pytest.mark.parametrize(("one", "other"), [("deploy", "deploy/sub"), ("deploy/sub", "deploy"), (".", "a"), ("a", ".")])
def test_one_stage_inside_another_is_refused(world: World, one: str, other: str) -> None:
    stages = "".join(
        f"      {name}: {{from: warehouse, output: {{path: {path}}}}}\n"
        for name, path in (("staging", one), ("test", other))
    )
    text = project("rendered").partition("    stages:\n")[0] + "    stages:\n" + stages
    commit_files(world.gitops, {"freightlib.yaml": text})
    freightlib.promote(world.gitops, ["staging"])
    before = refs(world)
    for stages_ in (["test"], ["staging", "test"]):
        for force in (False, True):
            with pytest.raises(ProjectError, match="would overwrite"):
                freightlib.promote(world.gitops, stages_, force=force)
    assert refs(world) == before


def test_stages_beside_each_other_on_one_branch_are_fine(world: World) -> None:
    commit_files(world.gitops, {"freightlib.yaml": project("rendered", "deploy/{stage}")})
    made = freightlib.promote(world.gitops, ["staging", "test"])
    assert [one.outcome for one in made] == [Outcome.PROMOTED] * 2
    locks = [
        name for name in git(world.gitops, "ls-tree", "-r", "--name-only", "rendered").splitlines() if ".lock" in name
    ]
    assert locks == ["deploy/staging/freight.lock", "deploy/test/freight.lock"]
    assert {one.outcome for one in freightlib.promote(world.gitops, ["staging", "test"])} == {Outcome.UNCHANGED}


def test_a_renamed_stage_takes_its_place_over_by_force(world: World) -> None:
    commit_files(world.gitops, {"freightlib.yaml": project("rendered", ".")})
    freightlib.promote(world.gitops, ["staging"])
    with pytest.raises(ProjectError) as caught:
        freightlib.promote(world.gitops, ["test"])
    assert "renamed, use --force" in caught.value.hint
    freightlib.promote(world.gitops, ["test"], force=True)
    assert {one.outcome for one in freightlib.promote(world.gitops, ["test"])} == {Outcome.UNCHANGED}


# --- rendered branches that people damaged --------------------------------------------------------


@pytest.mark.parametrize("text", ["", "not: a lock\n", "a: [", "\0", "a: &a [x]\nb: *a\n"])
def test_a_damaged_lock_is_told_and_recovered_from(world: World, text: str) -> None:
    freightlib.promote(world.gitops, ["staging"])
    good = git(world.gitops, "rev-parse", "stage/staging^{tree}")
    on_branch(world, "stage/staging", {"deploy/staging/freight.lock": text})
    before = refs(world)
    with pytest.raises(LockError, match="stage/staging:deploy/staging/freight") as caught:
        freightlib.promote(world.gitops, ["staging"])
    assert "--force" in caught.value.hint
    assert refs(world) == before
    (row, _) = freightlib.status(world.gitops)[0].stages
    assert row.state == "unknown"
    assert "freight.lock" in (row.problem or "")
    (made,) = freightlib.promote(world.gitops, ["staging"], force=True)
    assert "its lock was damaged" in made.overrides[0]
    assert [one.moved for one in freightlib.log(world.gitops, "staging")][1] == ("hand edit",)
    web = "stage/staging:deploy/staging/web.yaml"
    assert git(world.gitops, "rev-parse", web) == git(world.gitops, "rev-parse", f"{good}:deploy/staging/web.yaml")
    git(world.gitops, "fsck", "--strict")


def test_a_lock_cannot_forge_trailers(world: World) -> None:
    freightlib.promote(world.gitops, ["staging"])
    forged = '"\\nFreight-Tag: git-forged\\r\\nFreight-App: x"'
    on_branch(world, "stage/staging", {"deploy/staging/freight.lock": f"schemaVersion: {forged}\n"})
    freightlib.promote(world.gitops, ["staging"], force=True)
    trailers = git(world.gitops, "log", "-1", "--format=%(trailers:key=Freight-Tag,valueonly)", "stage/staging")
    assert trailers.split() == [f"git-{world.revision}"]


def test_a_lock_that_is_a_symlink(world: World) -> None:
    freightlib.promote(world.gitops, ["staging"])
    git(world.gitops, "checkout", "-q", "stage/staging")
    lock = world.gitops / "deploy/staging/freight.lock"
    lock.unlink()
    lock.symlink_to("/etc/passwd")
    commit_files(world.gitops, {})
    git(world.gitops, "checkout", "-q", "main")
    with pytest.raises(LockError, match="symlink, not a file"):
        freightlib.promote(world.gitops, ["staging"])
    freightlib.promote(world.gitops, ["staging"], force=True)


def test_a_file_where_the_output_belongs(world: World) -> None:
    freightlib.promote(world.gitops, ["staging"])
    git(world.gitops, "checkout", "-q", "stage/staging")
    git(world.gitops, "rm", "-qr", "deploy")
    commit_files(world.gitops, {"deploy": "a file\n"})
    git(world.gitops, "checkout", "-q", "main")
    before = refs(world)
    with pytest.raises(UnsafePathError, match="is not a directory"):
        freightlib.promote(world.gitops, ["staging"])
    assert refs(world) == before


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
    (made,) = freightlib.promote(world.gitops, ["staging"])
    assert made.outcome is Outcome.PROMOTED
    assert [note for note in made.notes if "the plugin listener failed when told: RefConflictError: no" in note]
    assert [event.commit for event in listener.told] == [made.commit]
    assert listener.told[0].previous is None
    assert git(world.gitops, "rev-parse", "stage/staging") == made.commit
    assert freightlib.promote(world.gitops, ["staging"])[0].outcome is Outcome.UNCHANGED
    assert len(listener.told) == 1


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\nFreight-Tag: forged", "A", "", "x.lock", ".git"])
def test_an_app_without_a_project_file_needs_a_proper_name(tmp_path: Path, base: World, name: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "g")
    commit_files(tmp_path / "g", {"README.md": "x"})
    with pytest.raises(freightlib.FreightError) as caught:
        freightlib.publish(
            tmp_path / "g",
            base.source,
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
    commit_files(world.gitops, {"freightlib.yaml": text, deployment: f"{facts}\n"})
    before, objects = refs(world), git(world.gitops, "count-objects", "-v")
    with pytest.raises(freightlib.FreightError) as caught:
        freightlib.promote(world.gitops, ["staging"])
    assert caught.value.hint
    assert refs(world) == before
    assert git(world.gitops, "count-objects", "-v") == objects


def test_a_rendering_without_manifests_says_so(world: World) -> None:
    revision = world.release({"k8s/helm/web.yaml": "# nothing\n"})
    freightlib.publish(world.gitops, world.source, revision=revision, image=IMAGE)
    (made,) = freightlib.promote(world.gitops, ["staging"])
    names = git(world.gitops, "ls-tree", "-r", "--name-only", "stage/staging").splitlines()
    assert (names == ["deploy/staging/freight.lock"]) == any("no manifest at all" in note for note in made.notes)
