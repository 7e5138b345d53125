"""Reads ``freightlib.yaml``, the project file.

>>> from freightlib.documents.project import read_project
>>> project = read_project(b'''
... apps:
...   shop:
...     package: {type: helm, path: chart}
...     stages: {test: {from: warehouse}, production: {from: test}}
... ''')
>>> project.apps["shop"].stages["production"].upstream
('test',)
"""

from __future__ import annotations

from typing import Any

from freightlib.documents import kubeyaml
from freightlib.documents.durations import parse_duration
from freightlib.documents.forge import read_forge
from freightlib.documents.problems import Path, Problems, did_you_mean, resolve
from freightlib.documents.project_names import clean_path, is_name, overlap, require_name, require_path
from freightlib.documents.project_render import read_render
from freightlib.documents.shapes import AppShape, Named, OutputShape, ProjectShape, RequiresShape, StageShape
from freightlib.documents.structure import kind_of, structure
from freightlib.errors import ProjectError
from freightlib.models import PROJECT_FILE, App, ForgeSpec, Output, Package, Project, Requires, Stage
from freightlib.models.project import FROM_WAREHOUSE


def read_project(data: bytes, *, document: str = PROJECT_FILE) -> Project:
    """Parse a project file. ``document`` is the name of the file in messages.

    Options of a renderer keep their spelling (``1.10`` stays text); only ``true``, ``false``, null and whole numbers
    are converted. Raises ProjectError. Its message has the path and line of the first problem, and
    ``data["problems"]`` has the others.
    """
    tree = kubeyaml.load(data, document=document, text=True, error=ProjectError)
    problems = Problems(document, tree, ProjectError)
    shape: ProjectShape | None = structure(problems, tree, ProjectShape)
    if shape is None:
        _explain_version(problems, tree)
        problems.throw()
    requires = None if shape.requires is None else _requires(problems, shape.requires)
    forge = read_forge(problems, ("forge",), shape.forge, ForgeSpec())
    apps = {name: _app(problems, name, app, forge) for name, app in shape.apps.items()}
    if not apps:
        problems.add(("apps",), "names no app", "add an app with its package and stages")
    _check_places(problems, apps)
    problems.stop()
    return Project(apps, shape.schema_version, requires)


def _requires(problems: Problems, shape: RequiresShape) -> Requires | None:
    from freightlib.documents.requires import read_requires  # few projects have the key

    return read_requires(problems, ("requires",), shape)


def _explain_version(problems: Problems, tree: Any) -> None:
    """Say first that the file requires another freightlib: what is unknown here may be known there."""
    from freightlib.documents.requires import explain_version

    explain_version(problems, tree.get("requires") if isinstance(tree, dict) else None)


def read_warehouses(data: bytes) -> dict[str, str]:
    """Return app -> warehouse of a project file. Faster than ``read_project``, for reading thousands of versions.

    Returns an empty mapping if the file is not valid.
    """
    try:
        tree = kubeyaml.load(data, document=PROJECT_FILE, text=True, error=ProjectError)
    except ProjectError:
        return {}
    apps = tree.get("apps") if isinstance(tree, dict) else None
    found: dict[str, str] = {}
    for name, app in apps.items() if isinstance(apps, dict) else ():
        given = app.get("warehouse") if isinstance(app, dict) else None
        path = f"warehouses/{name}/freight" if given is None or kind_of(given) == "nothing" else str(given)
        problems = Problems(PROJECT_FILE, tree, ProjectError)
        require_path(problems, (), path)
        if not problems.found and is_name(str(name)):
            found[str(name)] = clean_path(path)
    return found


def _app(problems: Problems, name: str, shape: AppShape, forge: ForgeSpec) -> App:
    path: Path = ("apps", name)
    require_name(problems, path, name)
    require_path(problems, (*path, "package", "path"), shape.package.path, root=True)
    output = _output(problems, (*path, "output"), shape.output, Output())
    given = {key: value for key in ("warehouse", "policy", "marks") if (value := getattr(shape, key)) is not None}
    for key, value in given.items():
        require_path(problems, (*path, key), value)
    stages = {
        stage: _stage(problems, (*path, "stages", stage), stage, below, shape.stages, output)
        for stage, below in shape.stages.items()
    }
    if not stages:
        problems.add((*path, "stages"), "names no stage", "add a stage with from: warehouse")
    _check_cycles(problems, (*path, "stages"), stages)
    package = Package(shape.package.type, clean_path(shape.package.path))
    app = App(
        name=name,
        package=package,
        render=read_render(problems, (*path, "render"), shape.render),
        output=output,
        forge=read_forge(problems, (*path, "forge"), shape.forge, forge),
        stages=stages,
        gates=_listed_gates(problems, (*path, "gates"), shape.gates) or (),
        **{key: clean_path(value) for key, value in given.items()},
    )
    if overlap(app.warehouse, app.policy):
        where = (*path, "warehouse" if "warehouse" in given or "policy" not in given else "policy")
        problems.add(
            where,
            f"the warehouse {app.warehouse!r} and the policy {app.policy!r} overlap",
            "keep snapshots and environment policy in separate directories",
        )
    _check_soak(problems, path, app)
    return app


