"""Helm charts rendered again: byte for byte, by the engine of then, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.errors import UsageError
from freightlib.models import Report
from tests.worlds import CHART, PROJECT, World

DEPLOY = "apps/codeai/deployments/staging/deploy"
LOCK, WEB = f"{DEPLOY}/freight.lock", f"{DEPLOY}/shop/templates/web.yaml"
STAGES = ("staging", "test", "levelbuilder")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def promoted(folder: Path, chart: dict[str, str | bytes] | None = None, project: str = PROJECT) -> World:
    world = World(folder, {**CHART, **(chart or {})})
    world.gitops.commit({"freightlib.yaml": project})
    world.publish()
    freightlib.promote(world.gitops.path, STAGES)
    return world


def again(world: World, engine: str | None = None) -> Report:
    return freightlib.audit(world.gitops.path, STAGES, rerender=True, engine=engine)


def test_the_same_engine_gives_the_same_bytes(tmp_path: Path) -> None:
    world = promoted(tmp_path)
    report = again(world)
    assert report.findings == ()
    assert report.checked["renderings"] == 3
    assert again(world, "sdk").findings == ()


def test_values_that_were_set_are_options_that_are_compared(tmp_path: Path) -> None:
    world = promoted(tmp_path)
    world.gitops.git("checkout", "-q", "stage/staging")
    text = (world.gitops.path / LOCK).read_text()
    world.gitops.commit({LOCK: text.replace("key: image", "key: other")})
    world.gitops.git("checkout", "-q", "main")
    (found,) = freightlib.audit(world.gitops.path, ["staging"]).findings
    assert (found.code, found.path, found.data["what"]) == ("lock-inputs", LOCK, "options.setValues")


def test_an_option_that_another_version_had_or_lacked_is_no_error(tmp_path: Path) -> None:
    world = promoted(tmp_path)
    world.gitops.git("checkout", "-q", "stage/staging")
    text = (world.gitops.path / LOCK).read_text()
    for changed in (
        text.replace("    skipTests: false\n", ""),
        text.replace("    skipTests: false\n", "    skipTests: false\n    someday: true\n"),
    ):
        assert changed != text
        world.gitops.commit({LOCK: changed})
        report = freightlib.audit(world.gitops.path, ["staging"], branch="main", rerender=True)
        assert [(one.code, one.severity) for one in report.findings] == [("not-comparable", "warning")]
    world.gitops.git("checkout", "-q", "main")


def test_another_engine_cannot_be_compared(tmp_path: Path, helm4: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = promoted(tmp_path)
    monkeypatch.setenv("PATH", f"{helm4.parent}:/usr/bin:/bin")
    report = again(world, "program")
    assert report.ok
    assert {one.code for one in report.findings} == {"not-comparable"}
    assert report.checked["renderings"] == 0
    assert "it was rendered with helm-sdk 4." in report.findings[0].message
    assert "installed here is helm 4.3.1" in report.findings[0].message
    with pytest.raises(UsageError, match="--engine pogrom: 'pogrom' is not an engine"):
        again(world, "pogrom")


def test_an_engine_that_is_not_there_cannot_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = promoted(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    report = again(world, "program")
    assert {(one.code, one.severity) for one in report.findings} == {("not-comparable", "warning")}


def test_the_engine_that_was_chosen_then_is_chosen_again(
    tmp_path: Path, helm4: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{helm4.parent}:/usr/bin:/bin")
    world = promoted(
        tmp_path, project=PROJECT.replace("renderer: helm-template", "renderer: helm-template\n      engine: program")
    )
    assert again(world).findings == ()
    assert {one.code for one in again(world, "sdk").findings} == {"not-comparable"}
    # without rendering, no engine is needed
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert freightlib.audit(world.gitops.path, STAGES).findings == ()


def test_a_chart_that_is_not_deterministic_is_found(tmp_path: Path) -> None:
    world = promoted(tmp_path, {"templates/secret.yaml": "kind: Secret\ndata: {a: {{ randAlphaNum 20 }}}\n"})
    assert freightlib.audit(world.gitops.path, STAGES).findings == ()
    report = again(world)
    assert {(one.code, one.path.rpartition("/")[2]) for one in report.findings} == {("rerender-content", "secret.yaml")}
    assert "\n-data: {a: " in report.findings[0].data["diff"]


def test_manifests_and_lock_changed_together_are_found(tmp_path: Path) -> None:
    world = promoted(tmp_path)
    world.gitops.git("checkout", "-q", "stage/staging")
    text = (world.gitops.path / WEB).read_text()
    world.gitops.commit({WEB: text.replace("replicas: 7", "replicas: 70")})
    held = world.gitops.git("ls-tree", f"HEAD:{DEPLOY}").splitlines()
    tree = world.gitops.git("mktree", data="".join(f"{row}\n" for row in held if "freight.lock" not in row).encode())
    lock = (world.gitops.path / LOCK).read_text()
    world.gitops.commit({LOCK: f"{lock[: lock.index('manifests: ')]}manifests: {tree}\n"})
    world.gitops.git("checkout", "-q", "main")
    assert [one for one in freightlib.audit(world.gitops.path, STAGES).findings if one.code != "lock-form"] == []
    assert [(one.code, one.path) for one in again(world).errors] == [("rerender-content", WEB)]
