"""Checks that stages on one rendered branch do not overwrite each other.

>>> from freightlib.rendering.output_paths import apart
>>> apart("apps/shop/test", "apps/shop/production"), apart(".", "apps/shop/test")
(True, False)

A promotion replaces everything at its output path. So of two stages on one branch, neither path may lie inside the
other. Placeholders and ``deployment.yaml`` decide the paths, so the project file alone is not enough: the plans of one
call are compared with each other, and with the locks on the branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from freightlib.errors import ProjectError
from freightlib.git.contract import Repository
from freightlib.git.trees import find, split_path, walk
from freightlib.models import LOCK, PROJECT_FILE
from freightlib.rendering.branch import BranchState
from freightlib.rendering.inputs import StageInputs
from freightlib.rendering.plan import StagePlan


def apart(one: str, other: str) -> bool:
    """Return True if the output paths differ and neither lies inside the other (``.`` is the branch's root)."""
    left, right = _parts(one), _parts(other)
    shorter = min(len(left), len(right))
    return left[:shorter] != right[:shorter]


def _parts(path: str) -> tuple[str, ...]:
    return () if path == "." else split_path(path)


def check_apart(inputs: Iterable[StageInputs]) -> None:
    """Raise ProjectError if two of these stages would overwrite each other on one branch."""
    taken: dict[str, list[StageInputs]] = {}
    for one in inputs:
        for other in taken.setdefault(one.plan.branch, []):
            if not apart(one.plan.path, other.plan.path):
                raise _clash(one.plan, f"stage {other.plan.stage.name} of {other.plan.app.name} at {other.plan.path!r}")
        taken[one.plan.branch].append(one)


def check_room(repository: Repository, inputs: StageInputs, held: BranchState, *, renamed: bool = False) -> None:
    """Raise ProjectError if the branch holds another stage at, above or below this stage's output path.

    ``renamed`` allows another stage's lock at exactly this path, for a stage that was renamed.
    """
    check_place(repository, inputs.plan, held, renamed=renamed)


def check_place(repository: Repository, plan: StagePlan, held: BranchState, *, renamed: bool = False) -> None:
    """Do the same as ``check_room`` for the output path of a plan."""
    lock = held.lock
    if lock is not None and (lock.app, lock.stage) != (plan.app.name, plan.stage.name) and not renamed:
        raise _clash(
            plan, f"stage {lock.stage} of {lock.app} at the same path", "if that stage was renamed, use --force"
        )
    for path in _other_locks(repository, held):
        raise _clash(plan, f"another stage's {path}")


def _other_locks(repository: Repository, held: BranchState) -> Iterator[str]:
    if held.tip is None:
        return
    root = repository.read_commit(held.tip).tree
    parts = _parts(held.path)
    for end in range(len(parts)):
        path = "/".join((*parts[:end], LOCK))
        found = find(repository.read_tree, root, path)
        if found is not None and not found.is_tree:
            yield path
    if held.output is not None:
        for path, _ in walk(repository.read_tree, held.output):
            if path.endswith(f"/{LOCK}"):
                yield path if held.path == "." else f"{held.path}/{path}"


def _clash(plan: StagePlan, other: str, more: str = "") -> ProjectError:
    hint = f"give each stage an output.path (or output.branch) of its own in {PROJECT_FILE}, none inside another"
    return ProjectError(
        f"stage {plan.stage.name} of {plan.app.name} would overwrite {other} on {plan.branch} "
        f"(its own path is {plan.path!r})",
        hint=f"{hint}; {more}" if more else hint,
        document=PROJECT_FILE,
        path=f"apps.{plan.app.name}.output",
    )
