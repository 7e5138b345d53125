"""A world of releases that come and go: ``staging`` and the reviewed ``production``, on plain manifests."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import field, frozen

import freightlib
from freightlib.errors import RefConflictError
from freightlib.git.contract import Repository
from tests.worlds import World, commit_files, git, make_world

IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"
WAREHOUSE = "warehouses/codeai/freight"
PROPOSAL = "proposal/codeai/production"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = """\
apps:
  codeai:
    package: {type: plain, path: k8s/helm}
    render:
      transforms: [{name: common-labels, labels: {policy: "one"}}]
    output: {branch: "stage/{stage}", path: "deploy/{stage}"}
    stages:
      staging: {from: warehouse}
      production: {from: [staging], review: pull-request}
"""


def manifest(word: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata: {{word: {word}}}\n"


@frozen
class Shop:
    """The two repositories, and what people do with them. Release number n was made on day n."""

    world: World
    tags: list[str] = field(factory=list)

    @property
    def gitops(self) -> Path:
        return self.world.gitops

    def release(self, *stages: str) -> str:
        """Publish one more release, and promote it to ``stages``; its tag."""
        number = len(self.tags)
        revision = self.world.release({"k8s/helm/web.yaml": manifest(f"number{number}")})
        self.publish(f"git-{revision}", number)
        self.tags.append(f"git-{revision}")
        if stages:
            freightlib.promote(self.gitops, list(stages))
        return self.tags[-1]

    def publish(self, tag: str, number: int | None = None, image: str = IMAGE) -> freightlib.Publication:
        when = None if number is None else FIRST + timedelta(days=number)
        revision = tag.removeprefix("git-")
        return freightlib.publish(self.gitops, self.world.source, revision=revision, image=image, created_at=when)

    def policy(self, word: str) -> str:
        """Another policy: a label of every manifest."""
        return commit_files(self.gitops, {"freightlib.yaml": PROJECT.replace('"one"', f'"{word}"')})

    def there(self, revision: str = "main") -> list[str]:
        """The releases in the warehouse, in order of publication."""
        names = git(self.gitops, "ls-tree", "--name-only", f"{revision}:{WAREHOUSE}").split()
        return [tag for tag in self.tags if tag in names]

    def tree(self, tag: str, revision: str = "main") -> str:
        return git(self.gitops, "rev-parse", f"{revision}:{WAREHOUSE}/{tag}")

    def output(self, stage: str, revision: str | None = None) -> str:
        """The manifest that a stage deploys."""
        return git(self.gitops, "show", f"{revision or f'stage/{stage}'}:deploy/{stage}/web.yaml")

    def files(self, stage: str, revision: str | None = None) -> str:
        """Every file that a stage deploys, lock aside, with its blob id."""
        listed = git(self.gitops, "ls-tree", "-r", f"{revision or f'stage/{stage}'}:deploy/{stage}")
        return "\n".join(line for line in listed.splitlines() if not line.endswith("freight.lock"))

    def tip(self, branch: str) -> str | None:
        return git(self.gitops, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def refs(self) -> str:
        return git(self.gitops, "for-each-ref", "--format=%(refname) %(objectname)")

    def merge(self, kind: str = "merge") -> None:
        """Merge production's proposal as a forge does."""
        git(self.gitops, "checkout", "-q", "stage/production")
        if kind == "merge":
            git(self.gitops, "merge", "-q", "--no-ff", "-m", f"Merge pull request #1 from {PROPOSAL}", PROPOSAL)
        elif kind == "squash":
            git(self.gitops, "merge", "-q", "--squash", PROPOSAL)
            git(self.gitops, "commit", "-q", "-m", "Ship it (#1)")
        else:
            git(self.gitops, "merge", "-q", "--ff-only", PROPOSAL)
        git(self.gitops, "checkout", "-q", "main")

    def on_branch(self, branch: str, files: dict[str, str]) -> str:
        """Commit ``files`` on ``branch`` as a person would."""
        git(self.gitops, "checkout", "-q", branch)
        made = commit_files(self.gitops, files)
        git(self.gitops, "checkout", "-q", "main")
        return made

    def sound(self) -> None:
        """The releases, the history and every rendered commit are what they claim to be, rendered again too."""
        reports = (
            freightlib.verify(self.gitops),
            freightlib.verify(self.gitops, history=True, proofs=False),
            freightlib.audit(self.gitops, all_commits=True, rerender=True),
        )
        for report in reports:
            wrong = [(one.code, one.path, one.message) for one in report.findings if one.code != "stage-empty"]
            assert wrong == []
        done = subprocess.run(
            ["git", "fsck", "--strict", "--no-dangling"],
            cwd=self.gitops,
            capture_output=True,
            env=os.environ,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def make_shop(directory: Path) -> Shop:
    world = make_world(directory, {"web.yaml": manifest("none")})
    for path in (world.gitops / "apps/codeai/deployments").glob("*/deployment.yaml"):
        path.unlink()
    commit_files(world.gitops, {"freightlib.yaml": PROJECT})
    return Shop(world)


def release_meanwhile(shop: Shop, repository: Repository, monkeypatch: pytest.MonkeyPatch, ref: str) -> None:
    """At the first push of branches, somebody else gets a release onto ``staging``, and the push loses for ``ref``."""
    real = type(repository).move_refs
    turns: list[str] = []

    def raced(self: object, *arguments: object, **options: object) -> None:
        turns.append("move")
        if len(turns) == 1:
            shop.release("staging")
            raise RefConflictError("moved", ref=ref)
        real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(type(repository), "move_refs", raced)
