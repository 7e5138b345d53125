"""The built-ins keep the rules they ask of plugins."""

from __future__ import annotations

from freightlib.git.libgit2 import Libgit2Backend
from freightlib.renderers.copy import CopyRenderer
from freightlib.testing import GitBackendSuite, RenderCase, RendererSuite


class TestCopy(RendererSuite):
    def make_renderer(self) -> CopyRenderer:
        return CopyRenderer()

    def broken(self) -> list[RenderCase]:
        return [RenderCase("not-yaml", {"a.yaml": b"a: {b"}, package_type="plain")]


class TestLibgit2(GitBackendSuite):
    def make_backend(self) -> Libgit2Backend:
        return Libgit2Backend()
