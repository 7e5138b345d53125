"""helm-template keeps the rules of renderers, by both engines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from freightlib_helm import HelmTemplate

from freightlib.testing import RenderCase, RendererSuite, sample_package, sample_resources

BROKEN = {**sample_package("helm"), "templates/broken.yaml": b"{{ fail `no` }}\n"}


class TestInProcess(RendererSuite):
    engine = "sdk"

    def make_renderer(self) -> HelmTemplate:
        return HelmTemplate()

    def options(self) -> dict[str, object]:
        return {"engine": self.engine}

    def cases(self) -> Sequence[RenderCase]:
        return [
            RenderCase(
                name,
                sample_package("helm", name),
                sample_resources(name),
                package_type="helm",
                options={**self.options(), "valuesFiles": ["apps/sample/values.yaml"], "ignoreMissingValueFiles": True},
                policy={"apps/sample/values.yaml": b"replicas: 3\n"},
            )
            for name in ("sample", "other")
        ]

    def broken(self) -> Sequence[RenderCase]:
        return [RenderCase("fails", BROKEN, package_type="helm", options=self.options())]


class TestProgram(TestInProcess):
    engine = "program"

    @pytest.fixture(autouse=True)
    def _helm(self, helm4: Path) -> None:
        self.helm = helm4

    def options(self) -> dict[str, object]:
        return {"engine": self.engine, "helmPath": str(self.helm)}
