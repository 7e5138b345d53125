"""Builds the two repositories of the demonstration and commits in them, through the git backend only."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from attrs import field, frozen, mutable

from freightlib.errors import FreightError
from freightlib.git.contract import Repository
from freightlib.plugins.registry import registry
from freightlib.plugins.repositories import committer, init_repository
from freightlib.rendering.changes import FileChange
from freightlib.testing.commits import MAIN, commit_changes
from freightlib.warehouse.gitops_tree import GitopsTree

STAGES: Final = ("staging", "test", "levelbuilder", "production")
_PATHS: Final = {"helm": "k8s/helm", "plain": "k8s/manifests"}


@frozen
class Step:
    """A step of the demonstration that was done.

    ``title`` and the equivalent ``command``, what happened (``lines``), what that ``proved`` (may be empty), manifest
    ``changes`` to show, and how long it took.
    """

    title: str
    command: str
    lines: tuple[str, ...]
    proved: str = ""
    changes: tuple[FileChange, ...] = ()
    milliseconds: int = 0


@mutable
class World:
    """Both repositories, the type of the package, and the source commits so far."""

    source: Repository
    gitops: Repository
    package_type: str
    revisions: list[str] = field(factory=list)

    @property
    def package_path(self) -> str:
        """The package's directory in the source repository."""
        return _PATHS[self.package_type]

    @property
    def revision(self) -> str:
        """The newest source commit."""
        return self.revisions[-1]

    @property
    def image(self) -> str:
        """The image that CI would have built from the newest source commit."""
        version = f"v{len(self.revisions)}"
        return f"ghcr.io/example/shop:{version}@sha256:{hashlib.sha256(version.encode()).hexdigest()}"

    def release(self, message: str) -> str:
        """Commit the next version of the files in the source repository, and return the commit's id."""
        self.revisions.append(commit(self.source, MAIN, packaged(f"app-v{len(self.revisions) + 1}"), message))
        return self.revision

    def subtree(self, repository: Repository, revision: str, path: str) -> str:
        """Return the tree id of a directory at a revision; empty if it is absent."""
        return GitopsTree.at(repository, revision).subtree(path) or ""


def make_world(root: Path) -> tuple[World, Step]:
    """Make both repositories below ``root``. Without the git program they are bare: nothing could check files out."""
    kind, why = _package_type()
    bare = shutil.which("git") is None
    source = init_repository(root / "app", bare=bare)
    gitops = init_repository(root / "gitops", bare=bare)
    world = World(source, gitops, kind)
    world.revisions.append(commit(source, MAIN, packaged("app"), "The shop, with its deploy package"))
    commit(gitops, MAIN, packaged("gitops"), "Policy of the shop: values by environment type and deployment")
    lines = [
        f"app     a source repository; its deploy package is {world.package_path} ({_KINDS[kind]})",
        "gitops  policy only: apps/shop/envTypes and apps/shop/deployments, four deployments",
    ]
    if why:
        lines.append(f"plain manifests are used, because {why}")
    if bare:
        lines.append("both are bare: without the git program there is nothing that could check files out")
    return world, Step("Two git repositories", f"cd {root}", tuple(lines))


_KINDS: Final = {"helm": "a Helm chart", "plain": "plain manifests"}


def _package_type() -> tuple[str, str]:
    """Return the type of package that can be rendered here, and the reason if it is not a Helm chart."""
    renderer = registry().renderers().get("helm-template")
    if renderer is None:
        return "plain", "the Helm renderer is not installed (pip install 'freightlib-helm[sdk]')"
    try:
        renderer.fingerprint(renderer.effective_options({"releaseName": "demo"}))
    except FreightError as error:
        return "plain", error.message
    return "helm", ""


def packaged(name: str) -> dict[str, bytes]:
    """Return the demonstration's files of one directory: path -> contents."""
    return dict(_walk(files("freightlib.testing.demo").joinpath("files", name), ""))


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for child in directory.iterdir():
        if child.name == "__pycache__":
            continue  # pip compiles the sample sources when it installs this package
        path = f"{prefix}{child.name}"
        if child.is_dir():
            yield from _walk(child, f"{path}/")
        else:
            yield path, child.read_bytes()


def commit(repository: Repository, ref: str, changed: Mapping[str, bytes], message: str, *, onto: str = "") -> str:
    """Commit ``changed`` on ``ref``, with the author from git's configuration, and return the commit's id.

    A new ref begins at ``onto``.
    """
    who = committer(repository)
    return commit_changes(repository, changed, ref, f"{message}\n", author=who, onto=onto or None)
