"""Helm's Go code in process: the one module that imports helm_python, private calls included.

The public interface of helm_python offers neither Kubernetes version nor API versions, so this calls the C functions
with their JSON options through ``_native``. The extra ``sdk`` pins the versions this was checked with.
"""

from __future__ import annotations

import ctypes
import gzip
import io
import json
import tarfile
from typing import Any

from helm_python import _native
from helm_python.errors import HelmError

from freightlib_helm.engine import integers
from freightlib_helm.engine.frames import unpack_request
from freightlib_helm.engine.hooks import SPACE, hooks
from freightlib_helm.engine.values import ValuesError, build
from freightlib_helm.engine.values import integers as find_integers

_NO_CLUSTER = json.dumps({"storage_driver": "memory", "kubeconfig_content": '{"apiVersion": "v1", "kind": "Config"}'})


def handle(request: bytes, archive: bytes) -> bytes:
    """Answer one request about the chart in ``archive`` (see ``frames``): ``+`` and text, or ``-`` and JSON."""
    question, files = unpack_request(request)
    try:
        return b"+" + render(question, files, archive).encode("utf-8", "surrogateescape")
    except (HelmError, ValuesError) as error:
        return b"-" + json.dumps({"message": _as_the_program_says(str(error), question)}).encode()


def _as_the_program_says(message: str, question: dict[str, Any]) -> str:
    if message.startswith("chart dependencies are missing;"):
        return (
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch "
            f"missing dependencies: {message.partition(': ')[2]}"
        )
    if message.startswith("could not parse ") and question["kubeVersion"]:
        return f"invalid kube version '{question['kubeVersion']}': {message}"
    return message


def version() -> str:
    """Helm's version, such as ``4.2.3``."""
    return str(_native.helm_sdk_version()).removeprefix("v")


def render(question: dict[str, Any], files: list[tuple[str, bytes]], archive: bytes) -> str:
    """What ``helm template`` prints."""
    values = build(files, question["setValues"], _to_json)
    places = list(find_integers(values))
    if places:
        archive += _member(integers.PATH, integers.template(places).encode())
    values_json = json.dumps(values)
    out = []
    with _Chart(archive) as chart:
        if _metadata(chart).get("type") not in (None, "", "application"):
            raise ValuesError(f"{_metadata(chart)['type']} charts are not installable")
        manifest = _install(chart, values_json, question)
        if question["includeCRDs"]:
            out += [f"---\n# Source: {crd['filename']}\n{crd['data']}\n" for crd in _crds(chart)]
    out.append(manifest)
    text = "".join(out).strip(SPACE) + "\n"
    if question["disableHooks"]:
        return text
    with _Chart(archive) as chart:  # afresh: a chart is changed by rendering it
        options = {"name": question["releaseName"], "namespace": question["namespace"], **_capabilities(question)}
        rendered = json.loads(_native.call_string("helm_render", chart, values_json, json.dumps(options)))
    found = hooks(rendered, _to_json, tests=not question["skipTests"])
    return text + "".join(f"---\n# Source: {path}\n{document}\n" for path, document in found)


def _install(chart: Any, values: str, question: dict[str, Any]) -> str:
    options = {
        "namespace": question["namespace"],
        "dry_run": "client",
        "replace": True,
        **_capabilities(question),
    }
    config = _native.HANDLE(_native.call_handle("helm_config_new", _NO_CLUSTER))
    try:
        release = _native.call_string(
            "helm_install",
            config,
            _native.HANDLE(0),
            chart,
            None,
            question["releaseName"],
            values,
            json.dumps(options),
        )
    finally:
        _native.call_status("helm_config_free", config)
    return str(json.loads(release).get("manifest", ""))


def _capabilities(question: dict[str, Any]) -> dict[str, Any]:
    given = {"kube_version": question["kubeVersion"], "api_versions": question["apiVersions"]}
    return {name: value for name, value in given.items() if value}


def _crds(chart: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(_native.call_string("helm_chart_crds", chart))
    return found


def _metadata(chart: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_native.call_string("helm_chart_metadata", chart))
    return found


def _to_json(document: str) -> str:
    return str(_native.call_string("helm_values_from_yaml", document))


class _Chart:
    """A loaded chart's handle, freed on the way out."""

    def __init__(self, archive: bytes) -> None:
        buffer = (ctypes.c_uint8 * len(archive)).from_buffer_copy(archive)
        self.handle = _native.HANDLE(_native.call_handle("helm_chart_load_archive", buffer, len(archive)))

    def __enter__(self) -> Any:
        return self.handle

    def __exit__(self, *_: object) -> None:
        _native.call_status("helm_chart_free", self.handle)


def _member(path: str, data: bytes) -> bytes:
    """One more file for an archive whose end is still open: gzip members may follow each other."""
    stream = io.BytesIO()
    member = tarfile.TarInfo(f"chart/{path}")
    member.size = len(data)
    stream.write(member.tobuf(tarfile.PAX_FORMAT))
    stream.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
    return gzip.compress(stream.getvalue(), 1, mtime=0)
