r"""Builds a source and a GitOps repository in a directory and runs the whole loop in them, step by step.

    from freightlib.testing.demo import demo

    for step in demo("freight-demo"):
        print(step.title, step.command, *step.lines, sep="\n  ")

Everything is real: two git repositories, a Helm chart (plain manifests if no Helm engine is installed), and the public
functions of this library. It fetches nothing. The directory stays, so that you can try more in it.

Public: use ``demo`` in your own tests and demonstrations.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from freightlib.errors import StorageError, UsageError
from freightlib.testing.demo.steps import STEPS
from freightlib.testing.demo.world import Step, make_world

__all__ = ["Step", "demo"]


def demo(directory: str | Path) -> Iterator[Step]:
    """Run the loop in ``directory``, which must be empty or absent, and yield each step when it is done.

    Raises UsageError for a directory that is not empty, StorageError if it cannot be written.
    """
    root = Path(directory)
    try:
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UsageError(
                f"{root} is not empty",
                hint="name another directory (freight demo DIR), or remove this one",
                path=str(root),
            )
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{root} cannot be created: {error.strerror}", hint="name a directory that you may write to"
        ) from error
    return _steps(root)


def _steps(root: Path) -> Iterator[Step]:
    started = time.perf_counter()
    world, step = make_world(root)
    yield _timed(step, started)
    for run in STEPS:
        started = time.perf_counter()
        yield _timed(run(world), started)


def _timed(step: Step, started: float) -> Step:
    return evolve(step, milliseconds=round((time.perf_counter() - started) * 1000))
