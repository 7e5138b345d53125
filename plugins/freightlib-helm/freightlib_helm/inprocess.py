"""The engine ``sdk``: Helm's Go code from the wheel helm-python-sdk, in worker processes."""

from __future__ import annotations

import importlib.util
import json
import os
import threading
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from freightlib.plugins import Handler, Limits, RenderError, ToolError, WorkerPool
from freightlib_helm.chart import Chart, may_say_hook
from freightlib_helm.engine.frames import pack_request
from freightlib_helm.failures import failure
from freightlib_helm.program import MISSING

_HERE: Final = Path(__file__).parent
_ASKED: Final = (
    "releaseName",
    "namespace",
    "setValues",
    "includeCRDs",
    "disableHooks",
    "skipTests",
    "kubeVersion",
    "apiVersions",
)
_REPLACEMENT: Final = "\ufffd".encode()


@cache
def available() -> bool:
    """Whether helm-python-sdk is installed; it is not imported."""
    return importlib.util.find_spec("helm_python") is not None


@cache
def version() -> str:
    """Helm's version in the wheel, such as ``4.2.3``, without loading it. Raises ToolError when it is not installed."""
    if not available():
        raise ToolError("helm-python-sdk is not installed", hint=MISSING, tool="helm-python-sdk", stderr="")
    spec = importlib.util.find_spec("helm_python")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018 - available() says so
    text = Path(spec.origin).with_name("_native.py").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("EXPECTED_HELM_SDK_VERSION"):
            return line.split('"')[1].removeprefix("v")
    raise ToolError(
        f"helm-python-sdk {metadata.version('helm-python-sdk')} does not say which Helm it holds",
        hint="install the version freightlib-helm was made for: pip install 'freightlib-helm[sdk]'",
        tool="helm-python-sdk",
        stderr="",
    )


class InProcess:
    """Workers that hold Helm's Go code."""

    def __init__(self) -> None:
        self._pool: WorkerPool | None = None
        self._lock = threading.Lock()

    def pool(self) -> WorkerPool:
        """The pool, made on first use. Raises ToolError when helm-python-sdk is not installed."""
        version()
        with self._lock:
            if self._pool is None:
                self._pool = WorkerPool(_handler())
            return self._pool

    def render(
        self,
        chart: Chart,
        options: Mapping[str, Any],
        values: list[tuple[str, bytes]],
        *,
        key: str,
        stage: str,
        limits: Limits,
    ) -> bytes:
        """What ``helm template`` prints. ``key`` names the chart's contents: equal keys, equal charts."""
        asked = {name: options[name] for name in _ASKED}
        # the in-process install leaves hooks out: finding them takes a second render, where anything speaks of hooks
        given = [data for _, data in values] + [repr(options["setValues"]).encode()]
        asked["hooks"] = chart.hooks or any(map(may_say_hook, given))
        question = pack_request(asked, values)
        answer = self.pool().call(
            question, subject=chart.name or "the chart", stage=stage, limits=limits, shared=(key, chart.archive)
        )
        if answer[:1] == b"-":
            said = json.loads(answer[1:])["message"]
            raise failure(said, stage=stage, chart=chart.name, pointers=chart.pointers)
        text = answer[1:]
        if _REPLACEMENT in text and not _written(chart, values):
            raise _not_utf8(chart, stage)
        return text

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def _handler() -> Handler:
    spec = importlib.util.find_spec("helm_python")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018 - version() was asked before
    path = dict.fromkeys((str(_HERE.parent), str(Path(spec.origin).parent.parent)))
    library = os.environ.get("HELM_C_LIB")
    environment = (("HELM_C_LIB", library),) if library else ()
    return Handler(str(_HERE / "engine" / "sdk.py"), tuple(path), environment)


def _written(chart: Chart, values: list[tuple[str, bytes]]) -> bool:
    return any(_REPLACEMENT in data for _, data in (*chart.files, *values))


def _not_utf8(chart: Chart, stage: str) -> RenderError:
    return RenderError(
        f"rendering {chart.name} for stage {stage} gives bytes that are not UTF-8, which the engine sdk cannot carry",
        hint="save the chart's files as UTF-8, or set engine: program under render",
        stage=stage,
        chart=chart.name,
        renderer="helm-template",
    )
