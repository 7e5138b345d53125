"""Kills ``freight`` processes at random instants, hundreds of times: ``kills.py DIRECTORY KIND COUNT SEED``.

The library is loaded once; each run of the command is a fork of that (a start costs 0.3 s, a fork none). No renderer
with an engine of its own is used, so nothing is loaded that does not survive a fork. The child notes in shared memory
which phase it has reached: the instant of the kill is drawn by phase first, so that short phases are met as often as
long ones, then by time within it. The signal itself is the real one, and meets the process wherever it is.

Prints one JSON object: the kills by command, phase, and what was killed with it.
"""

from __future__ import annotations

import ctypes
import functools
import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from freightlib.cli import main as freight
from freightlib.git.objects.staging import Staging
from freightlib.git.refs.transaction import RefTransaction
from freightlib.git.remotes.remote import Remote
from freightlib.git.worktrees.following import Checkout
from freightlib.testing import git
from freightlib.testing.program import check_sound
from tests.faults.freightworld import FREIGHT, Releases, publishing

PHASES = (
    "before objects",
    "writing objects",
    "objects stored",
    "push under way",
    "pushed",
    "refs locked",
    "work tree moving",
    "ref moving",
    "ref moved",
)
KINDS = ("bare", "checked-out", "url", "push")
BATCH = 20
SHARED = mmap.mmap(-1, 4096)


# --- what the child tells ---


def mark(phase: int) -> None:
    if phase > SHARED[0]:
        SHARED[0] = phase
        struct.pack_into("d", SHARED, 8 * (phase + 1), time.monotonic())
        arm(phase)


class Bomb:
    """In which phase of the child its death is due, and how long after that has begun."""

    phase, seconds = len(PHASES), 0.0


def arm(phase: int) -> None:
    """Let the kernel send SIGKILL to this process in a while: no handler, no scheduling of ours stands between."""
    if phase < Bomb.phase:
        return
    Bomb.phase = len(PHASES)
    libc, timer = ctypes.CDLL(None, use_errno=True), ctypes.c_void_p()
    event = ctypes.create_string_buffer(struct.pack("@Pii", 0, signal.SIGKILL, 0), 64)  # sigevent, SIGEV_SIGNAL
    assert libc.timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(timer)) == 0
    due = struct.pack("@qqqq", 0, 0, int(Bomb.seconds), max(int(Bomb.seconds % 1 * 1e9), 1000))
    assert libc.timer_settime(timer, 0, due, None) == 0


