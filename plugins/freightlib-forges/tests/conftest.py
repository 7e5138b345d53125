"""The fixtures of these tests."""

from __future__ import annotations

from forge_world import forged, start

__all__ = ["forged", "start"]
