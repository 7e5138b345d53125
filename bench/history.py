"""Ten thousand releases in one branch, and what proving them costs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import fixtures
from bench.measure import Contender
from bench.rows import DIGEST, FREIGHT, SCRIPTS, Bench, Row, reference
from freightlib.documents import write_record
from freightlib.git.grafting import IdStore, build_files
from freightlib.models import Freight, Image, Source
from freightlib.testing import commit_stream, git

KEYS = ("history", "history-again", "pre-receive")
RELEASES = 10_000
WAREHOUSE = "warehouses/shop/freight"
#: ``diff -r`` compares every fiftieth release: all of them would take minutes.
EVERY = 50


def releases(number: int) -> Iterator[bytes]:
    """A fast-import stream: policy, then one commit for each release of a chart of 43 files."""
    chart = fixtures.chart(10)
    plain = chart["values.yaml"]
    yield from commit_stream(fixtures.gitops(("staging",)))
    for build in range(number):
        chart["values.yaml"] = f"{plain}# build {build}\n"
        tree = build_files(IdStore(), [(name, text.encode()) for name, text in chart.items()])
        when = 1700000000 + 60 * (build + 1)
        revision = hashlib.sha1(b"build %d" % build, usedforsecurity=False).hexdigest()
        source = Source("https://github.com/example/shop.git", fixtures.CHART, tree)
        record = Freight(
            revision, Image(reference(revision), DIGEST), "helm", datetime.fromtimestamp(when, UTC), source
        )
        changed = chart if build == 0 else {"values.yaml": chart["values.yaml"]}
        files = {f"helm/{name}": text.encode() for name, text in changed.items()} | {
            "freight.yaml": write_record(record)
        }
        current = {f"{WAREHOUSE}/current/{name}": data for name, data in files.items()}
        yield from commit_stream(current, message="Publish\n", when=when)
        yield f"C {WAREHOUSE}/current {WAREHOUSE}/git-{revision}\n".encode()


def rows(bench: Bench) -> Iterator[Row]:
    """The whole history, one release more, and a push of one release."""
    place = bench.place / "history.git"
    fixtures.repository(place, releases(RELEASES))
    git(place, "repack", "-adq")
    tip, before = git(place, "rev-parse", "main"), git(place, "rev-parse", "main~1")
    verify = [FREIGHT, "verify", "--repo", place, "--history", "--quiet"]
    log = ["sh", "-c", f"git -C {place} log --raw --no-abbrev -t main -- {WAREHOUSE} > /dev/null"]
    yield Row(
        "history",
        f"verify the whole history of {RELEASES:,} releases of a 43-file chart",
        3,
        [
            Contender("freight", [[*verify, "--no-cache"]]),
            Contender("git log", [log]),
            Contender("diff", [[SCRIPTS / "history.sh", place, WAREHOUSE, EVERY]]),
        ],
        [
            ("no slower than git log --raw -t", lambda by: by["freight"].seconds <= by["git log"].seconds),
            ("memory under 200 MB", lambda by: by["freight"].memory < 200_000_000),
        ],
    )
    yield Row(
        "history-again",
        "the same when one release was added",
        7,
        [Contender("freight", [verify], _proved(bench, place, before)), Contender("git log", [log])],
        [("under 0.5 s", lambda by: by["freight"].seconds < 0.5)],
    )
    hook = f"echo {before} {tip} refs/heads/main | {FREIGHT} hook pre-receive --repo {place}"
    yield Row(
        "pre-receive",
        "a pre-receive check of a push of one release to that repository",
        9,
        [Contender("freight", [["sh", "-c", hook]])],
        [("under 0.3 s", lambda by: by["freight"].seconds < 0.3)],
    )


def _proved(bench: Bench, place: Path, commit: str) -> Callable[[], object]:
    """What brings the cache to where all but the last release is proved."""
    cache = Path(bench.env["XDG_CACHE_HOME"])

    def prepare() -> None:
        if not (cache / "proved").exists():
            verify = [FREIGHT, "verify", "--repo", place, "--history", "--rev", commit]
            subprocess.run(verify, env=bench.env, check=True, capture_output=True)
            shutil.copytree(cache / "freightlib", cache / "proved")
        shutil.rmtree(cache / "freightlib")
        shutil.copytree(cache / "proved", cache / "freightlib")

    return prepare
