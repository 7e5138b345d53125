"""The conformance suite for renderers, on this one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from freightlib_kustomize import Kustomize

from freightlib.plugins.contracts import Renderer
from freightlib.testing import RenderCase, RendererSuite

COMPONENT = b"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: %s-\n"
PACKAGE = {
    "base/kustomization.yaml": b"resources: [web.yaml]\n",
    "base/web.yaml": b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n"
    b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web}]}\n",
}
POLICY = {
    "apps/sample/kargo/templates/deploy/kustomization.yaml": b"# ours\nresources: []\n",
    "apps/sample/envTypes/test/kustomization.yaml": COMPONENT % b"a" + b"components: [../components/more]\n",
    "apps/sample/envTypes/components/more/kustomization.yaml": COMPONENT % b"b",
}


class TestKustomize(RendererSuite):
    @pytest.fixture(autouse=True)
    def _program(self, kubectl: Path) -> None:
        self.program = str(kubectl)

    def make_renderer(self) -> Renderer:
        return Kustomize()

    def cases(self) -> Sequence[RenderCase]:
        own = {"program": self.program, "images": [{"name": "web", "newTag": "1.10"}]}
        direct = {"program": self.program, "direct": True, "base": "base"}
        wrapped = ("Service/a-b-web", "Pod/a-b-web")
        return [
            RenderCase("wrapped", PACKAGE, wrapped, package_type="kustomize", policy=POLICY, options=own),
            RenderCase("direct", PACKAGE, ("Service/web", "Pod/web"), package_type="kustomize", options=direct),
        ]

    def broken(self) -> Sequence[RenderCase]:
        options = {"program": self.program, "direct": True}
        remote = {"kustomization.yaml": b"resources: [https://example.com/x.yaml]\n"}
        unknown = {"kustomization.yaml": b"nothing: here\n"}
        return [
            RenderCase("remote", remote, package_type="kustomize", options=options),
            RenderCase("unknown", unknown, package_type="kustomize", options=options),
            RenderCase("empty", {"a": b""}, package_type="kustomize", options=options),
            RenderCase("no-policy", PACKAGE, package_type="kustomize", options={"program": self.program}),
        ]
