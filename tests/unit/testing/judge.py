"""Runs a suite's checks on something in this process, and tells which of them failed with which words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def broken(suite: Any, tmp_path: Path, *names: str) -> dict[str, str]:
    """The checks (all, or those named) that fail, with what they said."""
    found: dict[str, str] = {}
    for name, _ in inspect.getmembers(type(suite), inspect.isfunction):
        if not name.startswith("test_") or (names and name not in names):
            continue
        try:
            run(getattr(suite, name), tmp_path / name)
        except AssertionError as error:
            found[name] = str(error)
    return found


def run(check: Callable[..., None], tmp_path: Path) -> None:
    suite: Any = check.__self__  # type: ignore[attr-defined]
    suite._made = []
    tmp_path.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        given = {"tmp_path": tmp_path, "monkeypatch": patch}
        check(**{name: given[name] for name in inspect.signature(check).parameters})
