"""``freightlib.yaml``: the project file.

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

import re
from typing import Any, Final

from freightlib.documents import kubeyaml
from freightlib.documents.durations import parse_duration
from freightlib.documents.forge import read_forge
from freightlib.documents.problems import Path, Problems, did_you_mean, resolve
from freightlib.documents.shapes import LAYOUT_NAMES, NAME, AppShape, Named, OutputShape, ProjectShape, StageShape
from freightlib.documents.structure import kind_of, structure
from freightlib.errors import ProjectError
from freightlib.models import PROJECT_FILE, App, ForgeSpec, Output, Package, Project, RenderSpec, Stage
from freightlib.models.project import CHECK_LEVELS, FROM_WAREHOUSE, TWICE

_NAME: Final = re.compile(NAME)
#: What a name may be, as a hint.
NAME_RULE: Final = (
    "use at most 63 of a-z 0-9 . _ -, starting with a letter or digit, without .. and not ending in . or .lock"
)


def read_project(data: bytes, *, document: str = PROJECT_FILE) -> Project:
    """The project in ``data``. ``document`` names the file in messages.

    Options of a renderer keep their spelling (``1.10`` stays text); only ``true``, ``false``, null and whole numbers
    get their types. Raises ProjectError: its message has the path and line of the first problem,
    ``data["problems"]`` the rest.
    """
    tree = kubeyaml.load(data, document=document, text=True, error=ProjectError)
    problems = Problems(document, tree, ProjectError)
    shape: ProjectShape | None = structure(problems, tree, ProjectShape)
    if shape is None:
        problems.throw()
    forge = read_forge(problems, ("forge",), shape.forge, ForgeSpec())
    apps = {name: _app(problems, name, app, forge) for name, app in shape.apps.items()}
    if not apps:
        problems.add(("apps",), "names no app", "add an app with its package and stages")
    _check_places(problems, apps)
    problems.stop()
    return Project(apps, shape.schema_version)


def read_warehouses(data: bytes) -> dict[str, str]:
    """App -> warehouse of the project in ``data``, and nothing else of it: for reading thousands of versions.

    None of a project file that is not YAML of that shape.
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
        check_path(problems, (), path)
        if not problems.found and is_name(str(name)):
            found[str(name)] = _clean(path)
    return found


def _app(problems: Problems, name: str, shape: AppShape, forge: ForgeSpec) -> App:
    path: Path = ("apps", name)
    check_name(problems, path, name)
    check_path(problems, (*path, "package", "path"), shape.package.path, root=True)
    output = _output(problems, (*path, "output"), shape.output, Output())
    given = {key: value for key in ("warehouse", "policy", "marks") if (value := getattr(shape, key)) is not None}
    for key, value in given.items():
        check_path(problems, (*path, key), value)
    stages = {
        stage: _stage(problems, (*path, "stages", stage), stage, below, shape.stages, output)
        for stage, below in shape.stages.items()
    }
    if not stages:
        problems.add((*path, "stages"), "names no stage", "add a stage with from: warehouse")
    _check_cycles(problems, (*path, "stages"), stages)
    package = Package(shape.package.type, _clean(shape.package.path))
    app = App(
        name=name,
        package=package,
        render=_render(problems, (*path, "render"), shape.render),
        output=output,
        forge=read_forge(problems, (*path, "forge"), shape.forge, forge),
        stages=stages,
        gates=_listed_gates(problems, (*path, "gates"), shape.gates) or (),
        **{key: _clean(value) for key, value in given.items()},
    )
    if overlap(app.warehouse, app.policy):
        where = (*path, "warehouse" if "warehouse" in given or "policy" not in given else "policy")
        problems.add(
            where,
            f"the warehouse {app.warehouse!r} and the policy {app.policy!r} lie inside each other",
            "keep snapshots and environment policy in separate directories",
        )
    _check_soak(problems, path, app)
    return app


