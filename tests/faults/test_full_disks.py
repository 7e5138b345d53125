"""The disk runs full during each verb: an error, nothing moved; with room again, the same run succeeds."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@cache
def may_mount() -> bool:
    """Whether this system lets us mount a small disk that nobody else sees; if not, files are limited in size alone."""
    tried = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    try:
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", ["bare", "checked-out", "cache", "server"])
@pytest.mark.parametrize("how", ["limit", "tmpfs"] if may_mount() else ["limit"])
def test_full(how: str, kind: str, tmp_path: Path) -> None:
    within = ["unshare", "-rm"] if how == "tmpfs" else []
    ran = subprocess.run(
        [*within, sys.executable, str(Path(__file__).with_name("full_disk.py")), str(tmp_path / "f"), kind, how],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
