"""``init`` on layouts as they are found: the file it writes is read back and makes the verbs work."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.documents import read_project
from freightlib.errors import ProjectError, UsageError
from freightlib.models import Project
from freightlib.testing import RepositoryBuilder, git
from freightlib.verbs.init import init
from freightlib.verbs.init.guess import ordered
from tests.worlds import World, policy_files

EXTRA = {
    "apps/app-of-apps/applicationset.yaml": "kind: ApplicationSet\n",
    "apps/codeai/deployments/k8s-adhoc/deployment.yaml": (
        "name: k8s-adhoc\nsourceMode: live-source\nenvType: staging\nnamespace: adhoc\nbranch: k8s/adhoc\n"
    ),
    "apps/codeai/envTypes/staging/kustomization.yaml": "kind: Component\n",
}


def gitops(directory: Path, files: dict[str, str]) -> Path:
    RepositoryBuilder(directory).commit(files)
    return directory


def real_layout(**changed: str | None) -> dict[str, str]:
    files = {**policy_files(), **EXTRA, **changed}
    del files["freightlib.yaml"]
    return {path: text for path, text in files.items() if text is not None}


def project(text: str) -> Project:
    return read_project(text.encode())


def test_the_real_layout_is_recognised(tmp_path: Path) -> None:
    repository = gitops(tmp_path / "g", real_layout())
    made = init(repository)
    assert made.path == repository / "freightlib.yaml"
    assert made.path.read_text() == made.text
    app = project(made.text).apps["codeai"]
    assert {name: stage.upstream for name, stage in app.stages.items()} == {
        "staging": (),
        "test": ("staging",),
        "levelbuilder": ("test",),
        "production": ("levelbuilder",),
    }
    assert [name for name, stage in app.stages.items() if stage.review] == ["production"]
    assert made.warnings == ()
    for passed_by in ("k8s-adhoc (sourceMode: live-source)", "adhoc (deployment.yaml.disabled)"):
        assert f"# not a rendered stage: {passed_by}" in made.text


def test_what_init_writes_runs_the_loop(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gitops.git("rm", "-q", "freightlib.yaml")
    world.gitops.commit({})
    init(world.gitops.path)
    world.gitops.git("add", "freightlib.yaml")
    world.gitops.commit({})
    (app,) = freightlib.status(world.gitops.path)
    assert [row.stage for row in app.stages] == ["staging", "test", "levelbuilder", "production"]
    world.publish()
    (promotion,) = freightlib.promote(world.gitops.path, ["staging"])
    assert promotion.branch == "stage/staging"


def test_a_dry_run_and_a_file_that_is_there_change_nothing(tmp_path: Path) -> None:
    repository = gitops(tmp_path / "g", real_layout())
    made = init(repository, dry_run=True)
    assert (made.path, made.commit) == (None, None)
    assert git(repository, "status", "--porcelain") == ""
    (repository / "freightlib.yaml").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        init(repository)
    assert init(repository, dry_run=True).text == made.text
    assert (repository / "freightlib.yaml").read_text() == "mine"
    assert init(repository, force=True).path is not None


def test_a_bare_repository_gets_a_commit(tmp_path: Path) -> None:
    gitops(tmp_path / "g", real_layout())
    git(tmp_path, "clone", "-q", "--bare", "g", "bare.git")
    before = git(tmp_path / "bare.git", "rev-parse", "main")
    made = init(tmp_path / "bare.git")
    assert git(tmp_path / "bare.git", "rev-parse", "main") == made.commit
    assert git(tmp_path / "bare.git", "rev-parse", "main~1") == before
    assert git(tmp_path / "bare.git", "show", "main:freightlib.yaml") == made.text.strip()


@pytest.mark.parametrize("kind", ["helm", "plain", "kustomize"])
def test_an_unknown_layout_gets_a_template(kind: str, tmp_path: Path) -> None:
    repository = gitops(tmp_path / "g", {"README.md": "hello\n"})
    made = init(repository, app="cart", package_type=kind, path="deploy")
    assert made.apps == ()
    app = project(made.text).apps["cart"]
    assert (app.package.type, app.package.path) == (kind, "deploy")
    assert "not recognised" in made.text


def test_what_looks_wrong_is_reported(tmp_path: Path) -> None:
    files = real_layout(
        **{
            "apps/codeai/envTypes/test.values.yaml": None,
            "apps/codeai/deployments/staging/values.yaml": None,
            "apps/codeai/deployments/odd/notes.txt": "x",
            "apps/codeai/deployments/broken/deployment.yaml": "name: [",
            "apps/codeai/deployments/twin/deployment.yaml": (
                "name: other\nsourceMode: rendered\nenvType: test\nnamespace: x\nrenderedBranch: stage/test\n"
            ),
        }
    )
    made = init(gitops(tmp_path / "g", files), dry_run=True)
    told = "\n".join(made.warnings)
    for expected in (
        "apps/codeai/envTypes/test.values.yaml is missing",
        "deployments/staging/values.yaml is missing",
        "deployments/odd has no deployment.yaml",
        "broken/deployment.yaml",
        "names itself other, not twin",
        "several deployments name the renderedBranch stage/test",
    ):
        assert expected in told


def test_values_that_only_some_stages_have_are_allowed_to_be_missing(tmp_path: Path) -> None:
    files = real_layout(**{"apps/codeai/deployments/staging/values.yaml": None})
    made = init(gitops(tmp_path / "g", files), dry_run=True)
    assert project(made.text).apps["codeai"].render.options["ignoreMissingValueFiles"] is True


def test_branches_with_one_file_at_the_root_keep_that_shape(tmp_path: Path) -> None:
    repository = gitops(tmp_path / "g", real_layout())
    git(repository, "checkout", "-q", "--orphan", "stage/test")
    git(repository, "rm", "-rqf", ".")
    RepositoryBuilder(repository).commit({"manifests.yaml": "kind: List\n"})
    git(repository, "checkout", "-q", "main")
    app = project(init(repository, dry_run=True).text).apps["codeai"]
    assert (app.output.path, app.render.layout) == (".", "file")


def test_the_release_that_is_there_tells_the_package(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.publish()
    app = project(init(world.gitops.path, force=True, dry_run=True).text).apps["codeai"]
    assert (app.package.type, app.package.path) == ("helm", "k8s/helm")
    assert "guess: its directory" not in init(world.gitops.path, force=True, dry_run=True).text


def test_an_app_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="apps/cart"):
        init(gitops(tmp_path / "g", real_layout()), app="cart")


@pytest.mark.parametrize("name", ["yes", "1.10", "é", "a'b", "a: b", "#x", "x y"])
def test_odd_names_are_quoted_or_refused(name: str, tmp_path: Path) -> None:
    path = f"apps/codeai/deployments/{name}/deployment.yaml"
    files = {path: "name: x\nsourceMode: rendered\nenvType: test\nnamespace: x\nrenderedBranch: stage/x\n"}
    repository = gitops(tmp_path / "g", files)
    try:
        made = init(repository, dry_run=True)
    except ProjectError:
        return
    assert name in project(made.text).apps["codeai"].stages


def test_order_by_name() -> None:
    assert ordered(["prod", "blue", "qa", "dev", "green"]) == [("dev",), ("qa",), ("blue", "green"), ("prod",)]
