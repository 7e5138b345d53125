"""A world of two stages, ``test`` and the reviewed ``production``, on plain manifests; and a forge's merges."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

import freightlib
from freightlib.promotion.result import Promotion
from tests.worlds import World, commit_files, git, make_world

PROPOSAL = "proposal/codeai/production"
BASE = "stage/production"
PATH = "deploy/production"
MERGES = ("merge", "squash", "rebase", "fast-forward")
PROJECT = """\
FORGE
apps:
  codeai:
    package: {type: plain, path: k8s/helm}
    output: {branch: "stage/{stage}", path: "deploy/{stage}"}
    stages:
      test: {from: warehouse}
      production: {from: test, review: pull-request}
      beyond: {from: production}
"""
IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"


def manifest(word: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata: {{word: {word}}}\n"


@frozen
class Reviewed:
    """The two repositories, and what people do with them."""

    world: World

    @property
    def gitops(self) -> Path:
        return self.world.gitops

    def release(self, word: str) -> str:
        """Publish a release with this word in its manifest, and promote it to ``test``; its tag."""
        revision = self.world.release({"k8s/helm/web.yaml": manifest(word)})
        freightlib.publish(self.gitops, self.world.source, revision=revision, image=IMAGE)
        freightlib.promote(self.gitops, ["test"])
        return f"git-{revision}"

    def promote(self, **options: object) -> Promotion:
        (made,) = freightlib.promote(self.gitops, ["production"], **options)  # type: ignore[arg-type]
        return made

    def tip(self, branch: str) -> str | None:
        found = git(self.gitops, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found or None

    def refs(self) -> str:
        return git(self.gitops, "for-each-ref", "--format=%(refname) %(objectname)")

    def deployed(self, revision: str = BASE) -> str:
        return git(self.gitops, "show", f"{revision}:{PATH}/web.yaml")

    def on_branch(self, branch: str, files: dict[str, str], message: str = "By hand") -> str:
        """Commit ``files`` on ``branch`` as a person would."""
        git(self.gitops, "checkout", "-q", branch)
        made = commit_files(self.gitops, files, message)
        git(self.gitops, "checkout", "-q", "main")
        return made


def make_reviewed(directory: Path, forge: str = "") -> Reviewed:
    world = make_world(directory, {"web.yaml": manifest("first")})
    for path in (world.gitops / "apps/codeai/deployments").glob("*/deployment.yaml"):
        path.unlink()
    commit_files(world.gitops, {"freightlib.yaml": PROJECT.replace("FORGE", forge)})
    freightlib.publish(world.gitops, world.source, revision=world.revision, image=IMAGE)
    freightlib.promote(world.gitops, ["test"])
    return Reviewed(world)


def merge_as_a_forge(repository: Path, head: str, base: str, kind: str, work: Path) -> str:
    """Merge in a work tree of its own with git itself, as GitHub's buttons do; the new tip of ``base``."""
    git(repository, "worktree", "add", "-q", "--detach", "--force", str(work), base)
    try:
        if kind == "merge":
            git(work, "merge", "-q", "--no-ff", "-m", f"Merge pull request #1 from {head}", head)
        elif kind == "squash":
            git(work, "merge", "-q", "--squash", head)
            git(work, "commit", "-q", "-m", "Promote production (#1)")
        elif kind == "rebase":
            git(work, "-c", "advice.mergeConflict=false", "cherry-pick", f"{base}..{head}")
            git(work, "commit", "-q", "--amend", "--no-edit", "--date=2001-01-01T00:00:00Z")
        else:
            git(work, "merge", "-q", "--ff-only", head)
        made = git(work, "rev-parse", "HEAD")
        git(repository, "update-ref", f"refs/heads/{base}", made)
        return made
    finally:
        git(repository, "worktree", "remove", "--force", str(work))
