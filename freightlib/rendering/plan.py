"""Plans a stage's rendering: combines project file, deployment file and freight.

>>> from freightlib.documents import read_project
>>> project = read_project(b'''
... apps:
...   shop:
...     package: {type: plain, path: manifests}
...     stages: {test: {from: warehouse}}
... ''')
>>> app = project.app(None)
>>> app.deployment_path(app.stage("test"))
'apps/shop/deployments/test/deployment.yaml'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import field, frozen

from freightlib.errors import ProjectError, UnsafePathError
from freightlib.git.safe_names import branch_problem, path_problem
from freightlib.models import PROJECT_FILE, App, Deployment, Freight, Output, RenderSpec, Stage
from freightlib.models.project import TWICE_DEFAULT
from freightlib.models.text import closest

DEFAULT_LAYOUT: Final = "helm"
#: The placeholders of the project file, and what each one means. No others exist.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "app": "the app's name",
    "stage": "the stage's name",
    "deployment": "the deployment's name",
    "envType": "the deployment's envType",
    "namespace": "the deployment's namespace",
    "policy": "the app's policy directory",
    "warehouse": "the app's warehouse directory",
    "marks": "the app's directory of marks",
    "tag": "the release's tag, git-<revision>",
    "revision": "the release's source commit",
    "renderedBranch": "the deployment's renderedBranch, else stage/<stage>",
    "image.ref": "the image reference, with its tag",
    "image.digest": "the image digest",
    "image.pinned": "image reference and digest, ref@digest",
    "image.name": "the image reference without its tag",
    "image.tag": "the image reference's tag",
}
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@frozen
class StagePlan:
    """The plan for rendering one stage for one release.

    ``branch`` is the rendered branch without ``refs/heads/``, ``path`` the output directory on it (``.`` is its root).
    ``options`` are the user's, with placeholders expanded. ``defaults`` are facts (``releaseName``, ``namespace``,
    ``policy``, ``envType``): a renderer that lists one in its ``default_options`` gets it as an option, unless the user
    set that option. ``transforms`` and ``gates`` are (name, options), ``checks`` maps finding code -> level, ``twice``
    says when to render twice.
    """

    app: App
    stage: Stage
    deployment: Deployment
    branch: str
    path: str
    renderer: str
    layout: str
    options: Mapping[str, Any] = field(hash=False)
    defaults: Mapping[str, str] = field(factory=dict, hash=False)
    transforms: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), hash=False)
    checks: Mapping[str, str] = field(factory=dict, hash=False)
    twice: str = TWICE_DEFAULT
    gates: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), hash=False)


def plan_stage(app: App, stage: Stage, deployment: Deployment, freight: Freight) -> StagePlan:
    """Plan how to render ``stage`` for ``freight``.

    Raises ProjectError for an unknown placeholder, if no single renderer fits the package, or if project file and
    deployment file name different rendered branches; UnsafePathError if a value makes a branch or path unsafe.
    """
    spec = app.render.overridden(stage.render)
    output = stage.output or app.output
    facts = _facts(app, stage, deployment, freight)
    where = f"apps.{app.name}"
    own = f"{where}.stages.{stage.name}"
    options = {
        name: _expand(value, facts, f"{own if name in stage.render.options else where}.render.{name}")
        for name, value in spec.options.items()
    }
    return StagePlan(
        app=app,
        stage=stage,
        deployment=deployment,
        branch=_branch(app, stage, deployment, output, facts, f"{own if stage.output else where}.output.branch"),
        path=_path(output, facts, f"{own if stage.output else where}.output.path"),
        renderer=_renderer(app, spec, where),
        layout=spec.layout or DEFAULT_LAYOUT,
        options=options,
        defaults={
            "releaseName": deployment.name,
            "namespace": deployment.namespace,
            "policy": app.policy,
            "envType": deployment.env_type,
        },
        transforms=_named(
            spec.transforms or (), facts, f"{own if stage.render.transforms is not None else where}.render.transforms"
        ),
        checks={_code(name): level for name, level in (spec.checks or {}).items()},
        twice=spec.twice or TWICE_DEFAULT,
        gates=_named(gates_of(app, stage), facts, f"{where if stage.gates is None else own}.gates"),
    )


def gates_of(app: App, stage: Stage) -> tuple[Mapping[str, Any], ...]:
    """Return the stage's gates from the project file: its own, else those of the app, and its soak time."""
    soak = ({"name": "soak", "time": stage.required_soak_time},) if stage.required_soak_time is not None else ()
    return (*(app.gates if stage.gates is None else stage.gates), *soak)


