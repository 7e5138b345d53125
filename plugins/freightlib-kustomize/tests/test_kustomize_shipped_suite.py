"""The suite that ``freight plugins check kustomize`` runs, as it comes with the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from freightlib_kustomize.suite import Suite


class TestShippedSuite(Suite):
    @pytest.fixture(autouse=True)
    def _kubectl(self, kubectl: Path) -> None:
        self.program = str(kubectl)

    def options(self) -> Mapping[str, Any]:
        return {"direct": True, "program": self.program}
