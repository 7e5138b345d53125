"""Prune, what brings a pruned release back, and rollback, killed at every write step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.retention_world import IMAGE, Shop, make_shop
from tests.worlds import git

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def killed(shop: Shop, tag: str, verb: str) -> None:
    bare = shop.gitops.parent / "bare.git"
    git(shop.gitops.parent, "clone", "-q", "--bare", str(shop.gitops), str(bare))
    git(bare, "update-ref", "-d", "refs/heads/proposal/codeai/production")
    program = [sys.executable, str(ROOT / "tests/faults/prune_kills.py")]
    given = [str(bare), str(shop.world.source), tag, IMAGE, verb]
    done = subprocess.run([*program, *given], cwd=ROOT, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15


def test_prune_killed_at_every_write_step(tmp_path: Path, backend: str) -> None:
    shop = make_shop(tmp_path)
    for _ in range(3):
        shop.release("staging")
    killed(shop, shop.tags[1], "prune")


def test_restoring_killed_at_every_write_step(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    for _ in range(3):
        shop.release("staging")
    killed(shop, shop.tags[1], "restore")


def test_rollback_killed_at_every_write_step(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    for _ in range(2):
        shop.release("staging", "production")
        shop.merge()
    killed(shop, shop.tags[0], "rollback")
