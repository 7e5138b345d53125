"""One world for each module, and a copy of it for each test to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.audit.support import Rendered


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return Rendered(tmp_path_factory.mktemp("rendered"))


@pytest.fixture
def world(made: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rendered:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made.copy(tmp_path / "world")