def observed(kind: Any, name: str, before: int | None, after: int | None) -> None:
    original = getattr(kind, name)

    @functools.wraps(original)
    def told(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            mark(before)
        result = original(*args, **kwargs)
        if after is not None:
            mark(after)
        return result

    setattr(kind, name, told)


def observe() -> None:
    observed(Staging, "flush", 1, 2)
    observed(Remote, "push", 3, 4)
    observed(RefTransaction, "__enter__", None, 5)
    observed(Checkout, "follow", 6, None)
    observed(RefTransaction, "commit", 7, 8)


def begun(arguments: list[str]) -> int:
    SHARED[:128] = bytes(128)
    struct.pack_into("d", SHARED, 8, time.monotonic())
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            arm(0)
            status = freight(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return pid


LOG = "log"  # what the run before said


def completed(arguments: list[str]) -> None:
    status = os.waitstatus_to_exitcode(os.waitpid(begun(arguments), 0)[1])
    assert status == 0, (status, arguments, Path(LOG).read_text())


def durations() -> dict[int, float]:
    """Phase -> seconds, of the run that has just ended."""
    times = [struct.unpack_from("d", SHARED, 8 * (phase + 1))[0] for phase in range(len(PHASES))]
    reached = [(phase, at) for phase, at in enumerate(times) if at]
    ends = [at for _, at in reached[1:]] + [time.monotonic()]
    return {phase: max(end - at, 0.0005) for (phase, at), end in zip(reached, ends, strict=True)}


# --- killing ---


def family(pid: int, spared: bool = False) -> list[int]:
    """The descendants of a process that are not a remote's side."""
    found = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    for child in map(int, children):
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if spared and (b"receive-pack" in command or b"upload-pack" in command):
            continue
        found += [child, *family(child, spared)]
    return found


def killed(arguments: list[str], usual: dict[int, float], dice: random.Random, how: str) -> int | None:
    """Run and kill; the phase it was in, ``None`` when it was through before."""
    Bomb.phase = dice.choice(sorted(usual))
    Bomb.seconds = dice.random() * usual[Bomb.phase]
    pid = begun(arguments)
    Bomb.phase = len(PHASES)
    dead = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    while how == "with its helpers" and (left := family(os.getpid(), spared=True)):
        for child in left:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        reap()
    return SHARED[0] if dead else None


def reap(wait: bool = False) -> None:
    """Collect orphans, which come to this process; with ``wait``, until none is left."""
    while True:
        try:
            if os.waitpid(-1, 0 if wait else os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


# --- judging ---


def refs(place: Path) -> dict[str, str]:
    rows = git(place, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").splitlines()
    return dict(row.split() for row in rows)


def judge(place: Path, before: dict[str, str], ref: str) -> bool:
    """Whether ``ref`` has moved: to a commit on top of the old one, whole; nothing else may have."""
    now = refs(place)
    moved = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    assert moved <= {ref}, moved
    if not moved:
        return False
    parents = git(place, "log", "-1", "--format=%P", now[ref]).split()
    assert parents == [before[ref]] if ref in before else not parents, (before.get(ref), now, parents)
    git(place, "rev-list", "--objects", "--quiet", now[ref], *([f"^{before[ref]}"] if ref in before else []))
    return True


def unlocked(place: Path) -> None:
    own = place / ".git" if (place / ".git").exists() else place
    left = [path for path in own.rglob("*") if path.name.endswith(".lock") or path.name.startswith("freightlib-")]
    assert not [path for path in left if path.name != "freightlib-locks"], left
    place_of_claims = own / "freightlib-locks"
    assert not place_of_claims.exists() or len(list(place_of_claims.iterdir())) < BATCH, "claims pile up"
    if own != place:
        assert git(place, "status", "--porcelain") == ""


_ALL_BUT_ONE = ("--keep", "1", "--keep-per-stage", "0", "--yes")


class Suite:
    """One kind of repository, its commands, and what was met."""

    def __init__(self, directory: Path, kind: str, count: int, seed: int) -> None:
        self.kind, self.count, self.dice = kind, count, random.Random(seed)
        self.releases = Releases(directory / "made", count + 20)
        self.directory = directory
        self.met: Counter[tuple[str, str, str]] = Counter()
        self.usual: dict[str, dict[int, float]] = {}
        self.number = 0
        self.fresh(0)

    def fresh(self, batch: int) -> None:
        """Repositories as new: packs would pile up."""
        self.server = self.directory / f"server{batch}.git"
        git(self.directory, "clone", "-q", "--bare", str(self.releases.gitops.path), str(self.server))
        self.place = self.server
        if self.kind in ("checked-out", "push"):
            self.place = self.directory / f"clone{batch}"
            git(self.directory, "clone", "-q", str(self.server), str(self.place))
        self.repo = f"file://{self.server}" if self.kind == "url" else str(self.place)

    @property
    def more(self) -> list[str]:
        return ["--push"] if self.kind == "push" else []

    @property
    def places(self) -> list[Path]:
        return [self.server, self.place] if self.kind == "push" else [self.place]

    def commands(self) -> list[tuple[str, str, list[str], Callable[[], None]]]:
        """Name, ref, arguments, and what must hold when it has come through. A verb more is a row more."""
        revision = self.releases.revisions[self.number]
        self.number += 1

        def published() -> None:
            for place in self.places:
                git(place, "rev-parse", "--verify", "-q", f"main:{FREIGHT}/git-{revision}")

        def pruned() -> None:
            for place in self.places:
                assert git(place, "ls-tree", "--name-only", f"main:{FREIGHT}").count("git-") == 1

        def promoted() -> None:
            for place in self.places:
                lock = git(place, "show", "stage/staging:freight.lock")
                assert revision in lock

        return [
            ("publish", "refs/heads/main", publishing(self.releases, revision, self.repo, *self.more), published),
            ("promote", "refs/heads/stage/staging", ["promote", "staging", "--repo", self.repo, *self.more], promoted),
            ("prune", "refs/heads/main", ["prune", *_ALL_BUT_ONE, "--repo", self.repo, *self.more], pruned),
        ]

    def calibrate(self) -> None:
        for _ in range(3):
            for name, _, arguments, done in self.commands():
                completed(arguments)
                done()
                for phase, seconds in durations().items():
                    known = self.usual.setdefault(name, {})
                    known[phase] = min(known.get(phase, seconds), seconds)

    def run(self) -> None:
        self.calibrate()
        kills = 0
        while kills < self.count:
            if kills % BATCH < 2 and kills >= BATCH * len(list(self.directory.glob("server*"))):
                self.settled()
                self.fresh(len(list(self.directory.glob("server*"))))
            for name, ref, arguments, done in self.commands():
                kills += self.once(name, ref, arguments)
                reap(wait=True)
                done()
                for place in self.places:
                    unlocked(place)
        self.settled()

    def once(self, name: str, ref: str, arguments: list[str]) -> bool:
        before = [refs(place) for place in self.places]
        how = self.dice.choice(["alone", "with its helpers"])
        phase = killed(arguments, self.usual[name], self.dice, how)
        if how == "alone" and self.dice.random() < 0.5:
            how = "alone, and run again at once"  # while what it started is still at work
        else:
            reap(wait=True)
            moved = [judge(place, old, ref) for place, old in zip(self.places, before, strict=True)]
            assert moved[0] or not moved[-1], "moved here, and not at the remote"
        completed(arguments)
        if phase is not None:
            self.met[name, PHASES[phase], how] += 1
        return phase is not None

    def settled(self) -> None:
        for place in self.places:
            check_sound(place)
        for cache in Path(os.environ["XDG_CACHE_HOME"]).glob("freightlib/*/*.git"):
            check_sound(cache)


def main(directory: str, kind: str, count: str, seed: str) -> None:
    Path(directory).mkdir(parents=True, exist_ok=True)
    os.chdir(directory)
    os.environ["XDG_CACHE_HOME"] = str(Path(directory, "cache"))
    PR_SET_CHILD_SUBREAPER = 36
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    observe()
    suite = Suite(Path(directory), kind, int(count), int(seed))
    warm(suite.releases, Path(directory))
    suite.run()
    met = [{"verb": verb, "phase": phase, "how": how, "kills": n} for (verb, phase, how), n in suite.met.items()]
    sys.stdout.write(json.dumps({"kind": kind, "seed": int(seed), "kills": met}) + "\n")


def warm(releases: Releases, directory: Path) -> None:
    """Import everything that a run needs, once, in this process."""
    import contextlib
    import io

    git(directory, "clone", "-q", "--bare", str(releases.gitops.path), "warm.git")
    with contextlib.redirect_stdout(io.StringIO()):
        for arguments in (publishing(releases, releases.revisions[-1], directory / "warm.git"), ["promote", "staging"]):
            assert freight([*arguments, *(["--repo", str(directory / "warm.git")] if len(arguments) == 2 else [])]) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
