"""Run whole lives of small GitOps repositories under a fixed clock, and print every commit id they end with.

``python -m tests.golden.record`` prints JSON: scenario -> ref -> commit id. Equal inputs give equal ids, so a change of
the code's structure must leave them as they are (``tests/integration/test_golden.py`` compares them).
``--texts DIR`` also writes what the command prints in these lives, its help pages and its schemas there.
"""

from __future__ import annotations

import contextlib
import datetime as clock
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NOW = clock.datetime(2026, 3, 22, 12, 34, 56, tzinfo=clock.UTC)


class FixedTime(clock.datetime):
    """A clock that always shows the same time."""

    @classmethod
    def now(cls, tz: clock.tzinfo | None = None) -> clock.datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


if __name__ == "__main__":  # before freightlib imports it
    clock.datetime = FixedTime  # type: ignore[misc]

import freightlib  # noqa: E402
from freightlib.cli import main  # noqa: E402
from freightlib.errors import ToolError  # noqa: E402
from freightlib.testing import AppBuilder, RepositoryBuilder, git, isolate, sample_package  # noqa: E402

IMAGE = f"ghcr.io/example/shop:v1@sha256:{'a' * 64}"
VERBS = [
    "attest",
    "audit",
    "completion",
    "demo",
    "diff",
    "hook",
    "init",
    "log",
    "mark",
    "plugins",
    "promote",
    "prune",
    "publish",
    "render",
    "rollback",
    "status",
    "verify",
]


