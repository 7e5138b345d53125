"""Runs whole processes, interleaved and repeated, and takes their wall clock and their largest memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Command = Sequence[object]


class BenchError(Exception):
    """A measured command failed, or two contenders did not do the same work."""


@dataclass(frozen=True)
class Sample:
    """One run: wall clock in seconds, and the largest resident set of any one of its processes, in bytes."""

    seconds: float
    memory: int


@dataclass
class Contender:
    """One way to do a row's work: ``prepare`` brings back the state before, not timed; then the commands are timed."""

    name: str
    commands: Sequence[Command]
    prepare: Callable[[], object] = lambda: None
    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def memory(self) -> int:
        """The largest of all runs."""
        return max(sample.memory for sample in self.samples)

    def over(self, other: Contender) -> tuple[float, float, float]:
        """How many times this one's time is the other's: by the medians, the least, the largest."""
        each = [mine.seconds / its.seconds for mine, its in zip(self.samples, other.samples, strict=True)]
        return self.seconds / other.seconds, min(each), max(each)


def run(commands: Sequence[Command], env: Mapping[str, str]) -> Sample:
    """Run the commands; what they leave in TMPDIR is removed untimed. Raises BenchError with what one said."""
    with tempfile.TemporaryDirectory(dir=env.get("TMPDIR"), prefix="run-") as place:
        return _run(commands, {**env, "TMPDIR": place})


def _run(commands: Sequence[Command], env: Mapping[str, str]) -> Sample:
    memory, start = 0, time.perf_counter()
    for command in commands:
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [*map(str, command)], env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                text = said.read().decode(errors="replace")[-2000:]
                raise BenchError(f"{' '.join(map(str, command))}: exit status {process.returncode}\n{text}")
        memory = max(memory, usage.ru_maxrss * 1024)
    return Sample(time.perf_counter() - start, memory)


def compete(contenders: Sequence[Contender], repetitions: int, env: Mapping[str, str]) -> None:
    """Run every contender ``repetitions`` times, taking turns, each time another one first."""
    for repetition in range(repetitions):
        first = repetition % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            contender.prepare()
            contender.samples.append(run(contender.commands, env))


def environment(home: Path, tools: Sequence[Path], more: Mapping[str, str]) -> dict[str, str]:
    """A clean environment: ``tools`` first in the path, an empty home, no configuration of the machine."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    kept["PATH"] = os.pathsep.join([*map(str, tools), kept.get("PATH", os.defpath)])
    return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}
