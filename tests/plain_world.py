"""The app ``codeai`` on plain manifests: every suite gives it the stages that it needs."""

from __future__ import annotations

from pathlib import Path

from freightlib.testing.projects import DIGEST
from tests.worlds import World, policy_files

IMAGE = f"ghcr.io/example/shop:v1@{DIGEST}"
OUTPUT = 'output: {branch: "stage/{stage}", path: "deploy/{stage}"}'
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"


def manifest(word: str) -> str:
    return f"{WEB}data: {{word: {word}}}\n"


def project(*stages: str, keys: tuple[str, ...] = (OUTPUT,)) -> str:
    """A project file with these stages and more keys of the app, each a line of YAML."""
    lines = ["apps:", "  codeai:", "    package: {type: plain, path: k8s/helm}", *(f"    {key}" for key in keys)]
    return "\n".join([*lines, "    stages:", *(f"      {stage}" for stage in stages), ""])


class PlainWorld(World):
    """Its stages are those of the project file alone: there are no deployments. Every release has one image."""

    image_template = IMAGE

    def __init__(self, directory: Path, text: str, web: str = WEB) -> None:
        policy = {path: data for path, data in policy_files(text).items() if not path.endswith("/deployment.yaml")}
        super().__init__(directory, {"web.yaml": web}, policy)
