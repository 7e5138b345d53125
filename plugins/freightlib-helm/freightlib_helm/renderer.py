"""The renderer ``helm-template``: Helm charts, by Helm's own code in process or by the ``helm`` program.

>>> from freightlib_helm.renderer import HelmTemplate
>>> sorted(HelmTemplate().package_types)
['helm']
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from freightlib.plugins import (
    Cause,
    Difference,
    Fingerprint,
    Manifest,
    PolicyPath,
    RenderError,
    RenderRequest,
    RenderResult,
)
from freightlib_helm import inprocess, program
from freightlib_helm import options as given
from freightlib_helm.chart import Chart, load
from freightlib_helm.output import parse

if TYPE_CHECKING:
    from freightlib_helm.again.repeating import Again

_KEPT: Final = 8


class HelmTemplate:
    """Renders a chart as ``helm template`` does, byte for byte. Thread-safe."""

    name = "helm-template"
    package_types = frozenset({"helm"})
    default_options = frozenset({"releaseName", "namespace"})

    def __init__(self) -> None:
        self._sdk = inprocess.InProcess()
        self._again: Again | None = None
        self._charts: OrderedDict[str, Chart] = OrderedDict()
        self._lock = threading.Lock()

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """See ``Renderer``; the options are those of ``freightlib_helm.options``."""
        return given.effective(options)

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """``helm-sdk`` or ``helm``, and the version of Helm. Raises ToolError when neither is there."""
        if _engine(options) == "sdk":
            return Fingerprint("helm-sdk", inprocess.version())
        return Fingerprint("helm", program.version(program.find(options["helmPath"])))

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """The values files, in the order in which they are merged."""
        optional = bool(options["ignoreMissingValueFiles"])
        return [PolicyPath(path, optional) for path in options["valuesFiles"]]

    def prepare(self, renders: int, /) -> None:
        """Start a worker for the first render, and a second where there is enough to do for two."""
        if renders > 0 and inprocess.available():
            self._sdk.pool().prepare(1 if renders < _SECOND_WORKER else renders)

    def render(self, request: RenderRequest, /) -> RenderResult:
        """What ``helm template`` prints, as manifests. Raises RenderError with Helm's message, IsolationError when
        it was stopped, ToolError when there is no engine.
        """
        return _render(self._sdk, self._chart(request), request, request.package_tree)

    def suspects(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Sequence[Cause]:
        """Every call of a function like ``randAlphaNum`` or ``now`` behind the manifests' templates."""
        return self._repeating().suspects(self._chart(request), request, manifests)

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        """Once more in another process, from the package as it was frozen, with the clock of its templates moved; where
        a map is gone through in no order, several times.
        """
        return self._repeating().repetitions(request, manifests)

    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        """For each difference the call behind its template that fits it best."""
        return self._repeating().explain(self._chart(request), request, differences)

    def close(self) -> None:
        """End the workers; the next render starts new ones."""
        self._sdk.close()
        if self._again is not None:
            self._again.close()

    def _repeating(self) -> Again:
        # loaded when it is asked for: most calls of freight render nothing
        from freightlib_helm.again.repeating import Again

        with self._lock:
            if self._again is None:
                self._again = Again(_render)
            return self._again

    def _chart(self, request: RenderRequest) -> Chart:
        with self._lock:
            chart = self._charts.get(request.package_tree)
            if chart is None:
                try:
                    chart = self._charts[request.package_tree] = load(request.package)
                except RenderError as error:
                    error.data["stage"] = request.stage
                    raise
            self._charts.move_to_end(request.package_tree)
            while len(self._charts) > _KEPT:
                self._charts.popitem(last=False)
            return chart


# starting a worker costs as much as some thirty renders of a common chart
_SECOND_WORKER: Final = 16


def _render(sdk: inprocess.InProcess, chart: Chart, request: RenderRequest, key: str) -> RenderResult:
    options, values = request.options, _values(request)
    if _engine(options) == "sdk":
        text = sdk.render(chart, options, values, key=key, stage=request.stage, limits=request.limits)
    else:
        text = program.render(chart, options, values, stage=request.stage, limits=request.limits)
    return RenderResult(parse(text, chart.name), chart.notes)


def _engine(options: Mapping[str, Any]) -> str:
    if options["engine"] == "auto":
        return "sdk" if inprocess.available() and options["helmPath"] is None else "program"
    return str(options["engine"])


def _values(request: RenderRequest) -> list[tuple[str, bytes]]:
    found = []
    for path in request.options["valuesFiles"]:
        data = request.policy.get(path)
        if data is not None:
            found.append((path, data))
        elif not request.options["ignoreMissingValueFiles"]:
            raise RenderError(
                f"the values file {path!r} of stage {request.stage} is not there",
                hint="commit it, correct valuesFiles under render, or set ignoreMissingValueFiles: true",
                stage=request.stage,
                renderer=HelmTemplate.name,
                path=path,
            )
    return found
