"""The built-ins keep the rules they ask of plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.git.libgit2_backend import Libgit2Backend
from freightlib.promotion.gates.blocked import Blocked
from freightlib.promotion.gates.marker import MarkerFile
from freightlib.promotion.gates.soak import Soak
from freightlib.promotion.gates.upstream import UpstreamHolds
from freightlib.promotion.gates.verified import Verified
from freightlib.promotion.gates.window import Window
from freightlib.rendering.builtin.copy import CopyRenderer
from freightlib.testing import GateSuite, GitBackendSuite, RenderCase, RendererSuite


class TestCopy(RendererSuite):
    def make_renderer(self) -> CopyRenderer:
        return CopyRenderer()

    def broken(self) -> list[RenderCase]:
        return [RenderCase("not-yaml", {"a.yaml": b"a: {b"}, package_type="plain")]


class TestLibgit2(GitBackendSuite):
    def make_backend(self) -> Libgit2Backend:
        return Libgit2Backend()


class TestBlocked(GateSuite):
    def make_gate(self) -> Blocked:
        return Blocked()


class TestUpstream(GateSuite):
    def make_gate(self) -> UpstreamHolds:
        return UpstreamHolds()


class TestVerified(GateSuite):
    def make_gate(self) -> Verified:
        return Verified()


class TestSoak(GateSuite):
    def make_gate(self) -> Soak:
        return Soak()

    def options(self) -> Sequence[Mapping[str, Any]]:
        return [{"time": "24h"}, {"time": "0"}, {"time": "400d"}]

    def wrong_options(self) -> Sequence[Mapping[str, Any]]:
        return [{}, {"time": 24}, {"time": "soon"}]


class TestMarker(GateSuite):
    def make_gate(self) -> MarkerFile:
        return MarkerFile()

    def options(self) -> Sequence[Mapping[str, Any]]:
        return [{"path": "freightlib.yaml"}, {"path": "no/such.yaml"}, {"path": "apps"}]

    def wrong_options(self) -> Sequence[Mapping[str, Any]]:
        return [{}, {"path": "/etc/passwd"}, {"path": "a/../b"}, {"path": ".git/config"}, {"path": "a\\b"}]


class TestWindow(GateSuite):
    def make_gate(self) -> Window:
        return Window()

    def options(self) -> Sequence[Mapping[str, Any]]:
        return [{}, {"days": "sat-sun"}, {"effect": "deny"}, {"effect": "deny", "days": "mon-wed"}]

    def wrong_options(self) -> Sequence[Mapping[str, Any]]:
        return [{"days": "never"}, {"from": 9}, {"to": "25:00"}, {"timezone": "Mars"}]
