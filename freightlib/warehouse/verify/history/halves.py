"""A long history on two processors: a process of its own judges the older half.

The newer half builds on the commits where it begins, taken to be sound. That is so when nothing is wrong in the older
half; when anything is, all of it is judged once more in one go, so that every finding is the same as without this.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from freightlib.git.contract import Repository
from freightlib.git.history.stretch import Step, Stretch
from freightlib.models import Report
from freightlib.plugins.repositories import open_repository
from freightlib.warehouse.verify.history.report import history_report

#: Shorter ones are done before another process has begun.
LONG: Final = 3000
#: The share of the older half: its warehouses are smaller.
_OLDER: Final = 0.57


def judge(
    repository: Repository, steps: Stretch, root: str, warehouses: Mapping[str, str], only: str | None = None
) -> Report:
    """As ``history_report``, on two processors where that is worth it and can be done."""
    if len(steps.steps) < LONG or (os.cpu_count() or 1) < 2 or not _can_be_opened_again(repository):
        return history_report(repository, steps, root, warehouses, only)
    older, newer = _halves(steps)
    try:
        child = _started(repository, older, warehouses, only)
    except OSError:  # no more processes, or no such program
        return history_report(repository, steps, root, warehouses, only)
    with child:
        try:
            later = history_report(repository, newer, root, warehouses, only)
            sound, _ = child.communicate()
        except BaseException:
            child.kill()
            raise
    if child.returncode or not later.ok:
        return history_report(repository, steps, root, warehouses, only)
    counts = json.loads(sound)
    for name in ("commits", "snapshots"):
        counts[name] += later.checked[name]
    return evolve(later, checked={**later.checked, **counts})


def _can_be_opened_again(repository: Repository) -> bool:
    return bool(sys.executable) and Path(repository.location).is_dir()


def _halves(steps: Stretch) -> tuple[Stretch, Stretch]:
    middle = int(len(steps.steps) * _OLDER)
    older, newer = steps.steps[:middle], steps.steps[middle:]
    roots = {**steps.base, **{step.id: step.tree for step in older}}
    here = {step.id for step in newer}
    base = {parent: roots[parent] for step in newer for parent in step.parents if parent not in here}
    return Stretch(older, steps.base), Stretch(newer, base)


def _started(
    repository: Repository, steps: Stretch, warehouses: Mapping[str, str], only: str | None
) -> subprocess.Popen[bytes]:
    asked = {
        "repository": repository.location,
        "steps": [[step.id, step.tree, list(step.parents), step.cut] for step in steps.steps],
        "base": dict(steps.base),
        "warehouses": dict(warehouses),
        "only": only,
    }
    child = subprocess.Popen(  # noqa: S603 (our own interpreter, our own module)
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdin is not None  # noqa: S101
    try:
        child.stdin.write(json.dumps(asked).encode())
        child.stdin.close()
    except BrokenPipeError:  # it could not begin: its exit status tells
        pass
    child.stdin = None
    return child


def _main() -> int:
    """Judge what standard input says; exit status 0 and the counts when there is nothing at all to be told."""
    asked: Any = json.load(sys.stdin)
    steps = [Step(name, tree, tuple(parents), cut) for name, tree, parents, cut in asked["steps"]]
    part = Stretch(steps, asked["base"])
    report = history_report(open_repository(asked["repository"]), part, None, asked["warehouses"], asked["only"])
    if report.findings:
        return 1
    json.dump(dict(report.checked), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
