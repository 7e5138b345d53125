"""Writes the text of the project file, with comments that say what was guessed.

>>> from freightlib.verbs.init.text import Said, template_text
>>> print(template_text("shop", Said("plain", "deploy")).splitlines()[-1])
      production: {from: [staging], review: pull-request}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from freightlib.documents.emit import scalar
from freightlib.verbs.init.guess import AppGuess, StageGuess

#: Where the package usually is, by type.
_PATHS: Final = {"helm": "k8s/helm", "kustomize": "k8s/kustomize", "plain": "k8s/manifests"}
_HEAD: Final = (
    "# What freightlib knows of this repository: the apps, what is frozen of each, and the stages they go through.\n"
    "# It is read from the commit, so commit it. Lines marked with 'guess' are worth a look.\n"
)
_UNKNOWN: Final = (
    "# The layout of this branch was not recognised: this is a template for one app. Put your names in the place of\n"
    "# these, then commit it: it is read from the commit.\n"
)
_ENV: Final = "{policy}/envTypes/{envType}.values.yaml"
_OWN: Final = "{policy}/deployments/{deployment}/values.yaml"


@frozen
class Said:
    """The caller's description of the package; ``None`` means: guess it."""

    package_type: str | None = None
    path: str | None = None


def project_text(apps: Sequence[AppGuess], said: Said) -> str:
    """Return the project file for the apps that were found."""
    lines = [line for app in apps for line in _app(app, said)]
    return f"{_HEAD}schemaVersion: v1\napps:\n" + "".join(f"  {line}\n" for line in lines)


def template_text(app: str, said: Said) -> str:
    """Return a project file to fill in, for a layout that was not recognised."""
    kind = said.package_type or "helm"
    lines = [
        f"{scalar(app)}:  # the app's name",
        f"  package: {{type: {kind}, path: {scalar(said.path or _PATHS[kind])}}}  # in the source repository",
        f"  policy: {scalar(f'apps/{app}')}  # what shapes its stages, on this branch",
        *_render(kind, (_OWN,), optional=True, layout="helm", guess=False),
        "  output:",
        '    branch: "stage/{stage}"  # where each stage\'s manifests go',
        "    path: deploy  # and the directory there",
        "  stages:",
        "    staging: {from: warehouse}",
        "    production: {from: [staging], review: pull-request}",
    ]
    return f"{_UNKNOWN}schemaVersion: v1\napps:\n" + "".join(f"  {line}\n" for line in lines)


def _app(app: AppGuess, said: Said) -> Iterator[str]:
    kind = said.package_type or app.package_type or "helm"
    known = said.path or app.package_path
    mark = "" if known else "  # guess: its directory in the source repository"
    files = tuple(path for path, used in ((_ENV, app.env_values), (_OWN, app.own_values)) if used)
    yield f"{scalar(app.name)}:"
    yield f"  package: {{type: {kind}, path: {scalar(known or _PATHS[kind])}}}{mark}"
    yield from _render(kind, files, optional=app.optional_values, layout="file" if app.at_root else "helm", guess=True)
    yield from _output(app)
    yield "  stages:"
    if len(app.stages) > 1:
        yield "    # guess: the order and the review, by the stages' names"
    for stage in app.stages:
        yield f"    {scalar(stage.name)}: {{{_stage(stage)}}}"
    for name, why in app.skipped:
        yield f"    # not a rendered stage: {_comment(name)} ({_comment(why)})"


def _comment(text: str) -> str:
    return text if text.isprintable() else ascii(text)


def _stage(stage: StageGuess) -> str:
    upstream = f"[{', '.join(scalar(name) for name in stage.upstream)}]" if stage.upstream else "warehouse"
    return f"from: {upstream}" + (", review: pull-request" if stage.reviewed else "")


def _render(kind: str, files: Sequence[str], *, optional: bool, layout: str, guess: bool) -> Iterator[str]:
    yield "  render:"
    if kind != "helm":
        yield f"    renderer: {'copy' if kind == 'plain' else kind}"
    else:
        yield "    renderer: helm-template"
        yield '    releaseName: "{deployment}"'
        if files:
            yield "    valuesFiles:"
            yield from (f'      - "{path}"' for path in files)
        if files and optional:
            yield "    ignoreMissingValueFiles: true  # not every stage has a file of its own"
        mark = "  # guess: the chart takes the image as one text" if guess else "  # how the chart takes the image"
        yield f'    setValues: {{image: "{{image.ref}}"}}{mark}'
    yield f"    layout: {layout}"


def _output(app: AppGuess) -> Iterator[str]:
    yield "  output:"
    if any(stage.branch is None for stage in app.stages):
        yield "    # the branch is the deployment's renderedBranch, else stage/{stage}"
    if app.at_root:
        yield "    path: .  # the rendered branches hold one manifests.yaml at their root"
    else:
        yield '    path: "{policy}/deployments/{deployment}/deploy"  # guess: where manifests go'
