"""Fills a small disk and runs ``freight`` on it: ``full_disk.py DIRECTORY KIND HOW``.

``HOW`` is ``tmpfs`` (in a mount namespace: a disk of 3 MB, filled up to some pages) or ``limit`` (no file may grow
beyond some bytes).
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from freightlib.cli import main as freight
from freightlib.testing import git
from tests.faults.freightworld import Releases, publishing

PAGE = 4096
ROOMS = {"tmpfs": (0, 1, 2, 3, 4, 6, 8), "limit": (0, 30, 300, 1000)}


def run(arguments: list[str]) -> tuple[int, str]:
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        status = freight(arguments)
    return status, told.getvalue()


@contextlib.contextmanager
def tmpfs(disk: Path, pages: int) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(PAGE))
    os.truncate(filler, max(filler.stat().st_size // PAGE - pages, 0) * PAGE)
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def limit(disk: Path, most: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def state(place: Path) -> str:
    told = git(place, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")
    return told + (git(place, "status", "--porcelain") if (place / ".git").exists() else "")


def main(directory: Path, kind: str, how: str) -> None:
    world = Releases(directory / "made", len(ROOMS[how]) + 1)
    disk, elsewhere = directory / "disk", directory / "elsewhere"
    disk.mkdir()
    elsewhere.mkdir()
    if how == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    place = (elsewhere if kind == "cache" else disk) / "g"
    bare = [] if kind == "checked-out" else ["--bare"]
    git(directory, "clone", "-q", *bare, str(world.gitops.path), str(place))
    for sample in (place / "hooks", place / ".git/hooks"):
        shutil.rmtree(sample, ignore_errors=True)
    os.environ["XDG_CACHE_HOME"] = str((disk if kind == "cache" else elsewhere) / "cache")
    repo = f"file://{place}" if kind in ("cache", "server") else str(place)
    if kind in ("cache", "server"):
        assert run(["status", "--repo", repo])[0] == 0
    full = {"tmpfs": tmpfs, "limit": limit}[how]
    refused = 0
    for number, room in enumerate(ROOMS[how]):
        for arguments in (publishing(world, world.revisions[number], repo), ["promote", "staging", "--repo", repo]):
            before = state(place)
            with full(disk, room):
                status, told = run(arguments)
            if status:
                refused += 1
                assert (status, len(told.splitlines())) in {(3, 2), (2, 2)}, told
                assert state(place) == before, (told, before, state(place))
            git(place, "fsck", "--strict")
            status, told = run(arguments)
            assert status == 0, told
            assert not (place / ".git").exists() or git(place, "status", "--porcelain") == ""
        assert world.revisions[number] in git(place, "show", "stage/staging:freight.lock")
    assert refused >= (3 if how == "tmpfs" else 4), refused
    sys.stdout.write(f"{refused} refused\n")
    shutil.rmtree(elsewhere)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
