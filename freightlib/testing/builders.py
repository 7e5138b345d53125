r"""Builds small git repositories and deploy packages for tests, with the git program.

from freightlib.testing import RepositoryBuilder, sample_package

app = RepositoryBuilder(tmp_path / "app")
revision = app.commit({f"deploy/{path}": data for path, data in sample_package("plain").items()})
assert app.git("rev-parse", "HEAD") == revision
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from freightlib.errors import UsageError
from freightlib.testing.environment import AUTHOR


class RepositoryBuilder:
    """A git repository with a work tree at ``path``, on ``branch``; made when it is not there."""

    def __init__(self, path: Path, *, branch: str = "main") -> None:
        self.path = path
        if not (path / ".git").exists():
            path.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", branch)

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        """What a git command prints there, without the white space around it. Fails the test when git fails."""
        return git(self.path, *arguments, data=data)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write ``files`` (path -> contents) into the work tree."""
        for path, contents in files.items():
            target = self.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents.encode() if isinstance(contents, str) else contents)

    def commit(self, files: Mapping[str, str | bytes], message: str = "Change") -> str:
        """Write and commit ``files``; the commit's id."""
        self.write(files)
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def files(self, revision: str = "HEAD", below: str = "") -> dict[str, bytes]:
        """Every file of a revision, below a directory when one is given: path from there -> contents."""
        root = f"{revision}:{below}"
        names = self.git("ls-tree", "-r", "-z", "--name-only", root).split("\0")
        start = f"{root}/" if below else root
        return {name: git_bytes(self.path, "cat-file", "blob", f"{start}{name}") for name in names if name}


def git(directory: Path | str, *arguments: str, data: bytes | None = None) -> str:
    """What one git command prints in ``directory``, without the white space around it."""
    return git_bytes(directory, *arguments, data=data).decode("utf-8", "surrogateescape").strip()


def git_bytes(directory: Path | str, *arguments: str, data: bytes | None = None) -> bytes:
    """The bytes one git command prints in ``directory``. Raises AssertionError with git's words when it fails."""
    __tracebackhide__ = True
    who = {
        "AUTHOR_NAME": AUTHOR[0],
        "AUTHOR_EMAIL": AUTHOR[1],
        "COMMITTER_NAME": AUTHOR[0],
        "COMMITTER_EMAIL": AUTHOR[1],
    }
    done = subprocess.run(  # noqa: S603 (the arguments are a test's own)
        ["git", "-C", os.fspath(directory), *arguments],  # noqa: S607 (git of the PATH, as a user would)
        input=data or b"",
        capture_output=True,
        check=False,
        env={**os.environ, **{f"GIT_{name}": value for name, value in who.items()}},
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


_WEB: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}-web
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: web
          image: ghcr.io/example/{name}:1.0
---
apiVersion: v1
kind: Service
metadata:
  name: {name}-web
spec:
  selector: {{app: {name}}}
  ports:
    - port: 80
"""
_SETTINGS: Final = """\
# settings of {name}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-settings
data:
  greeting: "grüße"
  limit: "0777"
"""


def sample_resources(name: str = "sample") -> tuple[str, ...]:
    """What every ``sample_package`` of this name renders to: ``Kind/name`` each."""
    return (f"Deployment/{name}-web", f"Service/{name}-web", f"ConfigMap/{name}-settings")


def sample_package(package_type: str, name: str = "sample") -> dict[str, bytes]:
    """A small deploy package of a type (``plain``, ``helm``, ``kustomize``): path -> contents.

    Raises UsageError for another type.
    """
    web, settings = (text.format(name=name) for text in (_WEB, _SETTINGS))
    packages = {
        "plain": {"web.yaml": web, "more/settings.yaml": settings},
        "helm": {
            "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.2.3\n",
            "values.yaml": "replicas: 2\n",
            "templates/web.yaml": web.replace("replicas: 2", "replicas: {{ .Values.replicas }}"),
            "templates/settings.yaml": settings,
        },
        "kustomize": {
            "kustomization.yaml": "resources:\n  - base\n",
            "base/kustomization.yaml": "resources:\n  - web.yaml\n  - settings.yaml\n",
            "base/web.yaml": web,
            "base/settings.yaml": settings,
        },
    }
    if package_type not in packages:
        raise UsageError(f"there is no sample of a {package_type!r} package", hint=f"use one of: {', '.join(packages)}")
    return {path: text.encode() for path, text in packages[package_type].items()}
