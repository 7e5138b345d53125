"""Rendered branches to tamper with: real git, plain manifests, and the histories that forges make."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from attrs import frozen

import freightlib
from freightlib.documents import read_lock, write_lock
from freightlib.errors import LockError
from freightlib.models import Finding, Report, Severity
from tests.worlds import IMAGE, commit_files, git

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


@frozen
class Rendered:
    """A source and a GitOps repository: two releases, promoted to stages with lock-only commits between."""

    source: Path
    gitops: Path

    def publish(self, revision: str, app: str = "shop") -> None:
        image = IMAGE.format(revision=revision)
        freightlib.publish(self.gitops, self.source, revision=revision, image=image, app=app)

    def release(self, files: dict[str, str | bytes], *apps: str) -> str:
        """Commit and publish one more release; its tag."""
        revision = commit_files(self.source, files)
        for app in apps or ("shop",):
            self.publish(revision, app)
        return f"git-{revision}"

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        return git(self.gitops, *arguments, data=data)

    def at(self, path: str, branch: str = BRANCH) -> bytes:
        return (git(self.gitops, "show", f"{branch}:{path}") + "\n").encode()

    def put(
        self, changes: dict[str, str | bytes | tuple[str, str] | None], branch: str = BRANCH, message: str = "By hand"
    ) -> str:
        """Commit on a branch without a checkout: path -> contents, (mode, id), or nothing for removed."""
        index = self.gitops / ".git" / "tamper-index"
        index.unlink(missing_ok=True)
        environment = f"GIT_INDEX_FILE={index}"

        def run(*arguments: str, data: bytes | None = None) -> str:
            return git(self.gitops, "-c", f"alias.x=!env {environment} git", "x", *arguments, data=data)

        run("read-tree", branch)
        for path, value in changes.items():
            if value is None:
                run("rm", "-rq", "--cached", "--", path)
                continue
            if isinstance(value, tuple):
                mode, blob = value
            else:
                data = value.encode() if isinstance(value, str) else value
                mode, blob = "100644", self.blob(data)
            run("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
        tree = run("write-tree")
        commit = self.git("commit-tree", tree, "-p", branch, "-m", message)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def blob(self, data: bytes) -> str:
        return git(self.gitops, "hash-object", "-w", "--stdin", data=data)

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
        listed = self.git("ls-tree", f"{branch}:{out}" if out != "." else f"{branch}^{{tree}}")
        kept = "\n".join(line for line in listed.splitlines() if not line.endswith("\tfreight.lock"))
        tree = self.git("mktree", data=f"{kept}\n".encode())
        path = f"{out}/freight.lock" if out != "." else "freight.lock"
        text = re.sub(r"^manifests: .*$", f"manifests: {tree}", self.at(path, branch).decode(), flags=re.MULTILINE)
        return self.put({path: canonical(text)}, branch)

    def audit(self, *stages: str, **options: object) -> Report:
        options = {"app": "shop", **options}
        return freightlib.audit(self.gitops, stages, **options)  # type: ignore[arg-type]


def canonical(text: str) -> bytes:
    """A lock as freightlib writes it; what is none stays as it is."""
    try:
        return write_lock(read_lock(text.encode()))
    except LockError:
        return text.encode()


def make(folder: Path) -> Rendered:
    """Two apps on one branch and one at a branch's root; three stages, of which production is reviewed and merged."""
    source, gitops = folder / "app", folder / "gitops"
    for path in (source, gitops):
        path.mkdir(parents=True)
        git(path, "init", "-q", "-b", "main")
    world = Rendered(source, gitops)
    policy = {f"apps/shop/deployments/{stage}/deployment.yaml": f"name: {stage}\n" for stage in ("staging", "test")}
    commit_files(gitops, {"freightlib.yaml": PROJECT, **policy})
    world.release(dict(DEPLOY), "shop", "blog", "root")
    freightlib.promote(gitops, ["staging", "test", "production"], app="shop")
    world.git("update-ref", "refs/heads/stage/production", "proposal/shop/production")
    freightlib.promote(gitops, ["staging"], app="blog")
    freightlib.promote(gitops, ["live"], app="root")
    # only the record differs, so the manifests do not: commits of the lock alone
    world.release({"src/main.py": "print(1)\n"})
    freightlib.promote(gitops, ["staging", "test"], app="shop")
    world.release({"deploy/web.yaml": DEPLOY["deploy/web.yaml"].replace("2", "3")}, "shop", "blog")
    freightlib.promote(gitops, ["staging", "test", "production"], app="shop")
    world.git("update-ref", "refs/heads/stage/production", "proposal/shop/production")
    freightlib.promote(gitops, ["staging"], app="blog")
    return world


def copied(world: Rendered, folder: Path) -> Rendered:
    """The same world once more, to change."""
    shutil.copytree(world.source.parent, folder, symlinks=True)
    return Rendered(folder / "app", folder / "gitops")


def serious(report: Report) -> list[Finding]:
    """Errors and warnings."""
    return [one for one in report.findings if one.severity is not Severity.NOTE]


def told(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What and where, each once, sorted."""
    return sorted({(one.code, one.path) for one in findings})


def proposed(world: Rendered) -> None:
    """A new release, proposed for production."""
    world.release({"deploy/web.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n"})
    freightlib.promote(world.gitops, ["staging", "test", "production"], app="shop")


def clean(report: Report) -> bool:
    """Whether nothing at all was found."""
    return report.findings == ()


Tamper = Callable[[Rendered], object]
Wanted = Sequence[tuple[str, str]]
