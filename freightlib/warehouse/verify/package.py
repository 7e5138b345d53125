"""Checks the files that each package type must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from freightlib.errors import DocumentError
from freightlib.git.payload.memo import Memo, Objects
from freightlib.git.trees import Mode, walk
from freightlib.models import Finding
from freightlib.models.findings.catalogue import finding

#: The names kustomize looks for (kustomize: konfig.RecognizedKustomizationFileNames).
KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS: Final = (".yaml", ".yml", ".json")
_CHART: Final = "Chart.yaml"
# the problem of a Chart.yaml by blob id; cached because it changes less often than the rest of a chart
_CHARTS: Final[Memo[str]] = Memo(20_000)


def package_findings(objects: Objects, payload: str, package_type: str) -> Iterator[Finding]:
    """Return why the payload is not a valid package of that type. Paths are relative to the payload."""
    check = _CHECKS.get(package_type)
    return iter(()) if check is None else check(objects, payload)


def _helm(objects: Objects, payload: str) -> Iterator[Finding]:
    found = next((entry for entry in objects.read_tree(payload) if entry.name == _CHART), None)
    if found is None or found.is_tree:
        yield finding("chart-missing", _CHART, f"a helm package needs {_CHART} at its root")
        return
    if found.mode in (Mode.SYMLINK, Mode.SUBMODULE):
        yield finding("chart-invalid", _CHART, f"{_CHART} is not a regular file")
        return
    problem = _CHARTS.get(found.id)
    if problem is None:
        problem = _CHARTS.put(found.id, _chart_problem(objects.read_blob(found.id)) or "")
    if problem:
        yield finding("chart-invalid", _CHART, f"{_CHART} {problem}")


def _chart_problem(data: bytes) -> str | None:
    from freightlib.documents import kubeyaml

    try:
        documents = kubeyaml.load_all(data, document=_CHART, limits=kubeyaml.DOCUMENT_LIMITS)
    except DocumentError as error:
        return f"cannot be read: {error.message}"
    # Helm reads the first document, and accepts a number instead of text
    chart = documents[0] if documents else None
    if not isinstance(chart, Mapping):
        return "is not a YAML mapping"
    for key in ("name", "version"):
        value = chart.get(key)
        if value is None or value == "":
            return f"has no {key}"
        if isinstance(value, (Mapping, list)):
            return f"has a {key} that is not text"
    return None


def _kustomize(objects: Objects, payload: str) -> Iterator[Finding]:
    if not any(path.rpartition("/")[2] in KUSTOMIZATIONS for path, _ in walk(objects.read_tree, payload)):
        yield finding(
            "kustomization-missing",
            "",
            f"a kustomize package needs one of {', '.join(KUSTOMIZATIONS)} in some directory",
        )


def _plain(objects: Objects, payload: str) -> Iterator[Finding]:
    if not any(path.endswith(_MANIFESTS) for path, _ in walk(objects.read_tree, payload)):
        yield finding("manifests-missing", "", "a plain package needs a .yaml, .yml or .json file in some directory")


_CHECKS: Final[Mapping[str, Callable[[Objects, str], Iterator[Finding]]]] = {
    "helm": _helm,
    "kustomize": _kustomize,
    "plain": _plain,
}
