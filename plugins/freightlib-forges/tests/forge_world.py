"""Worlds whose production is reviewed on a forge: a bare repository, and the forge's server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from forge_server import ForgeServer, serving
from forge_state import ForgeState
from github_api import GithubApi
from recorded_apis import ForgejoApi, GitlabApi

import freightlib
from freightlib.models import ForgeSpec
from freightlib.promotion.result import Promotion
from tests.plain_world import IMAGE, manifest
from tests.reviewed_world import PROJECT, Reviewed

TOKEN = "sekret-0123456789"
APIS = {"github": GithubApi, "gitlab": GitlabApi, "forgejo": ForgejoApi, "gitea": ForgejoApi}
VARIABLES = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "forgejo": "FORGEJO_TOKEN", "gitea": "GITEA_TOKEN"}


@frozen
class Forged:
    """A world on a forge, and what happens in it."""

    name: str
    world: Reviewed
    bare: Path
    server: ForgeServer
    state: ForgeState

    @property
    def address(self) -> str:
        return self.bare.as_uri()

    @property
    def place(self) -> ForgeSpec:
        return ForgeSpec(
            self.name, "example/sub/gitops" if self.name == "gitlab" else "example/gitops", self.server.url
        )

    def release(self, word: str) -> str:
        revision = self.world.source.commit({"k8s/helm/web.yaml": manifest(word)})
        freightlib.publish(self.address, self.world.source.path, revision=revision, image=IMAGE)
        freightlib.promote(self.address, ["test"])
        return f"git-{revision}"

    def promote(self, **options: Any) -> Promotion:
        (made,) = freightlib.promote(self.address, ["production"], **options)
        return made

    def land(self, **options: Any) -> Promotion:
        return freightlib.land(self.address, "production", **options)

    def called(self, method: str) -> int:
        return sum(one.startswith(method) for one in self.server.seen)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return Reviewed(tmp_path_factory.mktemp("start"))


@pytest.fixture(params=["github", "gitlab", "forgejo"])
def forged(
    request: pytest.FixtureRequest,
    start: Reviewed,
    tmp_path: Path,
    own_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Forged]:
    """Production has landed once, so that there is something to compare with."""
    name = request.param
    world = start.copy(tmp_path)
    bare = tmp_path / "forge.git"
    state = ForgeState(bare)
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(VARIABLES[name], TOKEN)
    with serving(APIS[name](state, own_environment), TOKEN) as server:
        made = Forged(name, world, bare, server, state)
        text = f"forge: {{name: {name}, repository: {made.place.repository}, url: '{server.url}'}}"
        freightlib.land(world.gitops.path, "production", approved=world.propose().commit)
        world.gitops.commit({"freightlib.yaml": f"{text}\n{PROJECT}"})
        world.gitops.clone(bare, "--bare")
        yield made
    assert server.broken == []
