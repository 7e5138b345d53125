"""Helm's own messages as typed errors: where in the chart, and what to do."""

from __future__ import annotations

import re
from typing import Final

from freightlib.plugins import RenderError

_PLACES: Final = (
    re.compile(r"\((?P<template>[^\s():]+):(?P<line>\d+)(?::\d+)?\)"),
    re.compile(r"template: (?P<template>[^\s:]+):(?P<line>\d+)"),
    re.compile(r"(?P<template>[^\s:()]+):(?P<line>\d+):\d+\n"),
    re.compile(r"YAML parse error on (?P<template>[^\s:]+): (?:.*?yaml: line (?P<line>\d+))?", re.DOTALL),
)
_HINTS: Final = (
    ("helm dependency build", "run `helm dependency build` in the chart's source, commit charts/, publish again"),
    ("gzip: invalid header", "an archive in charts/ is no archive: build the dependencies again and publish again"),
    ("don't meet the specifications of the schema", "correct the values files or setValues to fit values.schema.json"),
    ("which is incompatible with Kubernetes", "set kubeVersion under render to the cluster's version"),
    ("failed parsing --set", "correct setValues under render"),
    ("failed to parse ", "correct the values file"),
    ("YAML parse error", "correct the template's YAML (its indentation, mostly) in the source"),
    ("release name", "set releaseName under render to at most 53 letters, digits and dashes"),
    ("kube version", "write kubeVersion as 1.33.0"),
    ("not installable", "freeze the application chart that uses this library"),
    ("Chart.yaml", "the package's path must be the directory that holds Chart.yaml"),
)
_LONGEST: Final = 4000
_DEBUG: Final = "\n\nUse --debug flag to render out invalid YAML"


def failure(said: str, *, stage: str, chart: str, pointers: tuple[str, ...] = ()) -> RenderError:
    """The error for what Helm ``said`` about ``chart``. ``pointers`` are git-lfs pointers where archives should be."""
    message = said.strip().removeprefix("Error: ").removesuffix(_DEBUG).strip()
    hint = next((hint for sign, hint in _HINTS if sign in message), "correct the chart or its values in the source")
    if pointers and "gzip" in message:
        hint = f"{pointers[0]} is a git-lfs pointer: run `git lfs pull` where charts are frozen, or commit the archive"
    if len(message) > _LONGEST:  # recursion names every step
        message = f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"
    where = next((found for found in (place.search(message) for place in _PLACES) if found), None)
    line = where["line"] if where else None
    return RenderError(
        f"Helm cannot render {chart or 'the chart'} for stage {stage}: {message}",
        hint=hint,
        stage=stage,
        chart=chart,
        renderer="helm-template",
        template=where["template"] if where else None,
        line=int(line) if line else None,
    )
