"""The demonstration: it runs whole, leaves clean repositories, and everything it says can be checked with git."""

from __future__ import annotations

from pathlib import Path

import pytest

import freightlib
from freightlib.errors import UsageError
from freightlib.testing import git
from freightlib.testing.demo import Step, demo
from tests.cli import call, document


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Step]]:
    root = tmp_path_factory.mktemp("demo") / "freight-demo"
    return root, list(demo(root))


def test_it_leaves_clean_sound_repositories(shown: tuple[Path, list[Step]]) -> None:
    root, _ = shown
    for name in ("app", "gitops"):
        assert git(root / name, "status", "--porcelain") == ""
        git(root / name, "fsck", "--strict", "--no-dangling")
    assert freightlib.verify(root / "gitops", source=root / "app").findings == ()


def test_the_ids_it_shows_are_those_git_gives(shown: tuple[Path, list[Step]]) -> None:
    root, steps = shown
    publish = next(step for step in steps if step.title.startswith("Freeze"))
    ids = {line.rpartition(" ")[2] for line in publish.lines if " tree " in line}
    assert ids == {git(root / "app", "rev-parse", "main~2:k8s/helm")}


def test_its_steps_show_what_they_promise(shown: tuple[Path, list[Step]]) -> None:
    root, steps = shown
    text = "\n".join(line for step in steps for line in step.lines)
    assert "error mirror-content" in text
    assert "production is blocked" in text
    assert "open a pull request from proposal/shop/production into stage/production" in text
    assert [step.title for step in steps if step.changes] == ["A second release reaches staging"]
    assert all(step.command for step in steps)
    assert "tampered" in git(root / "gitops", "branch", "--list", "tampered")


def test_what_to_try_next_works(shown: tuple[Path, list[Step]], capsys: pytest.CaptureFixture[str]) -> None:
    root, _ = shown
    repositories = ["--repo", str(root / "gitops"), "--source", str(root / "app")]
    image = "ghcr.io/example/shop:v3@sha256:" + "3" * 64
    revision = git(root / "app", "rev-parse", "HEAD")
    status, out, _ = call(capsys, "publish", *repositories, "--revision", revision, "--image", image)
    assert (status, out.split()[0]) == (0, "published")
    assert call(capsys, "promote", "staging", "test", "--repo", root / "gitops")[0] == 0


def test_without_helm_it_takes_plain_manifests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from freightlib.plugins.registry import Registry

    def only_copy(self: Registry) -> object:
        return {name: offer for name, offer in self._offers("freightlib_renderers").items() if name == "copy"}

    monkeypatch.setattr(Registry, "renderers", only_copy)
    status, out, err = call(capsys, "demo", tmp_path / "d", "--json")
    assert (status, err) == (0, "")
    text = str(document("demo", out))
    assert "plain manifests are used" in text
    assert "mirror-content" in text
    assert freightlib.verify(tmp_path / "d/gitops", source=tmp_path / "d/app").findings == ()


def test_without_git_the_repositories_are_bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        steps = list(demo(tmp_path / "d"))
    assert any("bare" in line for line in steps[0].lines)
    assert git(tmp_path / "d/gitops", "rev-parse", "--is-bare-repository") == "true"


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_an_installation_compiled_is_no_sample(tmp_path: Path) -> None:
    """pip compiles the sample sources, and the demonstration must not commit the result."""
    import compileall
    import shutil
    from importlib.resources import files

    from freightlib.testing.demo import world

    sample = tmp_path / "app"
    shutil.copytree(str(files("freightlib.testing.demo").joinpath("files", "app")), sample)
    compileall.compile_dir(sample, quiet=2, force=True)
    assert list(sample.rglob("__pycache__"))
    assert [path for path, _ in world._walk(sample, "") if "__pycache__" in path] == []
