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

from freightlib.models import PACKAGE_DIRECTORIES, PROJECT_FILE
from freightlib.testing.projects import ProjectBuilder

NAME = "sample"


class AppBuilder(ProjectBuilder):
    """The app ``sample`` with its ``source`` and ``gitops`` repositories below ``directory``, and one release.

    ``package`` is the deploy package (path -> contents) of the type ``package_type``. ``render`` are the keys under
    ``render:`` (``renderer``, ``layout``, the renderer's options, ...), ``policy`` are files below ``apps/sample``.
    Each of ``stages`` takes freight from the one before it, and has a deployment with its own name; a mapping instead
    gives the keys of each stage in the project file. ``tag`` is the newest release.
    """

    def __init__(
        self,
        directory: Path,
        package: Mapping[str, str | bytes],
        *,
        package_type: str = "plain",
        render: Mapping[str, Any] | None = None,
        policy: Mapping[str, str | bytes] | None = None,
        stages: Sequence[str] | Mapping[str, Mapping[str, Any]] = ("test",),
    ) -> None:
        self.package_path = f"k8s/{PACKAGE_DIRECTORIES[package_type]}"
        app = {
            "package": {"type": package_type, "path": self.package_path},
            "render": dict(render or {}),
            "stages": stages if isinstance(stages, Mapping) else chain(stages),
        }
        files: dict[str, str | bytes] = {
            PROJECT_FILE: json.dumps({"schemaVersion": "v1", "apps": {NAME: app}}, indent=2),
            **{f"apps/{NAME}/deployments/{stage}/deployment.yaml": deployment(stage) for stage in stages},
            **{f"apps/{NAME}/{path}": data for path, data in (policy or {}).items()},
        }
        super().__init__(directory, files)
        self.tag = self.release(package)

    def configure(self, **keys: Any) -> str:
        """Commit the project file with these keys of the app replaced, and return the commit's id."""
        project = json.loads(self.gitops.read(PROJECT_FILE))
        project["apps"][NAME] |= keys
        return self.gitops.commit({PROJECT_FILE: json.dumps(project)}, "Configure")

    def release(self, package: Mapping[str, str | bytes], **options: Any) -> str:
        """Commit ``package`` to the source repository, publish it, and return its tag.

        Files that are not in ``package`` are removed. ``options`` are those of ``publish``.
        """
        if (self.source.path / "k8s").exists():
            self.source.git("rm", "-r", "-q", "k8s")
        self.revision = self.source.commit({f"{self.package_path}/{path}": data for path, data in package.items()})
        self.tag = self.publish(**options).tag
        return self.tag


def chain(stages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the ``stages`` of a project file, each of which takes freight from the one before it."""
    return {stage: {"from": above} for above, stage in zip(("warehouse", *stages), stages, strict=False)}


def deployment(stage: str, namespace: str = "") -> str:
    """Return the ``deployment.yaml`` of a stage."""
    return f"name: {stage}\nenvType: {stage}\nnamespace: {namespace or stage}\n"
