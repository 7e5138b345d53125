"""Guesses from a GitOps branch's layout which apps there are, which deployments are rendered, and their order.

>>> from freightlib.verbs.init.guess import ordered
>>> ordered(["production", "levelbuilder", "test", "staging"])
[('staging',), ('test',), ('levelbuilder',), ('production',)]

The layout is that of code-dot-org/k8s-gitops: ``apps/<app>/envTypes`` and ``apps/<app>/deployments``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import field, frozen

from freightlib.documents import kubeyaml, read_deployment, read_record
from freightlib.errors import FreightError
from freightlib.models import CURRENT, RECORD, Deployment
from freightlib.warehouse.gitops_tree import GitopsTree, branch_ref

APPS: Final = "apps"
_FIRST: Final = ("dev", "development", "integration", "staging", "stage", "stg")
_SECOND: Final = ("test", "testing", "qa", "uat")
_LAST: Final = ("production", "prod", "live")
#: Values of ``sourceMode`` that mean: deployed from a rendered branch.
_RENDERED: Final = "rendered"


@frozen
class StageGuess:
    """A rendered deployment: its rendered ``branch``, env type, upstream stages, and whether it is reviewed."""

    name: str
    branch: str | None
    env_type: str
    upstream: tuple[str, ...] = ()
    reviewed: bool = False


@frozen
class AppGuess:
    """An app of the layout.

    ``stages`` are in order. ``env_values``, ``own_values`` and ``optional_values`` say which values files exist.
    ``package_type`` and ``package_path`` come from an existing release. ``at_root`` is true if a rendered branch holds
    one ``manifests.yaml`` at its root. ``skipped`` are deployments that are left out (name and reason), ``warnings``
    say what looks wrong.
    """

    name: str
    stages: tuple[StageGuess, ...]
    env_values: bool
    own_values: bool
    optional_values: bool
    package_type: str | None = None
    package_path: str | None = None
    at_root: bool = False
    skipped: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


@frozen
class _Found:
    """The contents of one app's ``deployments`` directory."""

    rendered: list[Deployment] = field(factory=list)
    skipped: list[tuple[str, str]] = field(factory=list)
    warnings: list[str] = field(factory=list)


def guess_apps(tree: GitopsTree) -> tuple[AppGuess, ...]:
    """Return the apps of the layout that have rendered deployments, sorted by name."""
    return tuple(guess for name in _directories(tree, APPS) if (guess := _guess(tree, name)) is not None)


def _guess(tree: GitopsTree, app: str) -> AppGuess | None:
    found = _deployments(tree, app)
    if not found.rendered:
        return None
    policy = f"{APPS}/{app}"
    stages = _stages(found.rendered)
    env = {stage.name: f"{policy}/envTypes/{stage.env_type}.values.yaml" for stage in stages}
    own = {stage.name: f"{policy}/deployments/{stage.name}/values.yaml" for stage in stages}
    present = {path for path in (*env.values(), *own.values()) if tree.read(path) is not None}
    env_values, own_values = bool(present & {*env.values()}), bool(present & {*own.values()})
    expected = [*(env.values() if env_values else ()), *(own.values() if own_values else ())]
    missing = sorted({path for path in expected if path not in present})
    found.warnings.extend(f"{path} is missing, though other stages have theirs" for path in missing)
    branches = [stage.branch for stage in stages]
    twice = sorted({branch for branch in branches if branch and branches.count(branch) > 1})
    found.warnings.extend(f"{app}: several deployments name the renderedBranch {branch}" for branch in twice)
    package_type, package_path = _released(tree, app)
    return AppGuess(
        name=app,
        stages=stages,
        env_values=env_values,
        own_values=own_values,
        optional_values=bool(missing) and not {*missing} & {*env.values()},
        package_type=package_type,
        package_path=package_path,
        at_root=any(_holds_one_file(tree, stage) for stage in stages),
        skipped=tuple(found.skipped),
        warnings=tuple(found.warnings),
    )


def _released(tree: GitopsTree, app: str) -> tuple[str | None, str | None]:
    """Return package type and path of the release in ``current/``, if there is one."""
    path = f"warehouses/{app}/freight/{CURRENT}/{RECORD}"
    data = tree.read(path)
    if data is None:
        return None, None
    try:
        record = read_record(data, document=path)
    except FreightError:
        return None, None  # verify reports a damaged record; here it is ignored
    return record.package_type, record.source.path if record.source else None


def _holds_one_file(tree: GitopsTree, stage: StageGuess) -> bool:
    tip = tree.repository.ref(branch_ref(stage.branch or f"stage/{stage.name}"))
    return tip is not None and GitopsTree.at(tree.repository, tip).entry("manifests.yaml") is not None


def _deployments(tree: GitopsTree, app: str) -> _Found:
    found = _Found()
    root = f"{APPS}/{app}/deployments"
    for name in _directories(tree, root):
        path = f"{root}/{name}/deployment.yaml"
        data = tree.read(path)
        if data is None:
            disabled = tree.entry(f"{path}.disabled") is not None
            found.skipped.append((name, "deployment.yaml.disabled" if disabled else "no deployment.yaml"))
            if not disabled:
                found.warnings.append(f"{root}/{name} has no deployment.yaml")
            continue
        try:
            deployment = read_deployment(data, name=name, document=path)
            mode = kubeyaml.load(data, document=path).get("sourceMode")
        except FreightError as error:
            found.skipped.append((name, "its deployment.yaml is wrong"))
            found.warnings.append(error.message)
            continue
        _sort_in(found, name, deployment, mode, path)
    return found


def _sort_in(found: _Found, name: str, deployment: Deployment, mode: Any, path: str) -> None:
    if mode not in (None, _RENDERED):
        found.skipped.append((name, f"sourceMode: {mode}"))
    elif mode is None and deployment.rendered_branch is None:
        found.skipped.append((name, "no renderedBranch"))
    else:
        if deployment.name != name:
            found.warnings.append(f"{path} names itself {deployment.name}, not {name}")
        if deployment.rendered_branch is None:
            found.warnings.append(f"{path} is rendered but names no renderedBranch: stage/{name} is used")
        found.rendered.append(Deployment(name, deployment.env_type, rendered_branch=deployment.rendered_branch))


def _directories(tree: GitopsTree, path: str) -> Iterator[str]:
    found = tree.subtree(path)
    if found is not None:
        yield from (entry.name for entry in tree.repository.read_tree(found) if entry.is_tree)


def ordered(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Order stages by their names, in groups of equal rank: staging, test, others, production."""
    groups: dict[int, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(_rank(name), []).append(name)
    return [tuple(groups[rank]) for rank in sorted(groups)]


def _rank(name: str) -> int:
    lowered = name.lower()
    return 0 if lowered in _FIRST else 1 if lowered in _SECOND else 3 if lowered in _LAST else 2


def _stages(deployments: Iterable[Deployment]) -> tuple[StageGuess, ...]:
    by_name = {deployment.name: deployment for deployment in deployments}
    stages: list[StageGuess] = []
    upstream: tuple[str, ...] = ()
    for group in ordered(by_name):
        for name in group:
            one = by_name[name]
            stages.append(StageGuess(name, one.rendered_branch, one.env_type, upstream, name.lower() in _LAST))
        upstream = group
    return tuple(stages)
