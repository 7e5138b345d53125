"""Worlds for the fault suites: a bare GitOps repository of a plain package, and a source of many releases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from freightlib.testing import ProjectBuilder, RepositoryBuilder, commit_stream, git, import_stream
from tests.plain_world import IMAGE, project
from tests.worlds import policy_files

FREIGHT = "warehouses/codeai/freight"
STAGES = ("staging", "test", "levelbuilder")
PROJECT = project("staging: {from: warehouse}", "test: {from: [staging]}", "levelbuilder: {from: [test]}", keys=())


class Releases(ProjectBuilder):
    """``gitops`` is bare and on ``main``; ``source`` is bare, with one commit for each of ``revisions``."""

    image_template = IMAGE

    def __init__(self, directory: Path, count: int) -> None:
        self.gitops = RepositoryBuilder(directory / "gitops.git", bare=True)
        self.source = RepositoryBuilder(directory / "app.git", bare=True)
        import_stream(self.gitops.path, commit_stream(policy_files(PROJECT)))
        import_stream(self.source.path, (part for number in range(count) for part in _release(number)))
        self.revisions = tuple(self.source.git("rev-list", "--reverse", "main").splitlines())
        self.revision = self.revisions[-1]


def _release(number: int) -> Iterator[bytes]:
    kind = "apiVersion: v1\nkind: ConfigMap\nmetadata: "
    files = {
        "k8s/helm/web.yaml": f"{kind}{{name: web}}\ndata: {{release: 'n{number}'}}\n",
        "k8s/helm/more/long.yaml": f"{kind}{{name: long}}\ndata: {{text: '{'x' * 9000}'}}\n",
    }
    return commit_stream(files, when=1_700_000_000 + number)


def publishing(world: Releases, revision: str, repo: str | Path, *more: str) -> list[str]:
    """The command that publishes a release."""
    options = {"repo": repo, "source": world.source.path, "revision": revision, "image": IMAGE}
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
    if not git(repository, "ls-tree", "-d", commit, FREIGHT):
        return {}
    rows = (line.split(maxsplit=3) for line in git(repository, "ls-tree", f"{commit}:{FREIGHT}").splitlines())
    return {name: tree for _, _, tree, name in rows}
