"""What is measured: each row with its contenders, and what freightlib has to hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import fixtures
from bench.fixtures import MANY_STAGES, SMALL_STAGES
from bench.measure import BenchError, Command, Contender, run
from freightlib.testing import commit_stream, git

SCRIPTS = Path(__file__).with_name("scripts")
FREIGHT = Path(sys.executable).with_name("freight")
WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
DIGEST = "sha256:" + "5eed" * 16


@dataclass
class Row:
    """``contenders[0]`` is freightlib. ``holds``: what is held, and whether it is, from the contenders by name."""

    key: str
    title: str
    repetitions: int
    contenders: Sequence[Contender]
    holds: Sequence[tuple[str, Callable[[dict[str, Contender]], bool]]]
    check: Callable[[], None] = lambda: None


@dataclass
class Bench:
    """The place where everything is built, and the environment of every measured process."""

    place: Path
    env: dict[str, str]

    def groups(self) -> dict[tuple[str, ...], Callable[[], Iterator[Row]]]:
        """Keys of rows -> what makes these rows, and builds what they need."""
        return {
            ("loop",): lambda: iter([self.loop()]),
            ("promote-100", "again-100"): self.many,
            ("monorepo",): lambda: iter([self.monorepo()]),
            ("import",): lambda: iter([self.imports()]),
        }

    def four(self) -> None:
        """The GitOps repository of four stages, made once."""
        if not (self.place / "four.git").exists():
            fixtures.repository(self.place / "four.git", commit_stream(fixtures.gitops(SMALL_STAGES)))

    def loop(self) -> Row:
        """One release through four stages, small repositories."""
        source, sha = self.source("small", components=2, beside=20)
        self.four()

        def script(mode: str) -> Contender:
            target = self.place / f"loop-{mode}.git"
            command = [SCRIPTS / "loop.sh", source, target, sha, reference(sha), DIGEST, mode, *SMALL_STAGES]
            return Contender(mode, [command], self.copied("four.git", target))

        own = self.place / "loop-freight.git"
        commands = [publish(own, source, sha), [FREIGHT, "promote", *SMALL_STAGES, "--repo", own]]
        return Row(
            "loop",
            "publish + render + promote 4 stages, small local repositories",
            7,
            [Contender("freight", commands, self.copied("four.git", own)), script("plain"), script("tuned")],
            [("at least 3 times faster", lambda by: by["plain"].seconds >= 3 * by["freight"].seconds)],
            lambda: same_stages(own, self.place / "loop-plain.git", SMALL_STAGES),
        )

    def many(self) -> Iterator[Row]:
        """A hundred stages of one release, then again."""
        source, sha = self.source("many", components=10, beside=20)
        published = self.place / "hundred.git"
        fixtures.repository(published, commit_stream(fixtures.gitops(MANY_STAGES)))
        run([publish(published, source, sha)], self.env)
        own, plain, tuned = (self.place / f"many-{name}.git" for name in ("freight", "plain", "tuned"))
        promote: Command = [FREIGHT, "promote", *MANY_STAGES, "--repo", own]
        engine: Command = [sys.executable, "-m", "bench.engine", *self.engine_input(source, sha), WORKERS]
        scripts = {
            "plain": [SCRIPTS / "promote.sh", plain, "plain", *MANY_STAGES],
            "tuned": [SCRIPTS / "promote.sh", tuned, "tuned", *MANY_STAGES],
        }
        yield Row(
            "promote-100",
            "promote 100 stages of one release (a 40-template chart)",
            3,
            [
                Contender("freight", [promote], self.copied("hundred.git", own)),
                Contender("plain", [scripts["plain"]], self.copied("hundred.git", plain)),
                Contender("tuned", [scripts["tuned"]], self.copied("hundred.git", tuned)),
                Contender("engine", [engine]),
            ],
            [
                ("at least 10 times faster", lambda by: by["plain"].seconds >= 10 * by["freight"].seconds),
                (
                    f"at most 1.5 times the engine alone on {WORKERS} workers",
                    lambda by: by["freight"].seconds <= 1.5 * by["engine"].seconds,
                ),
            ],
            lambda: same_stages(own, plain, MANY_STAGES),
        )
        yield Row(
            "again-100",
            "promote 100 stages again, nothing changed",
            3,
            [
                Contender("freight", [promote]),
                Contender("plain", [scripts["plain"]]),
                Contender("tuned", [scripts["tuned"]]),
            ],
            [("at least 100 times faster", lambda by: by["plain"].seconds >= 100 * by["freight"].seconds)],
        )

    def monorepo(self) -> Row:
        """A small chart out of a source repository of 200,000 files."""
        source, sha = self.source("monorepo", components=2, beside=200_000)
        self.four()

        def script(mode: str) -> Contender:
            target = self.place / f"mono-{mode}.git"
            command = [SCRIPTS / "publish.sh", source, target, sha, reference(sha), DIGEST, mode]
            return Contender(mode, [command], self.copied("four.git", target))

        own = self.place / "mono-freight.git"
        return Row(
            "monorepo",
            "freeze and publish a chart from a source repository of 200,000 files",
            2,
            [
                Contender("freight", [publish(own, source, sha)], self.copied("four.git", own)),
                script("full"),
                script("sparse"),
            ],
            [
                ("at least 40 times faster", lambda by: by["full"].seconds >= 40 * by["freight"].seconds),
                ("memory under 150 MB", lambda by: by["freight"].memory < 150_000_000),
            ],
            lambda: same_snapshot(source, [own, self.place / "mono-full.git", self.place / "mono-sparse.git"], sha),
        )

    def imports(self) -> Row:
        """A fresh interpreter each."""
        return Row(
            "import",
            "import freightlib",
            15,
            [
                Contender("freight", [[sys.executable, "-c", "import freightlib"]]),
                Contender("pygit2, attrs", [[sys.executable, "-c", "import pygit2, attrs"]]),
            ],
            [
                (
                    "under 60 ms more than import pygit2, attrs",
                    lambda by: by["freight"].seconds - by["pygit2, attrs"].seconds < 0.060,
                )
            ],
        )

    def source(self, name: str, components: int, beside: int) -> tuple[Path, str]:
        """A source repository that serves partial clones, as hosted ones do; its path and its commit."""
        path = self.place / f"{name}-source.git"
        sha = fixtures.repository(path, commit_stream(fixtures.source(fixtures.chart(components), beside)))
        for option in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            git(path, "config", option, "true")
        return path, sha

    def copied(self, template: str, target: Path) -> Callable[[], object]:
        """What puts a fresh copy of a repository at ``target``."""

        def copy() -> None:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(self.place / template, target)

        return copy

    def engine_input(self, source: Path, sha: str) -> tuple[Path, Path]:
        """The chart as an archive, and for each stage the values that it renders with."""
        archive, directory = self.place / "chart.tgz", self.place / "values"
        git(source, "archive", "--format=tar.gz", "--prefix=shop/", "-o", str(archive), f"{sha}:{fixtures.CHART}")
        directory.mkdir()
        files = dict(fixtures.gitops(MANY_STAGES))
        for stage in MANY_STAGES:
            at = f"apps/shop/deployments/{stage}"
            kind = re.findall(rb"envType: (\w+)", files[f"{at}/deployment.yaml"])[0].decode()
            texts = [files[f"apps/shop/envTypes/{kind}.values.yaml"], files[f"{at}/values.yaml"]]
            image = f"image: {reference(sha)}\n"
            (directory / f"{stage}.json").write_text(json.dumps([*(text.decode() for text in texts), image]))
        return archive, directory


def publish(target: Path, source: Path, sha: str) -> Command:
    """freight's command to publish."""
    image = f"{reference(sha)}@{DIGEST}"
    return [FREIGHT, "publish", "--repo", target, "--source", source, "--revision", sha, "--image", image]


def reference(sha: str) -> str:
    """The image of a commit."""
    return f"ghcr.io/example/shop:git-{sha}"


def same_stages(one: Path, other: Path, stages: Sequence[str]) -> None:
    """Both hold the same documents on every stage's branch (Helm versions differ in blank lines between them)."""
    for stage in stages:
        documents = [
            sorted(
                part.strip()
                for part in re.split(r"^---$", git(at, "show", f"stage/{stage}:manifests.yaml"), flags=re.MULTILINE)
            )
            for at in (one, other)
        ]
        if [*filter(None, documents[0])] != [*filter(None, documents[1])]:
            raise BenchError(f"stage {stage}: freight and the script rendered different documents")


def same_snapshot(source: Path, targets: Sequence[Path], sha: str) -> None:
    """All hold the source's own tree as the snapshot and as its mirror."""
    payload = git(source, "rev-parse", f"{sha}:{fixtures.CHART}")
    for target in targets:
        for directory in (f"git-{sha}", "current"):
            if git(target, "rev-parse", f"main:warehouses/shop/freight/{directory}/helm") != payload:
                raise BenchError(f"{target.name}: {directory} is not a copy of the source")
