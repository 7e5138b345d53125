"""Writes ``freightlib.yaml`` in a form for people.

>>> from freightlib.documents import write_project
>>> from freightlib.models import App, Package, Project, Stage
>>> shop = App("shop", Package("helm", "chart"), stages={"test": Stage("test")})
>>> print(write_project(Project({"shop": shop})).decode(), end="")
schemaVersion: v1
apps:
  shop:
    package: {type: helm, path: chart}
    stages:
      test: {from: warehouse}
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from freightlib.documents.forge import forge_values
from freightlib.documents.problems import Path
from freightlib.models import App, Output, Project, RenderSpec, Stage
from freightlib.models.project import FROM_WAREHOUSE


def write_project(project: Project) -> bytes:
    """Return the project as a file for people. Keys with their default values are left out."""
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 1 << 20  # no line breaks: a flow mapping that is broken inside a key cannot be read again
    writer.indent(mapping=2, sequence=4, offset=2)
    values: dict[str, Any] = {"schemaVersion": project.schema_version}
    if project.requires is not None:
        from freightlib.documents.requires import requires_values

        values["requires"] = requires_values(project.requires)
    values["apps"] = {app.name: _app_values(app) for app in project.apps.values()}
    out = StringIO()
    writer.dump(_commented(values, ()), out)
    return out.getvalue().encode("utf-8")


def _app_values(app: App) -> dict[str, Any]:
    values: dict[str, Any] = {"package": {"type": app.package.type, "path": app.package.path}}
    bare = App(app.name, app.package)
    values |= {key: getattr(app, key) for key in ("warehouse", "policy") if getattr(app, key) != getattr(bare, key)}
    if app.marks != App(app.name, app.package, warehouse=app.warehouse).marks:
        values["marks"] = app.marks
    values |= {"gates": [dict(each) for each in app.gates]} if app.gates else {}
    values |= {"render": render} if (render := _render_values(app.render)) else {}
    values |= {"output": output} if (output := _output_values(app.output, Output())) else {}
    values |= {"forge": forge} if (forge := forge_values(app.forge)) else {}
    values["stages"] = {stage.name: _stage_values(stage, app) for stage in app.stages.values()}
    return values


def _stage_values(stage: Stage, app: App) -> dict[str, Any]:
    values: dict[str, Any] = {"from": list(stage.upstream) or FROM_WAREHOUSE}
    if stage.review:
        values["review"] = stage.review
    if stage.deployment != stage.name:
        values["deployment"] = stage.deployment
    values |= {"render": render} if (render := _render_values(stage.render)) else {}
    if stage.output is not None:
        values["output"] = _output_values(stage.output, app.output)
    if stage.gates is not None:
        values["gates"] = [dict(each) for each in stage.gates]
    if stage.required_soak_time is not None:
        values["requiredSoakTime"] = stage.required_soak_time
    return values | ({"auto": True} if stage.auto else {})


def _render_values(spec: RenderSpec) -> dict[str, Any]:
    named = {"renderer": spec.renderer, "layout": spec.layout}
    added = {"transforms": spec.transforms, "checks": spec.checks, "renderTwice": spec.twice}
    return {
        **{key: value for key, value in named.items() if value},
        **spec.options,
        **{key: value for key, value in added.items() if value is not None},
    }


def _output_values(output: Output, default: Output) -> dict[str, Any]:
    named = {"branch": output.branch, "path": output.path}
    return {key: value for key, value in named.items() if value != getattr(default, key)}


def _commented(value: Any, path: Path) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    from freightlib.documents.emit import scalar

    if isinstance(value, dict):
        made = CommentedMap({_commented(key, ()): _commented(below, (*path, key)) for key, below in value.items()})
        if path[-1:] == ("package",) or path[-2:-1] == ("stages",):
            made.fa.set_flow_style()
        return made
    if isinstance(value, (list, tuple)):
        listed = CommentedSeq([_commented(below, (*path, i)) for i, below in enumerate(value)])
        if path[-1:] == ("from",):
            listed.fa.set_flow_style()
        return listed
    if isinstance(value, str) and scalar(value) != value:
        # quote it if any YAML reader needs that; ruamel.yaml only quotes by the rules of YAML 1.2
        return DoubleQuotedScalarString(value)
    return value
