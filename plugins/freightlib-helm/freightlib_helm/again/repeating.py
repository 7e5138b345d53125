"""Renders a chart again so that what differs shows: in other processes, from the frozen bytes, at another time.

>>> from freightlib_helm import HelmTemplate
>>> from freightlib.plugins import Explaining
>>> isinstance(HelmTemplate(), Explaining)
True
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from freightlib.plugins import Cause, Difference, IsolationError, Manifest, RenderError, RenderRequest, RenderResult
from freightlib_helm.again.archives import unpacked
from freightlib_helm.again.causes import cause, told
from freightlib_helm.again.clock import later
from freightlib_helm.again.sources import Call, Sources
from freightlib_helm.again.volatile import ORDER
from freightlib_helm.chart import Chart, load
from freightlib_helm.inprocess import InProcess

Render: TypeAlias = Callable[[InProcess, Chart, RenderRequest, str], RenderResult]

#: A map of two keys comes out in the other order once in eight times.
_ROUNDS: Final = 8
_KEPT: Final = 8


class Again:
    """Workers of their own, and what is known of each chart's sources. Thread-safe.

    ``render`` renders a chart for a request with the workers it is given; the text names the chart's contents.
    """

    def __init__(self, render: Render) -> None:
        self._render = render
        self._sdk = InProcess()
        self._sources: OrderedDict[str, Sources] = OrderedDict()
        self._lock = threading.Lock()

    def suspects(self, chart: Chart, request: RenderRequest, manifests: Sequence[Manifest]) -> list[Cause]:
        """See ``HelmTemplate.suspects``."""
        return [told(call) for call in self._behind(chart, request, [manifest.path for manifest in manifests])]

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest]) -> Iterator[RenderResult]:
        """See ``HelmTemplate.repetitions``."""
        chart = load(request.package)  # afresh: nothing is taken over from the first rendering
        yield self._later(chart, request)
        if any(each.function in ORDER for each in self.suspects(chart, request, manifests)):
            for _ in range(_ROUNDS):
                yield self._render(self._sdk, chart, request, request.package_tree)

    def explain(self, chart: Chart, request: RenderRequest, differences: Sequence[Difference]) -> list[Cause | None]:
        """See ``HelmTemplate.explain``."""
        calls = {
            path: self._behind(chart, request, [path]) for path in dict.fromkeys(each.path for each in differences)
        }
        return [cause(each, calls[each.path]) for each in differences]

    def _behind(self, chart: Chart, request: RenderRequest, templates: Iterable[str]) -> tuple[Call, ...]:
        values = [(path, data) for path, data in request.policy.items() if data is not None]
        return self._sources_of(chart, request.package_tree).behind(templates, values)

    def close(self) -> None:
        """End the workers."""
        self._sdk.close()

    def _later(self, chart: Chart, request: RenderRequest) -> RenderResult:
        moved = later(chart)
        if moved is not None:
            try:
                return self._render(self._sdk, moved, request, f"{request.package_tree} later")
            except IsolationError:
                raise
            except RenderError:
                pass  # a chart that stops working by then is no finding about today
        return self._render(self._sdk, chart, request, request.package_tree)

    def _sources_of(self, chart: Chart, key: str) -> Sources:
        with self._lock:
            if key not in self._sources:
                self._sources[key] = Sources(chart.name, unpacked(chart.files))
            self._sources.move_to_end(key)
            while len(self._sources) > _KEPT:
                self._sources.popitem(last=False)
            return self._sources[key]
