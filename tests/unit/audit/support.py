"""Rendered branches to tamper with: real git, plain manifests, and the histories that forges make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import freightlib
from freightlib.documents import read_lock, write_lock
from freightlib.errors import LockError
from freightlib.models import Finding, Report, Severity
from freightlib.testing import ProjectBuilder
from freightlib.testing.repositories import Change
from tests.worlds import IMAGE

PROJECT = """\
schemaVersion: v1
apps:
  shop:
    package: {type: plain, path: deploy}
    render:
      renderer: copy
      transforms:
      - {name: common-labels, labels: {team: "{deployment}"}}
    output: {branch: "stage/{stage}", path: "apps/shop/{stage}"}
    stages:
      staging: {from: warehouse}
      test: {from: [staging]}
      production: {from: [test], review: pull-request}
  blog:
    package: {type: plain, path: blog}
    render: {renderer: copy}
    output: {branch: stage/staging, path: "apps/blog/{stage}"}
    stages:
      staging: {from: warehouse}
  root:
    package: {type: plain, path: blog}
    render: {renderer: copy}
    output: {branch: "root/{stage}", path: "."}
    stages:
      live: {from: warehouse}
"""
DEPLOY = {
    "deploy/web.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n",
    "deploy/service.yaml": "kind: Service\nmetadata: {name: web}\n",
    "deploy/jobs/nightly.yaml": "kind: Job\nmetadata: {name: nightly}\n",
    "blog/page.yaml": "kind: ConfigMap\nmetadata: {name: page}\n",
}
OUT = "apps/shop/staging"
LOCK = f"{OUT}/freight.lock"
BRANCH = "stage/staging"


class Rendered(ProjectBuilder):
    """Two apps on one branch and one at a branch's root; three stages, of which production is reviewed and merged.

    Two releases, promoted to stages with lock-only commits between them.
    """

    image_template = IMAGE

    def __init__(self, directory: Path) -> None:
        policy = {f"apps/shop/deployments/{stage}/deployment.yaml": f"name: {stage}\n" for stage in ("staging", "test")}
        super().__init__(directory, {"freightlib.yaml": PROJECT, **policy})
        self.release(dict(DEPLOY), "shop", "blog", "root")
        self.promote("staging", "test", "production", app="shop")
        self.merge()
        self.promote("staging", app="blog")
        self.promote("live", app="root")
        # only the record differs, so the manifests do not: commits of the lock alone
        self.release({"src/main.py": "print(1)\n"})
        self.promote("staging", "test", app="shop")
        self.release({"deploy/web.yaml": DEPLOY["deploy/web.yaml"].replace("2", "3")}, "shop", "blog")
        self.promote("staging", "test", "production", app="shop")
        self.merge()
        self.promote("staging", app="blog")

    def merge(self) -> None:
        """Fast-forward production to its proposal, which stays."""
        self.gitops.merge("proposal/shop/production", "stage/production", "fast-forward")

    def release(self, files: dict[str, str | bytes], *apps: str) -> str:
        """Commit and publish one more release; its tag."""
        revision = self.source.commit(files)
        for app in apps or ("shop",):
            self.publish(revision, app=app)
        return f"git-{revision}"

    def at(self, path: str, branch: str = BRANCH) -> bytes:
        return self.gitops.read(path, branch)

    def put(self, changes: Mapping[str, Change], branch: str = BRANCH, message: str = "By hand") -> str:
        """Commit on a branch without a checkout: path -> contents, (mode, id), or nothing for removed."""
        return self.gitops.commit_to(branch, changes, message)

    def lock(self, *edits: tuple[str, str], stage: str = "staging", raw: bool = False) -> str:
        """Commit an edited lock: each edit is a pattern and what stands in its place, once. Unless it is to be ``raw``,
        it is written as freightlib would (an id may look like a number, and needs quotes then).
        """
        path, branch = f"apps/shop/{stage}/freight.lock", f"stage/{stage}"
        text = self.at(path, branch).decode()
        for pattern, new in edits:
            text, times = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
            assert times == 1, pattern
        return self.put({path: text if raw else canonical(text)}, branch)

    def fixed_up(self, branch: str = BRANCH, out: str = OUT) -> str:
        """Commit the lock with the id of the manifests that stand there now."""
        listed = self.gitops.git("ls-tree", f"{branch}:{out}" if out != "." else f"{branch}^{{tree}}")
        kept = "\n".join(line for line in listed.splitlines() if not line.endswith("\tfreight.lock"))
        tree = self.gitops.git("mktree", data=f"{kept}\n".encode())
        path = f"{out}/freight.lock" if out != "." else "freight.lock"
        text = re.sub(r"^manifests: .*$", f"manifests: {tree}", self.at(path, branch).decode(), flags=re.MULTILINE)
        return self.put({path: canonical(text)}, branch)

    def audit(self, *stages: str, **options: object) -> Report:
        options = {"app": "shop", **options}
        return freightlib.audit(self.gitops.path, stages, **options)  # type: ignore[arg-type]


def canonical(text: str) -> bytes:
    """A lock as freightlib writes it; what is none stays as it is."""
    try:
        return write_lock(read_lock(text.encode()))
    except LockError:
        return text.encode()


def serious(report: Report) -> list[Finding]:
    """Errors and warnings."""
    return [one for one in report.findings if one.severity is not Severity.NOTE]


def told(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What and where, each once, sorted."""
    return sorted({(one.code, one.path) for one in findings})


def proposed(world: Rendered) -> None:
    """A new release, proposed for production."""
    world.release({"deploy/web.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n"})
    world.promote("staging", "test", "production", app="shop")


def clean(report: Report) -> bool:
    """Whether nothing at all was found."""
    return report.findings == ()


Tamper = Callable[[Rendered], object]
Wanted = Sequence[tuple[str, str]]
