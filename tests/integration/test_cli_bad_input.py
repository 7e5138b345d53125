"""What a person or a repository can get wrong: two lines that say what and what to do, and nothing changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import freightlib
from tests.cli import call, document
from tests.plain_world import IMAGE
from tests.worlds import PROJECT, World

NOTHING = "0" * 40


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("bad"))


@pytest.fixture(scope="module")
def published_base(base: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = base.copy(tmp_path_factory.mktemp("published"))
    freightlib.publish(world.gitops.path, world.source.path, revision=world.revision, image=IMAGE)
    return world


@pytest.fixture
def world(base: World, tmp_path: Path) -> World:
    return base.copy(tmp_path)


@pytest.fixture
def published(published_base: World, tmp_path: Path) -> World:
    return published_base.copy(tmp_path)


def state(world: World) -> dict[str, bytes]:
    """Everything that a refused verb must leave as it is: refs, HEAD, logs and the work tree."""
    return {
        str(path): path.read_bytes()
        for path in world.gitops.path.rglob("*")
        if path.is_file() and ".git/objects/" not in str(path) and path.name != "index"
    }


def publish(world: World, **given: str) -> list[str]:
    options = {"source": str(world.source.path), "revision": world.revision, "image": IMAGE, **given}
    return ["publish", "--repo", str(world.gitops.path), *(f"--{name}={value}" for name, value in options.items())]


def refused(capsys: pytest.CaptureFixture[str], world: World, arguments: list[str], status: int, message: str) -> None:
    before = state(world)
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (status, ""), err
    lines = err.splitlines()
    assert len(lines) == 2, err
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("  ")
    assert lines[1].strip()
    assert message in lines[0]
    assert state(world) == before
    code, out, _ = call(capsys, *arguments, "--json")
    assert code == status
    assert message in document("error", out)["error"]["message"]


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        ({"revision": NOTHING}, 2, NOTHING[:12]),
        ({"revision": "abc1234"}, 2, "not a full commit id"),
        ({"revision": "main"}, 2, "not a full commit id"),
        ({"revision": "A" * 40}, 2, "not a full commit id"),
        ({"image": "ghcr.io/example/shop:v1"}, 2, "no digest"),
        ({"image": "Shop@sha256:" + "a" * 64}, 2, "not an image reference"),
        ({"image": "shop@sha256:abc"}, 2, "not an image digest"),
        ({"path": "k8s/nothing"}, 2, "k8s/nothing"),
        ({"path": "src/main.py"}, 2, "is a file"),
        ({"path": "../../etc"}, 2, "not a plain relative path"),
        ({"path": "/etc"}, 2, "not a plain relative path"),
        ({"source": "/no/such/place"}, 3, "/no/such/place"),
        ({"app": "cart"}, 2, "cart"),
        ({"branch": "no-such"}, 2, "no-such"),
        ({"branch": "a..b"}, 2, "a..b"),
        ({"created-at": "yesterday"}, 2, "yesterday"),
        ({"created-at": "2026-03-22T12:34:56"}, 2, "zone"),
        ({"package-type": "jar"}, 2, "jar"),
        ({"backend": "svn"}, 2, "svn"),
    ],
)
def test_publish_with_a_wrong_argument(
    given: dict[str, str], status: int, message: str, base: World, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, base, publish(base, **given), status, message)


def test_publish_to_what_is_no_repository(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain").mkdir()
    refused(capsys, world, [*publish(world), "--repo", str(tmp_path / "plain")], 3, "plain")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"k8s/helm/Chart.yaml": None}, "Chart.yaml"),
        (
            {
                "k8s/helm/charts/x.tgz": "version https://git-lfs.github.com/spec/v1\noid sha256:"
                + "0" * 64
                + "\nsize 9\n"
            },
            "LFS",
        ),
    ],
)
def test_a_package_that_cannot_be_released(
    files: dict[str, str | None], message: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, text in files.items():
        if text is None:
            (world.source.path / path).unlink()
    revision = world.source.commit({path: text for path, text in files.items() if text is not None})
    refused(capsys, world, publish(world, revision=revision), 1, message)


def test_a_symlink_out_of_the_package(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.source.path / "k8s/helm/templates/passwd.yaml").symlink_to("/etc/passwd")
    revision = world.source.commit({})
    refused(capsys, world, publish(world, revision=revision), 1, "passwd.yaml")


def test_another_image_for_a_published_revision(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, *publish(world))[0] == 0
    refused(capsys, world, publish(world, image=IMAGE.replace("a" * 64, "b" * 64)), 1, "published already with other")


def test_a_work_tree_with_changes_in_the_way(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.gitops.path / "warehouses/codeai/freight/current").mkdir(parents=True)
    (world.gitops.path / "warehouses/codeai/freight/current/freight.yaml").write_text("mine")
    refused(capsys, world, publish(world), 2, "uncommitted changes")


@pytest.mark.parametrize("verb", ["render", "diff", "promote"])
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["stagin"], 2, "stagin"),
        (["staging", "--freight", "git-" + NOTHING], 2, "no snapshot"),
        (["staging", "--freight", "v1"], 2, "not a release"),
        (["staging", "--policy", "no-such-revision"], 2, "no-such-revision"),
        (["staging", "--app", "cart"], 2, "cart"),
        ([], 2, "STAGE"),
    ],
)
def test_stages_with_a_wrong_argument(
    verb: str,
    arguments: list[str],
    status: int,
    message: str,
    published_base: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused(capsys, published_base, [verb, *arguments, "--repo", str(published_base.gitops.path)], status, message)


@pytest.mark.parametrize(
    ("files", "status", "message"),
    [
        ({"freightlib.yaml": None}, 2, "there is no freightlib.yaml"),
        ({"freightlib.yaml": "apps: ["}, 2, "freightlib.yaml"),
        ({"freightlib.yaml": PROJECT.replace("from: [staging]", "from: [stagin]")}, 2, "stagin"),
        ({"freightlib.yaml": PROJECT.replace("{stage}", "{stge}")}, 2, "stge"),
        ({"freightlib.yaml": PROJECT.replace("{policy}/envTypes", "../../etc")}, 2, "../../etc"),
        ({"freightlib.yaml": PROJECT.replace("helm-template", "helm-templat")}, 2, "helm-templat"),
        ({"freightlib.yaml": PROJECT.replace('path: "{policy}', 'path: "/{policy}')}, 2, "/"),
        ({"apps/codeai/envTypes/staging.values.yaml": None}, 2, "envTypes/staging.values.yaml"),
        (
            {"apps/codeai/deployments/staging/deployment.yaml": "name: staging\nenvType: ../../../etc\n"},
            2,
            "etc.values.yaml",
        ),
        ({"apps/codeai/envTypes/staging.values.yaml": "a: &a [x]\nb: [" + "*a, " * 3 + "*a"}, 3, "staging"),
    ],
)
def test_policy_that_is_wrong(
    files: dict[str, str | None],
    status: int,
    message: str,
    published: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path, text in files.items():
        if text is None:
            (published.gitops.path / path).unlink()
    published.gitops.commit({path: text for path, text in files.items() if text is not None})
    refused(capsys, published, ["promote", "staging", "--repo", str(published.gitops.path)], status, message)


def test_nothing_is_promoted_from_a_release_that_was_edited(
    published: World, capsys: pytest.CaptureFixture[str]
) -> None:
    published.gitops.commit({"warehouses/codeai/freight/current/helm/values.yaml": "image: mine\n"})
    refused(capsys, published, ["promote", "staging", "--repo", str(published.gitops.path)], 1, "fails verification")
    code, out, err = call(capsys, "verify", "--repo", published.gitops.path)
    assert (code, err) == (1, "")
    assert "mirror-content" in out
    assert "failed: 1 error" in out
    code, out, _ = call(capsys, "verify", "--repo", published.gitops.path, "--json")
    assert code == 1
    assert document("verify", out)["ok"] is False
    assert call(capsys, "verify", "--dir", published.gitops.path)[0] == 1
    assert call(capsys, "verify", published.gitops.path)[0] == 1


def test_a_stale_ref_lock_is_named(published: World, capsys: pytest.CaptureFixture[str]) -> None:
    lock = published.gitops.path / ".git/refs/heads/stage/staging.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("")
    refused(capsys, published, ["promote", "staging", "--repo", str(published.gitops.path)], 3, "staging.lock")


def test_the_error_object_holds_the_facts(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, *publish(world, revision="abc"), "--json")
    error = json.loads(out)["error"]
    assert (error["code"], error["data"]) == ("revision", {"revision": "abc"})


def test_debug_shows_where_it_happened(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = call(capsys, *publish(world, revision="abc"), "--debug")
    assert "Traceback" in err
    assert "RevisionError" in err


def test_a_stage_gets_no_more_time_than_it_was_given(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names stage, chart and the option that gives more; the caller goes on."""
    endless = "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}"
    revision = world.source.commit({"k8s/helm/templates/endless.yaml": endless})
    freightlib.publish(world.gitops.path, world.source.path, revision=revision, image=IMAGE)
    before = state(world)
    status, _, errors = call(capsys, "promote", "staging", "--repo", world.gitops.path, "--timeout", "0.8")
    assert status == 3
    said = errors.splitlines()
    assert len(said) == 2
    assert "staging" in said[0]
    assert "ran longer than 0.8 s" in said[0]
    assert "--timeout" in said[1]
    assert state(world) == before
