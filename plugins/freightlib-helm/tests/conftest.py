"""Fixtures of the Helm plugin's tests: a renderer, requests, and what the real program prints."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from freightlib_helm import HelmTemplate
from helmcharts import Case

from freightlib.git.trees import Mode, object_id
from freightlib.models import Freight, Image
from freightlib.plugins.contracts import Limits, PackageFile, RenderRequest

FREIGHT = Freight(
    revision="0" * 40,
    image=Image.parse("ghcr.io/example/shop:v1@sha256:" + "a" * 64),
    package_type="helm",
    created_at=datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC),
)


@pytest.fixture(scope="session")
def helm() -> Iterator[HelmTemplate]:
    renderer = HelmTemplate()
    yield renderer
    renderer.close()


def package(files: Mapping[str, str | bytes]) -> tuple[PackageFile, ...]:
    found = []
    for path, data in files.items():
        content = data.encode() if isinstance(data, str) else data
        if content.startswith(b"-> "):
            found.append(PackageFile(path, Mode.SYMLINK, content[3:]))
        else:
            found.append(PackageFile(path, Mode.FILE, content))
    return tuple(found)


def tree_of(files: tuple[PackageFile, ...]) -> str:
    return object_id("blob", repr(files).encode())


@pytest.fixture(scope="session")
def request_for(helm: HelmTemplate) -> Callable[..., RenderRequest]:
    def build(case: Case, limits: Limits | None = None, **more: Any) -> RenderRequest:
        policy = {f"apps/shop/{name}": text.encode() for name, text in case.values.items()}
        asked = {"releaseName": "rel", "valuesFiles": list(policy), **case.options, **more}
        options = helm.effective_options(asked)
        files = package(case.files)
        return RenderRequest(
            app="shop",
            stage="test",
            freight=FREIGHT,
            package=files,
            package_tree=tree_of(files),
            policy={path.path: policy.get(path.path) for path in helm.policy_paths(options)},
            options=options,
            limits=limits or Limits(),
        )

    return build


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """``helm template`` as a person would call it, over the chart as plain files."""

    def call(program: Path, case: Case, *extra: str) -> subprocess.CompletedProcess[bytes]:
        home = tmp_path_factory.mktemp("raw")
        (home / "chart").mkdir()
        for file in package(case.files):
            path = home / "chart" / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if file.mode == Mode.SYMLINK:
                path.symlink_to(file.data.decode())
            else:
                path.write_bytes(file.data)
        command = [str(program), "template", case.options.get("releaseName", "rel"), "chart"]
        for name, text in case.values.items():
            (home / name).write_bytes(text.encode())
            command += ["-f", name]
        command += [*flags(case.options), *extra]
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC"}
        return subprocess.run(command, cwd=home, env=env, capture_output=True, check=False)

    return call


def flags(options: Mapping[str, Any]) -> list[str]:
    out = ["--namespace", options.get("namespace", "default")]
    given = options.get("setValues", [])
    if isinstance(given, Mapping):
        given = [{"key": key, "value": value} for key, value in given.items()]
    for item in given:
        value = (
            {None: "null", True: "true", False: "false"}.get(item["value"], item["value"])
            if not isinstance(item["value"], int) or isinstance(item["value"], bool)
            else item["value"]
        )
        out += ["--set-literal" if item.get("literal") else "--set", f"{item['key']}={value}"]
    names = {"includeCRDs": "--include-crds", "disableHooks": "--no-hooks", "skipTests": "--skip-tests"}
    out += [flag for name, flag in names.items() if options.get(name)]
    if "kubeVersion" in options:
        out += ["--kube-version", options["kubeVersion"]]
    for name in options.get("apiVersions", []):
        out += ["--api-versions", name]
    return out
