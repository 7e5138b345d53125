"""The renderer ``helm-template``.

>>> from freightlib_helm.renderer import HelmTemplate
>>> sorted(HelmTemplate().package_types)
['helm']
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.errors import RenderError
from freightlib.models import Rendered
from freightlib.protocols import Fingerprint, PolicyPath, RenderRequest

from freightlib_helm import options as given
from freightlib_helm.archive import pack
from freightlib_helm.output import parse


class HelmTemplate:
    """Renders a chart as ``helm template`` does. Thread-safe."""

    name = "helm-template"
    package_types = frozenset({"helm"})
    default_options = frozenset({"releaseName", "namespace"})

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """See ``Renderer``."""
        return given.effective(options)

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """See ``Renderer``."""
        return Fingerprint("helm-sdk", "4.2.3")

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """See ``Renderer``."""
        optional = bool(options["ignoreMissingValueFiles"])
        return [PolicyPath(path, optional) for path in options["valuesFiles"]]

    def prepare(self, renders: int, /) -> None:
        """See ``Renderer``."""

    def render(self, request: RenderRequest, /) -> Rendered:
        """See ``Renderer``."""
        from freightlib_helm import sdk
        from helm_python import values_from_yaml, parse_set_string

        options = request.options
        values: dict[str, Any] = {}
        for path in options["valuesFiles"]:
            data = request.policy.get(path)
            if data is not None:
                values = _merged(values, values_from_yaml(data.decode()))
        for item in options["setValues"]:
            values = _merged(values, parse_set_string(f"{item['key']}={item['value']}"))
        asked = {
            "name": options["releaseName"],
            "namespace": options["namespace"],
            "values": values,
            "capabilities": {},
        }
        archive = pack("chart", {file.path: file.data for file in request.package})
        answer = json.loads(sdk.handle(json.dumps(asked).encode(), archive))
        if "error" in answer:
            raise RenderError(f"{request.stage}: {answer['error']}", stage=request.stage, renderer=self.name)
        text = answer["text"].encode()
        return Rendered(parse(text) if text.strip() else ())

    def close(self) -> None:
        """See ``Renderer``."""


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        below = out.get(key)
        out[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return out
