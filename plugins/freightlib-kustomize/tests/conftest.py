"""Fixtures of the Kustomize plugin's tests: requests to the renderer, and builds as made by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from freightlib_kustomize import Kustomize

from freightlib.git.trees import Mode, object_id
from freightlib.models import Freight, Image, RenderResult
from freightlib.plugins.contracts import Limits, PackageFile, RenderRequest

FREIGHT = Freight(
    revision="0" * 40,
    image=Image.parse("ghcr.io/example/shop:v1@sha256:" + "a" * 64),
    package_type="kustomize",
    created_at=datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC),
)


def package(files: Mapping[str, str | bytes]) -> tuple[PackageFile, ...]:
    """Files of a payload; contents that begin with ``-> `` are symlinks, with ``#!`` executable."""
    found = []
    for path, data in files.items():
        content = data.encode() if isinstance(data, str) else data
        link = content.startswith(b"-> ")
        mode = Mode.SYMLINK if link else Mode.EXECUTABLE if content.startswith(b"#!") else Mode.FILE
        found.append(PackageFile(path, mode, content.removeprefix(b"-> ")))
    return tuple(found)


@pytest.fixture(scope="session")
def request_for(kubectl: Path) -> Callable[..., RenderRequest]:
    """A request: package and policy as files, options as in a project file."""
    renderer = Kustomize()

    def build(
        files: Mapping[str, str | bytes],
        policy_files: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        /,
        **options: Any,
    ) -> RenderRequest:
        effective = renderer.effective_options({"program": str(kubectl), **options})
        wanted = [path.path for path in renderer.policy_paths(effective)]
        there = {path: text.encode() for path, text in (policy_files or {}).items()}
        read = {path: data for path, data in there.items() if any(path.startswith(f"{one}/") for one in wanted)}
        missing = {path: None for path in wanted if not any(name.startswith(f"{path}/") for name in read)}
        payload = package(files)
        return RenderRequest(
            app="shop",
            stage="test",
            freight=FREIGHT,
            package=payload,
            package_tree=object_id("blob", repr(payload).encode()),
            policy={**read, **missing},
            options=effective,
            limits=limits or Limits(),
        )

    return build


@pytest.fixture(scope="session")
def render(request_for: Callable[..., RenderRequest]) -> Callable[..., RenderResult]:
    """What the renderer makes of package, policy and options."""
    return lambda *given, **options: Kustomize().render(request_for(*given, **options))


@pytest.fixture
def by_hand(kubectl: Path, tmp_path: Path) -> Callable[..., bytes]:
    """What ``kubectl kustomize`` prints for files put in place by hand."""

    def build(files: Mapping[str, str | bytes], directory: str, *flags: str) -> bytes:
        home = tmp_path / "hand"
        shutil.rmtree(home, ignore_errors=True)
        for file in package(files):
            path = home / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if file.mode == Mode.SYMLINK:
                path.symlink_to(file.data.decode())
            else:
                path.write_bytes(file.data)
                path.chmod(0o755 if file.mode == Mode.EXECUTABLE else 0o644)
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC"}
        done = subprocess.run(
            [str(kubectl), "kustomize", directory, *flags], cwd=home, env=env, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return build
