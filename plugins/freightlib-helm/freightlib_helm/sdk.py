"""Helm's Go code in process: the only module that imports helm_python, private calls included.

It runs inside a worker process and stands alone: nothing here may import freightlib.
"""

from __future__ import annotations

import ctypes
import json
from typing import Any

from helm_python import _native


def version() -> str:
    """Helm's version, as ``4.2.3``."""
    return _native.helm_sdk_version().removeprefix("v")


def handle(request: bytes, archive: bytes) -> bytes:
    """Answer one request (JSON) about the chart in ``archive``: ``{"text": ...}`` or ``{"error": ..., "kind": ...}``."""
    try:
        answer = {"text": render(json.loads(request), archive)}
    except _native.HelmLibraryError:
        raise
    except Exception as error:  # every failure of Helm is an answer; the caller makes a typed error of it
        answer = {"error": str(error), "kind": type(error).__name__}
    return json.dumps(answer).encode()


def render(request: dict[str, Any], archive: bytes) -> str:
    """What ``helm template`` prints for ``request``."""
    values = json.dumps(request["values"])
    chart = _load(archive)
    config = _native.call_handle(
        "helm_config_new", json.dumps({"storage_driver": "memory", "kubeconfig_content": _NO_CLUSTER})
    )
    try:
        options = {"namespace": request["namespace"], "dry_run": "client", **request["capabilities"]}
        release = json.loads(
            _native.call_string(
                "helm_install",
                _native.HANDLE(config),
                _native.HANDLE(0),
                _native.HANDLE(chart),
                None,
                request["name"],
                values,
                json.dumps(options),
            )
        )
    finally:
        _native.call_status("helm_config_free", _native.HANDLE(config))
        _native.call_status("helm_chart_free", _native.HANDLE(chart))
    return str(release.get("manifest", "")).strip() + "\n"


_NO_CLUSTER = '{"apiVersion": "v1", "kind": "Config"}'


def _load(archive: bytes) -> int:
    buffer = (ctypes.c_uint8 * len(archive)).from_buffer_copy(archive)
    return _native.call_handle("helm_chart_load_archive", buffer, len(archive))
