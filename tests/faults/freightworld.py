"""Worlds for the fault suites: a bare GitOps repository of a plain package, and a source of many releases."""

from __future__ import annotations

import subprocess
from pathlib import Path

from attrs import frozen

from tests.worlds import commit_files, git, policy_files

IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"
FREIGHT = "warehouses/codeai/freight"
STAGES = ("staging", "test", "levelbuilder")
PROJECT = """\
apps:
  codeai:
    package: {type: plain, path: k8s/helm}
    stages: {staging: {from: warehouse}, test: {from: [staging]}, levelbuilder: {from: [test]}}
"""


@frozen
class Releases:
    """``gitops`` is bare and on ``main``; ``source`` is bare, with one commit for each of ``revisions``."""

    source: Path
    gitops: Path
    revisions: tuple[str, ...]


def make_releases(directory: Path, count: int) -> Releases:
    """Both repositories, below ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    work, gitops, source = (directory / name for name in ("work", "gitops.git", "app.git"))
    git(directory, "init", "-q", "-b", "main", "work")
    commit_files(work, {**policy_files(), "freightlib.yaml": PROJECT})
    git(directory, "clone", "-q", "--bare", "work", str(gitops))
    git(directory, "init", "-q", "--bare", "-b", "main", str(source))
    git(source, "fast-import", "--quiet", data="".join(map(_release, range(count))).encode())
    revisions = git(source, "rev-list", "--reverse", "main").splitlines()
    return Releases(source, gitops, tuple(revisions))


def _release(number: int) -> str:
    files = {
        "web.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata: {{release: 'n{number}'}}\n",
        "more/long.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: long}\ndata: {text: '%s'}\n"
        % ("x" * 9000),
    }
    lines = [f"commit refs/heads/main\ncommitter A <a@b> {1_700_000_000 + number} +0000\ndata 2\nn\n"]
    for path, text in files.items():
        lines.append(f"M 100644 inline k8s/helm/{path}\ndata {len(text)}\n{text}\n")
    return "".join(lines)


def publishing(world: Releases, revision: str, repo: str | Path, *more: str) -> list[str]:
    """The command that publishes a release."""
    options = {"repo": repo, "source": world.source, "revision": revision, "image": IMAGE}
    return ["publish", *(f"--{name}={value}" for name, value in options.items()), *more]


def check_history(repository: Path, releases: int, since: str) -> None:
    """Judge with git alone: linear, ``releases`` more than at ``since``, each commit adds exactly one, mirrored."""
    listed = git(repository, "rev-list", "--reverse", "--parents", f"{since}..main").splitlines()
    assert len(listed) == releases, f"{len(listed)} commits, {releases} releases"
    before, held = since, _held(repository, since)
    for line in listed:
        commit, *parents = line.split()
        assert parents == [before], f"{commit} is not on top of {before}"
        now = _held(repository, commit)
        added = {name: tree for name, tree in now.items() if name != "current" and name not in held}
        assert len(added) == 1, f"{commit} adds {sorted(added)}"
        assert all(now.get(name) == tree for name, tree in held.items() if name != "current"), f"{commit} rewrites"
        assert now["current"] in added.values(), f"current/ is no mirror of what {commit} adds"
        before, held = commit, now


def _held(repository: Path, commit: str) -> dict[str, str]:
    told = subprocess.run(
        ["git", "ls-tree", f"{commit}:{FREIGHT}"], cwd=repository, capture_output=True, text=True, check=False
    )
    rows = (line.split(maxsplit=3) for line in told.stdout.splitlines())
    return {name: tree for _, _, tree, name in rows}
