"""Equal inputs give equal commit ids, from one version of freightlib to the next: recorded lives, lived again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.backends import BACKENDS
from tests.golden import record

GOLDEN: Mapping[str, Mapping[str, str]] = json.loads(Path(record.__file__).with_name("golden.json").read_text())


@pytest.fixture(scope="module", params=BACKENDS)
def lived(request: pytest.FixtureRequest, kubectl: Path) -> Mapping[str, Mapping[str, str]]:
    """The lives, lived in a process of its own, because its clock is fixed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden.record"],
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            "FREIGHTLIB_GIT_BACKEND": request.param,
            "PATH": os.pathsep.join((str(kubectl.parent), os.environ["PATH"])),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("scenario", sorted(GOLDEN))
def test_commit_ids_are_those_of_before(lived: Mapping[str, Mapping[str, str]], scenario: str) -> None:
    recorded, now = GOLDEN[scenario], lived.get(scenario, {})
    if recorded.get("engine") != now.get("engine"):
        pytest.skip(f"recorded with {recorded.get('engine')}, rendered here by {now.get('engine', 'none')}")
    assert now == recorded