def _stage(  # noqa: PLR0917 (one call, all of it needed)
    problems: Problems, path: Path, name: str, shape: StageShape, known: dict[str, StageShape], default: Output
) -> Stage:
    require_name(problems, path, name)
    if name == FROM_WAREHOUSE:
        problems.add(path, f"a stage cannot be named {FROM_WAREHOUSE!r}", "from: warehouse would mean two things")
    if shape.deployment is not None:
        require_name(problems, (*path, "deployment"), shape.deployment)
    return Stage(
        name=name,
        upstream=_upstream(problems, (*path, "from"), name, shape.from_, known),
        review=shape.review,
        deployment=name if shape.deployment is None else shape.deployment,
        render=read_render(problems, (*path, "render"), shape.render),
        output=None if shape.output is None else _output(problems, (*path, "output"), shape.output, default),
        gates=_listed_gates(problems, (*path, "gates"), shape.gates),
        required_soak_time=shape.required_soak_time,
        auto=shape.auto,
    )


def _listed_gates(problems: Problems, path: Path, given: Named | None) -> tuple[dict[str, Any], ...] | None:
    gates = None if given is None else [resolve(each) for each in given]
    for index, each in enumerate(gates or ()):
        if not isinstance(each.get("name"), str):
            problems.add((*path, index), "expected a mapping with a name", "write - {name: soak, time: 24h}")
    return None if gates is None else tuple(gates)


def _check_soak(problems: Problems, path: Path, app: App) -> None:
    for name, stage in app.stages.items():
        if stage.required_soak_time is None:
            continue
        where = (*path, "stages", name, "requiredSoakTime")
        if parse_duration(stage.required_soak_time) is None:
            problems.add(where, f"{stage.required_soak_time!r} is not a duration", "write it as 30m, 24h or 7d")
        elif any(each.get("name") == "soak" for each in (app.gates if stage.gates is None else stage.gates)):
            problems.add(where, "the stage has a gate soak too", "remove one of the two")


def _upstream(
    problems: Problems, path: Path, name: str, given: str | list[str], known: dict[str, StageShape]
) -> tuple[str, ...]:
    if given in (FROM_WAREHOUSE, [FROM_WAREHOUSE]):
        return ()
    listed = isinstance(given, list)
    names = given if isinstance(given, list) else [given]
    if not names:
        problems.add(path, "is an empty list", "write from: warehouse, or name the stages upstream")
    for index, upstream in enumerate(names):
        here = (*path, index) if listed else path
        if upstream == FROM_WAREHOUSE:
            problems.add(here, "warehouse cannot be listed together with stages", "write from: warehouse alone")
        elif upstream == name:
            problems.add(here, "a stage cannot take freight from itself", "name another stage, or warehouse")
        elif upstream not in known:
            words = did_you_mean(upstream, [*known, FROM_WAREHOUSE])
            problems.add(here, f"no stage named {upstream!r}{words}", f"stages here: {', '.join(known)}; or warehouse")
        elif upstream in names[:index]:
            problems.add(here, f"{upstream!r} is listed twice", "remove one of the two")
    return tuple(names)


def _check_cycles(problems: Problems, path: Path, stages: dict[str, Stage]) -> None:
    done: set[str] = set()
    for start, stage in stages.items():
        trail: list[str] = []
        stack = [(start, iter(stage.upstream))]
        while stack:
            name, upstream = stack[-1]
            if len(trail) < len(stack):
                trail.append(name)
            following = next((up for up in upstream if up in stages and up not in done and up != name), None)
            if following is None:
                done.add(name)
                stack.pop()
                trail.pop()
            elif following in trail:
                loop = [*trail[trail.index(following) :], following]
                problems.add(
                    (*path, name, "from"), f"a cycle: {' from '.join(loop)}", "let one of them take from: warehouse"
                )
                return
            else:
                stack.append((following, iter(stages[following].upstream)))


def _output(problems: Problems, path: Path, given: OutputShape | None, default: Output) -> Output:
    if given is None:
        return default
    if given.path is not None:
        require_path(problems, (*path, "path"), given.path, root=True)
    return Output(
        branch=default.branch if given.branch is None else given.branch,
        path=default.path if given.path is None else clean_path(given.path),
    )


def _check_places(problems: Problems, apps: dict[str, App]) -> None:
    placed: list[App] = []
    for app in apps.values():
        _check_marks(problems, app, placed)
        for other in placed:
            if overlap(app.warehouse, other.warehouse):
                problems.add(
                    ("apps", app.name, "warehouse"),
                    f"{app.warehouse!r} overlaps with the warehouse of {other.name!r}, {other.warehouse!r}",
                    "give each app its own warehouse",
                )
        placed.append(app)


def _check_marks(problems: Problems, app: App, placed: list[App]) -> None:
    near = [(app.marks, app.warehouse)]
    for other in placed:
        near += [(app.marks, other.marks), (app.marks, other.warehouse), (app.warehouse, other.marks)]
    clash = next((pair for pair in near if overlap(*pair)), None)
    if clash is not None:
        problems.add(
            ("apps", app.name, "marks"),
            f"marks and snapshots need separate directories, but {clash[0]!r} and {clash[1]!r} overlap",
            "give marks a directory of their own",
        )