class Recorder:
    """Collects refs by scenario, and the texts that were printed on the way."""

    def __init__(self) -> None:
        self.refs: dict[str, dict[str, str]] = {}
        self.texts: dict[str, str] = {}

    def record(self, scenario: str, *repositories: Path, engine: freightlib.RenderLock | None = None) -> None:
        listed = {}
        if engine:
            listed["engine"] = f"{engine.render.renderer} {engine.render.engine} {engine.render.version}"
        for repository in repositories:
            for line in git(repository, "for-each-ref", "--format=%(refname) %(objectname)").splitlines():
                ref, commit = line.split()
                listed[f"{repository.name}:{ref}"] = commit
        self.refs[scenario] = listed

    def freight(self, scenario: str, *arguments: str) -> int:
        """Run the command in this process and keep what it prints."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = main(list(arguments))
        title = f"{scenario}: {' '.join(arguments)}"
        number = sum(key.startswith(title) for key in self.texts)
        self.texts[f"{title} #{number}"] = f"exit status {status}\n{out.getvalue()}"
        return status


def plain(recorder: Recorder, root: Path) -> None:
    """Publish, promote, review, land, block, roll back and prune plain manifests."""
    app = AppBuilder(root, sample_package("plain"), stages=("test", "staging"))
    text = (app.gitops.path / "freightlib.yaml").read_text()
    project = json.loads(text)
    project["apps"]["sample"]["stages"]["production"] = {"from": "staging", "review": "pull-request"}
    app.gitops.commit({"freightlib.yaml": json.dumps(project)})
    tags = [app.tag]
    for number in range(3):
        tags.append(
            app.release({**sample_package("plain"), "more.yaml": f"kind: Pod\nmetadata: {{name: p{number}}}\n"})
        )
        app.promote("test", "staging", "production")
        if number:
            tip = git(app.gitops.path, "rev-parse", "proposal/sample/production")
            freightlib.land(app.gitops.path, "production", approved=tip)
    recorder.record("plain: three releases", app.gitops.path)
    repo = ("--repo", "gitops")
    for verb in ("status", "verify --history", "audit --rerender --all", "promote --explain", "log test", "diff test"):
        recorder.freight("plain", *verb.split(), *repo, "--json")
    recorder.freight("plain", "attest", "staging", *repo)
    recorder.freight("plain", "mark", "blocked", tags[-1], "--reason", "too slow", *repo)
    recorder.freight("plain", "promote", "test", *repo)
    recorder.freight("plain", "rollback", "test", "--to", tags[2], "--exact", *repo)
    recorder.freight("plain", "rollback", "staging", "--to", tags[2], "--with-current-policy", *repo)
    recorder.freight("plain", "rollback", "production", "--to", tags[2], "--exact", *repo)
    recorder.record("plain: rolled back", app.gitops.path)
    recorder.freight("plain", "prune", "--keep", "1", "--yes", *repo)
    recorder.freight("plain", "status", *repo, "--json")
    recorder.freight("plain", "verify", "--history", *repo, "--json")
    recorder.freight("plain", "audit", "--all", *repo, "--format", "sarif")
    recorder.record("plain: pruned", app.gitops.path)


def transforms(recorder: Recorder, root: Path) -> None:
    """Labels of a transform, gates that read policy, and promotion by itself after a policy change."""
    render = {"transforms": [{"name": "common-labels", "labels": {"team": "shop"}}], "layout": "flat"}
    app = AppBuilder(root, sample_package("plain"), render=render, stages=("a", "b", "c"))
    recorder.freight("transforms", "promote", "--auto", "--repo", "gitops", "--json")
    project = json.loads((app.gitops.path / "freightlib.yaml").read_text())
    project["apps"]["sample"]["render"]["transforms"][0]["labels"]["team"] = "checkout"
    app.gitops.commit({"freightlib.yaml": json.dumps(project)})
    recorder.freight("transforms", "promote", "--auto", "--repo", "gitops", "--json")
    recorder.freight("transforms", "audit", "--all", "--rerender", "--repo", "gitops", "--json")
    recorder.record("transforms", app.gitops.path)


def two_apps(recorder: Recorder, root: Path) -> None:
    """Two apps of one repository, and the files that ``freight init`` guesses."""
    source, gitops = RepositoryBuilder(root / "source"), RepositoryBuilder(root / "gitops")
    files = {f"{app}/{path}": data for app in ("cart", "shop") for path, data in sample_package("plain", app).items()}
    revision = source.commit(files)
    policy = {
        f"apps/{app}/deployments/{stage}/deployment.yaml": f"name: {stage}\nenvType: {stage}\n"
        for app in ("cart", "shop")
        for stage in ("test", "production")
    }
    gitops.commit(policy)
    recorder.freight("two apps", "init", "--repo", "gitops", "--package-type", "plain", "--path", "cart", "--json")
    stages = {"test": {"from": "warehouse"}, "production": {"from": "test"}}
    apps = {
        app: {
            "package": {"type": "plain", "path": app},
            "output": {"branch": "stage/{stage}", "path": "deploy/{app}"},
            "stages": stages,
        }
        for app in ("cart", "shop")
    }
    gitops.commit({"freightlib.yaml": json.dumps({"apps": apps})})
    for app in ("cart", "shop"):
        freightlib.publish(gitops.path, source.path, revision=revision, image=IMAGE, app=app)
        freightlib.promote(gitops.path, ["test", "production"], app=app)
    recorder.freight("two apps", "status", "--repo", "gitops", "--json")
    recorder.freight("two apps", "audit", "--all", "--repo", "gitops", "--json")
    recorder.record("two apps", gitops.path)


def renderer(package_type: str, **render: Any) -> Callable[[Recorder, Path], None]:
    """A life with a renderer that may be missing here."""

    def run(recorder: Recorder, root: Path) -> None:
        app = AppBuilder(root, sample_package(package_type), package_type=package_type, render=render)
        try:
            app.render()
        except ToolError:
            return  # the engine is missing here
        for number in range(2):
            app.promote("test")
            recorder.record(
                f"{package_type} {render.get('layout', '')} {number}", app.gitops.path, engine=app.render().lock
            )
            app.release({**sample_package(package_type), "README": f"{number}\n"})
        recorder.freight(package_type, "render", "test", "--repo", "gitops", "--out", "rendered")
        recorder.freight(package_type, "audit", "--rerender", "--repo", "gitops", "--json")

    return run


def demonstration(recorder: Recorder, root: Path) -> None:
    """The demonstration, as ``freight demo`` leaves it."""
    recorder.freight("demo", "demo", "freight-demo", "--json")
    gitops = root / "freight-demo" / "gitops"
    lock = freightlib.render(gitops, "staging").lock
    recorder.record("demo", root / "freight-demo" / "app", gitops, engine=lock)


def help_pages(recorder: Recorder, root: Path) -> None:
    for verb in ("", *VERBS):
        recorder.freight("help", *verb.split(), "--help")


LIVES: dict[str, Callable[[Recorder, Path], None]] = {
    "plain": plain,
    "transforms": transforms,
    "two apps": two_apps,
    "demo": demonstration,
    "helm": renderer("helm", renderer="helm-template", releaseName="sample"),
    "helm-flat": renderer("helm", renderer="helm-template", releaseName="sample", layout="flat"),
    "helm-file": renderer("helm", renderer="helm-template", releaseName="sample", layout="file"),
    "kustomize": renderer("kustomize", renderer="kustomize", direct=True),
    "help": help_pages,
}


@contextlib.contextmanager
def inside(directory: Path) -> Iterator[Path]:
    before = Path.cwd()
    directory.mkdir()
    os.chdir(directory)
    try:
        yield directory
    finally:
        os.chdir(before)


def record(names: list[str]) -> Recorder:
    recorder = Recorder()
    stamp = f"{int(NOW.timestamp())} +0000"
    os.environ.update(GIT_AUTHOR_DATE=stamp, GIT_COMMITTER_DATE=stamp, COLUMNS="100", NO_COLOR="1", TZ="UTC")
    with tempfile.TemporaryDirectory() as directory:
        for name in names:
            with inside(Path(directory).resolve() / name) as root:
                LIVES[name](recorder, Path())
                for key, text in recorder.texts.items():
                    hidden = re.sub(r'"milliseconds": \d+', "", text.replace(str(root), "ROOT"))
                    recorder.texts[key] = re.sub(r"/tmp/tmp\w+", "TEMPORARY", hidden)
    return recorder


if __name__ == "__main__":
    arguments = sys.argv[1:]
    texts = Path(arguments.pop(1)) if arguments[:1] == ["--texts"] else None
    arguments = [one for one in arguments if one != "--texts"]
    import pytest

    backend = os.environ.get("FREIGHTLIB_GIT_BACKEND")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        isolate(patch, Path(home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(Path(home, "gitconfig")))
        Path(home, "gitconfig").write_text("[user]\nname = Golden\nemail = golden@example.com\n")
        if backend:
            patch.setenv("FREIGHTLIB_GIT_BACKEND", backend)
        made = record(arguments or list(LIVES))
    if texts:
        texts.mkdir(parents=True, exist_ok=True)
        for key, text in made.texts.items():
            (texts / (key.replace("/", "_").replace(" ", "_")[:150] + ".txt")).write_text(text)
    json.dump(made.refs, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