def _stage(  # noqa: PLR0917 (one call, all of it needed)
    problems: Problems, path: Path, name: str, shape: StageShape, known: dict[str, StageShape], default: Output
) -> Stage:
    check_name(problems, path, name)
    if name == FROM_WAREHOUSE:
        problems.add(path, f"a stage cannot be named {FROM_WAREHOUSE!r}", "from: warehouse would mean two things")
    if shape.deployment is not None:
        check_name(problems, (*path, "deployment"), shape.deployment)
    return Stage(
        name=name,
        upstream=_upstream(problems, (*path, "from"), name, shape.from_, known),
        review=shape.review,
        deployment=name if shape.deployment is None else shape.deployment,
        render=_render(problems, (*path, "render"), shape.render),
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
            problems.add(where, f"{stage.required_soak_time!r} is no span of time", "write it as 30m, 24h or 7d")
        elif any(each.get("name") == "soak" for each in (app.gates if stage.gates is None else stage.gates)):
            problems.add(where, "the stage has a gate soak too", "say it once")


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
            problems.add(here, "warehouse cannot stand beside stages", "write from: warehouse alone")
        elif upstream == name:
            problems.add(here, "a stage cannot take freight from itself", "name another stage, or warehouse")
        elif upstream not in known:
            words = did_you_mean(upstream, [*known, FROM_WAREHOUSE])
            problems.add(here, f"no stage named {upstream!r}{words}", f"stages here: {', '.join(known)}; or warehouse")
        elif upstream in names[:index]:
            problems.add(here, f"{upstream!r} stands twice", "remove one")
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


def _render(problems: Problems, path: Path, given: dict[str, Any] | None) -> RenderSpec:
    values = resolve(given or {})
    named: dict[str, str | None] = {}
    for key in ("renderer", "layout"):
        value = values.pop(key, None)
        if value is not None and not isinstance(value, str):
            problems.add((*path, key), f"expected text, not {value!r}", "write its name")
            value = None
        named[key] = value
    layout = named["layout"]
    if layout is not None and layout not in LAYOUT_NAMES:
        words = did_you_mean(layout, LAYOUT_NAMES)
        problems.add((*path, "layout"), f"no layout named {layout!r}{words}", f"use one of: {', '.join(LAYOUT_NAMES)}")
    transforms = _transforms(problems, (*path, "transforms"), values.pop("transforms", None))
    checks = _checks(problems, (*path, "checks"), values.pop("checks", None))
    twice = _twice(problems, (*path, "renderTwice"), values.pop("renderTwice", None))
    return RenderSpec(named["renderer"], layout, values, transforms, checks, twice)


def _twice(problems: Problems, path: Path, given: Any) -> str | None:
    if given in TWICE:
        return str(given)
    if given is not None:
        problems.add(path, f"{given!r} does not say when to render twice", f"use one of: {', '.join(TWICE)}")
    return None


def _transforms(problems: Problems, path: Path, given: Any) -> tuple[dict[str, Any], ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        problems.add(path, f"expected a list, not {given!r}", "write a list of mappings, each with a name")
        return None
    for index, each in enumerate(given):
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            problems.add((*path, index), "expected a mapping with a name", "write - {name: common-labels, ...}")
            return None
    return tuple(given)


def _checks(problems: Problems, path: Path, given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        problems.add(path, f"expected a mapping, not {given!r}", "write what each check does: plaintextSecrets: refuse")
        return None
    levels: dict[str, str] = {}
    for name, level in given.items():
        # to YAML 1.1 the word off is a boolean
        chosen = "off" if level is False else level
        if chosen not in CHECK_LEVELS:
            problems.add((*path, name), f"{level!r} is no level", f"use one of: {', '.join(CHECK_LEVELS)}")
        else:
            levels[name] = chosen
    return levels


def _output(problems: Problems, path: Path, given: OutputShape | None, default: Output) -> Output:
    if given is None:
        return default
    if given.path is not None:
        check_path(problems, (*path, "path"), given.path, root=True)
    return Output(
        branch=default.branch if given.branch is None else given.branch,
        path=default.path if given.path is None else _clean(given.path),
    )


def _check_places(problems: Problems, apps: dict[str, App]) -> None:
    placed: list[App] = []
    for app in apps.values():
        _check_marks(problems, app, placed)
        for other in placed:
            if overlap(app.warehouse, other.warehouse):
                problems.add(
                    ("apps", app.name, "warehouse"),
                    f"{app.warehouse!r} is not apart from the warehouse of {other.name!r}, {other.warehouse!r}",
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
            f"marks and snapshots must lie apart, and {clash[0]!r} and {clash[1]!r} do not",
            "give marks a directory of their own",
        )


# --- names and paths ------------------------------------------------------------------------------


def is_name(name: str) -> bool:
    """Whether ``name`` can be an app's or a stage's: ``NAME_RULE`` says the rule."""
    return _NAME.fullmatch(name) is not None and ".." not in name and not name.endswith((".lock", "."))


def check_name(problems: Problems, path: Path, name: str) -> None:
    """A name becomes part of paths and refs: lower case letters, digits, ``.``, ``_`` and ``-``, at most 63."""
    if not is_name(name):
        problems.add(path, f"{name[:80]!r} cannot be a name", NAME_RULE)


def check_path(problems: Problems, path: Path, value: str, *, root: bool = False) -> None:
    """A path inside a repository: relative, without ``..``, ``.git``, backslashes or control characters."""
    parts = value.rstrip("/").split("/")
    if root and value == ".":
        return
    if (
        any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        or "\\" in value
        or not value.isprintable()
        or len(value) > 1000
    ):
        problems.add(
            path,
            f"{value[:80]!r} is not a safe path in a repository",
            "write it from the repository's root with / between names, without . or .. or .git",
        )


def _clean(path: str) -> str:
    return path.rstrip("/") or path


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other or lies inside it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
