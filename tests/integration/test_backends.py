"""One result whichever git backend works: the same inputs, clock and identity give the same ids, everywhere."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import PluginError
from freightlib.git.contract import Identity
from freightlib.plugins.registry import registry
from freightlib.plugins.repositories import BACKEND, open_repository
from freightlib.testing import RepositoryBuilder, git
from tests.backends import BACKENDS
from tests.worlds import World

ADA = Identity("Ada", "ada@example.org", datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC))
STAGES = ("staging", "test", "levelbuilder", "production")


def loop(world: World, gitops: Path, backend: str) -> dict[str, str]:
    """Two releases, promoted and looked at from all sides, by one backend; where every ref is then."""
    repository = open_repository(gitops, backend=backend)
    source = open_repository(world.source.path, backend=backend)
    for revision, stages in zip(world.source.git("rev-list", "--reverse", "main").splitlines(), (4, 2), strict=True):
        freightlib.publish(
            repository, source, revision=revision, image=world.image, created_at=ADA.when, author=ADA, source_url="x"
        )
        freightlib.promote(repository, STAGES[:stages], author=ADA)
    assert freightlib.verify(repository, source=source).ok
    assert freightlib.status(repository)[0].stages[0].state == "current"
    assert len(tuple(freightlib.log(repository, "staging"))) == 2
    git(gitops, "fsck", "--strict")
    return RepositoryBuilder(gitops).refs()


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "checked-out"])
def test_both_backends_make_the_same_commits(tmp_path: Path, bare: bool) -> None:
    world = World(tmp_path)
    world.source.commit(
        {"k8s/helm/values.yaml": "image: x\nreplicas: 3\nRAILS_ENV: x\nautoscaling: {maxReplicas: 5}\n"}
    )
    found = {}
    for backend in BACKENDS:
        gitops = tmp_path / backend
        git(tmp_path, "clone", "-q", *(["--bare"] if bare else []), "gitops", backend)
        found[backend] = loop(world, gitops, backend)
        if not bare:
            assert git(gitops, "status", "--porcelain") == ""
    assert found["git"] == found["libgit2"]
    assert len(found["git"]) >= 6


def test_backends_take_turns_on_one_repository(tmp_path: Path) -> None:
    world = World(tmp_path)
    before = world.gitops.git("rev-parse", "main")
    for number, backend in enumerate(BACKENDS * 2):
        revision = world.source.commit({"k8s/helm/README.md": f"{number}\n"})
        repository = open_repository(world.gitops.path, backend=backend)
        freightlib.publish(repository, world.source.path, revision=revision, image=world.image, author=ADA)
        freightlib.promote(repository, STAGES[:1], author=ADA)
    assert world.gitops.git("rev-list", "--count", f"{before}..main") == "4"
    assert freightlib.verify(world.gitops.path, source=world.source.path).ok
    world.gitops.git("fsck", "--strict")


def test_the_built_in_backend_is_asked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert next(iter(registry().backends())) == "libgit2"
    world = World(tmp_path)
    built_in = type(open_repository(world.gitops.path).storage)  # type: ignore[attr-defined]
    monkeypatch.setenv(BACKEND, "git")
    other = type(open_repository(world.gitops.path).storage)  # type: ignore[attr-defined]
    assert (built_in.__name__, other.__name__) == ("Libgit2Storage", "GitStorage")
    monkeypatch.setenv(BACKEND, "gti")
    with pytest.raises(PluginError, match="no git backend named 'gti'") as caught:
        open_repository(world.gitops.path)
    assert "did you mean 'git'" in caught.value.hint


@pytest.mark.parametrize("name", BACKENDS)
def test_remotes_through_each_backend(tmp_path: Path, name: str) -> None:
    world = World(tmp_path)
    git(tmp_path, "clone", "-q", "--bare", "gitops", "remote.git")
    shutil.rmtree(world.gitops.path)
    address = f"file://{tmp_path / 'remote.git'}"
    repository = open_repository(address, backend=name)
    source = open_repository(f"file://{world.source.path}", backend=name, objects_only=(world.revision,))
    made = freightlib.publish(
        repository, source, revision=world.revision, image=world.image, author=ADA, created_at=ADA.when, source_url="x"
    )
    freightlib.promote(repository, STAGES[:2], author=ADA)
    assert git(tmp_path / "remote.git", "rev-parse", "main") == made.commit
    assert git(tmp_path / "remote.git", "rev-list", "--count", "stage/test") == "1"
    git(tmp_path / "remote.git", "fsck", "--strict")
