"""The conformance suite with packages that this renderer takes: what ``freight plugins check kustomize`` runs.

Imports pytest: install ``freightlib[testing]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.plugins import Renderer
from freightlib.testing import RenderCase, RendererSuite, sample_package, sample_resources
from freightlib_kustomize.renderer import Kustomize


class Suite(RendererSuite):
    """Two packages that are built directly."""

    def make_renderer(self) -> Renderer:
        """A new one."""
        return Kustomize()

    def options(self) -> Mapping[str, Any]:
        """What every case is rendered with."""
        return {"direct": True}

    def cases(self) -> Sequence[RenderCase]:
        """The samples."""
        return [
            RenderCase(
                name,
                sample_package("kustomize", name),
                sample_resources(name),
                package_type="kustomize",
                options=self.options(),
            )
            for name in ("sample", "other")
        ]

    def broken(self) -> Sequence[RenderCase]:
        """One that names a file that is not there."""
        return [
            RenderCase(
                "missing",
                {"kustomization.yaml": b"resources: [absent.yaml]\n"},
                package_type="kustomize",
                options=self.options(),
            )
        ]