def _named(
    given: Iterable[Mapping[str, Any]], facts: Mapping[str, str], where: str
) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return (name, options) of each transform or gate, with placeholders expanded."""
    planned = []
    for index, each in enumerate(given):
        options = {name: value for name, value in each.items() if name != "name"}
        planned.append((str(each["name"]), _expand(options, facts, f"{where}[{index}]")))
    return tuple(planned)


def _code(name: str) -> str:
    """Return the finding code for a key of ``render.checks``: ``plaintext-secrets`` for ``plaintextSecrets``."""
    return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _facts(app: App, stage: Stage, deployment: Deployment, freight: Freight) -> dict[str, str]:
    image = freight.image
    return {
        "app": app.name,
        "stage": stage.name,
        "deployment": stage.deployment,
        "envType": deployment.env_type,
        "namespace": deployment.namespace,
        "policy": app.policy,
        "warehouse": app.warehouse,
        "marks": app.marks,
        "tag": freight.tag,
        "revision": freight.revision,
        "renderedBranch": deployment.rendered_branch or f"stage/{stage.name}",
        "image.ref": image.ref,
        "image.digest": image.digest,
        "image.pinned": image.pinned,
        "image.name": image.name,
        "image.tag": image.tag,
    }


def _expand(value: Any, facts: Mapping[str, str], where: str) -> Any:
    if isinstance(value, str):
        return expand(value, facts, where)
    if isinstance(value, Mapping):
        return {key: _expand(below, facts, f"{where}.{key}") for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [_expand(below, facts, f"{where}[{index}]") for index, below in enumerate(value)]
    return value


def expand(text: str, facts: Mapping[str, str], where: str) -> str:
    """Replace each placeholder in ``text``; ``{{`` and ``}}`` become braces. Inserted values are not expanded again.

    Raises ProjectError, which names ``where``, for an unknown placeholder or a single brace.
    """

    def replace(match: re.Match[str]) -> str:
        token = match[0]
        if token in ("{{", "}}"):
            return token[0]
        if match[1] in facts:
            return facts[match[1]]
        close = closest(match[1] or "", facts)
        meant = f"; did you mean {{{close}}}?" if close else ""
        what = f"the placeholder {token} is not known{meant}" if match[1] is not None else f"a single {token}"
        raise ProjectError(
            f"{PROJECT_FILE}: {where}: {what}",
            hint=f"known: {' '.join(f'{{{name}}}' for name in facts)}; write {{{{ and }}}} for braces",
            document=PROJECT_FILE,
            path=where,
        )

    return _TOKEN.sub(replace, text)


def _branch(  # noqa: PLR0917 (one call, all of it needed)
    app: App, stage: Stage, deployment: Deployment, output: Output, facts: Mapping[str, str], where: str
) -> str:
    branch = facts["renderedBranch"] if output.branch is None else expand(output.branch, facts, where)
    named = deployment.rendered_branch
    if named is not None and named != branch:
        file = app.deployment_path(stage)
        raise ProjectError(
            f"stage {stage.name}: {PROJECT_FILE} ({where}) says the rendered branch is {branch!r}, "
            f"{file} says {named!r}",
            hint="write the same branch in both, or remove one of them",
            document=PROJECT_FILE,
            path=where,
        )
    problem = branch_problem(branch)
    if problem is not None:
        raise UnsafePathError(
            f"stage {stage.name}: {branch[:80]!r} cannot be a branch: it {problem}",
            hint=f"correct {where}, or renderedBranch in {app.deployment_path(stage)} (rules: git check-ref-format)",
            path=branch,
        )
    return branch


def _path(output: Output, facts: Mapping[str, str], where: str) -> str:
    path = expand(output.path, facts, where).rstrip("/")
    problem = path_problem(path, root=True)
    if problem is not None:
        raise UnsafePathError(
            f"{PROJECT_FILE}: {where}: {path[:80]!r} is not a safe path in a repository: it {problem}",
            hint=f"correct {where}: once placeholders are replaced, it must be a relative path without . or .. or .git",
            path=path,
        )
    return path


def _renderer(app: App, spec: RenderSpec, where: str) -> str:
    if spec.renderer is not None:
        return spec.renderer
    from freightlib.plugins.default_renderer import default_renderer, renderers_for

    kind = app.package.type
    chosen = default_renderer(kind)
    if chosen is not None:
        return chosen
    fitting = renderers_for(kind)
    several = f"write one of: {', '.join(fitting)}"
    raise ProjectError(
        f"{PROJECT_FILE}: {where}.render.renderer is missing, and "
        f"{len(fitting) or 'no'} renderers can render {kind} packages",
        hint=several if fitting else f"install a plugin that renders {kind} packages (see: freight plugins)",
        document=PROJECT_FILE,
        path=f"{where}.render.renderer",
    )
