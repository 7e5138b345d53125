r"""A whole app for tests: source and GitOps repositories, a release, and the verbs on them.

from freightlib.testing import AppBuilder

app = AppBuilder(tmp_path, {"web.yaml": b"kind: Service\nmetadata: {name: web}\n"})
assert app.render().files == {"web.yaml": b"kind: Service\nmetadata: {name: web}\n"}
app.promote("test")
assert "freight.lock" in app.deployed("test")
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from freightlib.models import PACKAGE_DIRECTORIES
from freightlib.promotion.result import Promotion
from freightlib.rendering.run import StageRendering
from freightlib.testing.builders import RepositoryBuilder
from freightlib.verbs.promote import promote
from freightlib.verbs.publish import publish
from freightlib.verbs.render import render


class AppBuilder:
    """The app ``sample`` with its ``source`` and ``gitops`` repositories below ``directory``, released once.

    ``package`` is the deploy package (path -> contents) of the type ``package_type``; ``render`` are the keys under
    ``render:`` (``renderer``, ``layout``, the renderer's options, ...); ``policy`` are files below ``apps/sample``.
    Each of ``stages`` takes freight from the one before it, and has a deployment of its own name.
    """

    def __init__(
        self,
        directory: Path,
        package: Mapping[str, str | bytes],
        *,
        package_type: str = "plain",
        render: Mapping[str, Any] | None = None,
        policy: Mapping[str, str | bytes] | None = None,
        stages: Sequence[str] = ("test",),
    ) -> None:
        self.source = RepositoryBuilder(directory / "source")
        self.gitops = RepositoryBuilder(directory / "gitops")
        self._directory = PACKAGE_DIRECTORIES[package_type]
        project = {
            "schemaVersion": "v1",
            "apps": {
                "sample": {
                    "package": {"type": package_type, "path": f"k8s/{self._directory}"},
                    "render": dict(render or {}),
                    "stages": {
                        stage: {"from": "warehouse" if index == 0 else stages[index - 1]}
                        for index, stage in enumerate(stages)
                    },
                }
            },
        }
        files: dict[str, str | bytes] = {"freightlib.yaml": json.dumps(project, indent=2)}
        for stage in stages:
            files[f"apps/sample/deployments/{stage}/deployment.yaml"] = (
                f"name: {stage}\nenvType: {stage}\nnamespace: {stage}\n"
            )
        self.gitops.commit({**files, **{f"apps/sample/{path}": data for path, data in (policy or {}).items()}})
        self.tag = self.release(package)

    def release(self, package: Mapping[str, str | bytes]) -> str:
        """Commit ``package`` to the source repository (files that it does not name go) and publish it; its tag."""
        top = self.source.path / "k8s"
        if top.exists():
            self.source.git("rm", "-r", "-q", "k8s")
        revision = self.source.commit({f"k8s/{self._directory}/{path}": data for path, data in package.items()})
        image = f"ghcr.io/example/sample:git-{revision}@sha256:{'a' * 64}"
        self.tag = publish(self.gitops.path, self.source.path, revision=revision, image=image).tag
        return self.tag

    def render(self, stage: str = "test") -> StageRendering:
        """Render a stage; nothing is written. Raises what ``freightlib.render`` raises."""
        return render(self.gitops.path, stage)

    def promote(self, *stages: str, **options: Any) -> tuple[Promotion, ...]:
        """Promote the release to stages. Raises what ``freightlib.promote`` raises."""
        return promote(self.gitops.path, stages or ("test",), **options)

    def deployed(self, stage: str = "test") -> dict[str, bytes]:
        """Every file of the stage's rendered branch."""
        return self.gitops.files(f"stage/{stage}")
