"""Prune, what brings a pruned release back, and rollback, killed at every write step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from freightlib.testing import git
from tests.plain_world import IMAGE
from tests.retention_world import Shop

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def killed(shop: Shop, tag: str, verb: str) -> None:
    bare = shop.gitops.path.parent / "bare.git"
    git(shop.gitops.path.parent, "clone", "-q", "--bare", str(shop.gitops.path), str(bare))
    git(bare, "update-ref", "-d", "refs/heads/proposal/codeai/production")
    program = [sys.executable, str(ROOT / "tests/faults/prune_kills.py")]
    given = [str(bare), str(shop.source.path), tag, IMAGE, verb]
    done = subprocess.run([*program, *given], cwd=ROOT, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15


def test_prune_killed_at_every_write_step(tmp_path: Path, backend: str) -> None:
    shop = Shop(tmp_path)
    for _ in range(3):
        shop.release("staging")
    killed(shop, shop.tags[1], "prune")


def test_restoring_killed_at_every_write_step(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for _ in range(3):
        shop.release("staging")
    killed(shop, shop.tags[1], "restore")


def test_rollback_killed_at_every_write_step(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for _ in range(2):
        shop.release("staging", "production")
        shop.merge()
    killed(shop, shop.tags[0], "rollback")
