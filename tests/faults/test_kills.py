"""Hundreds of ``freight`` processes killed at random: nothing half done, nothing damaged, the next run gets through."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COUNTS = {"bare": 180, "checked-out": 150, "url": 100, "push": 100}
#: What must have been met, in each of the kinds: (one of these phases, how often at least).
MET = {
    "bare": ["before objects", "writing objects|objects stored", "ref moving", "ref moved"],
    "checked-out": ["before objects", "writing objects|objects stored", "work tree moving", "ref moving", "ref moved"],
    "url": ["before objects", "writing objects|objects stored", "push under way", "pushed|refs locked|ref moving"],
    "push": ["before objects", "writing objects|objects stored", "push under way", "pushed", "ref moving", "ref moved"],
}


def test_there_are_enough() -> None:
    assert sum(COUNTS.values()) >= 500


@pytest.mark.parametrize("kind", list(COUNTS))
def test_killed_at_random(kind: str, tmp_path: Path) -> None:
    seed = 5 if os.environ.get("CI") else random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when this fails
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("kills.py")), str(tmp_path), kind, str(COUNTS[kind]), str(seed)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "FREIGHTLIB_NETWORK_BUDGET": "10"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert ran.returncode == 0, f"seed {seed}: {ran.stderr[-4000:]}"
    met: Counter[str] = Counter()
    for row in json.loads(ran.stdout)["kills"]:
        met[row["phase"]] += row["kills"]
    print(kind, dict(met))  # noqa: T201
    assert met.total() >= COUNTS[kind]
    for names in MET[kind]:
        assert sum(met[name] for name in names.split("|")) >= 1, f"seed {seed}: {names} was never met: {met}"
