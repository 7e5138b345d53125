"""A checkout whose index does not know its files' times any more: copied, restored from a cache, touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from freightlib.errors import WorkTreeError
from tests.worlds import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A first release is published; the second is not, and every file of the checkout was touched since."""
    made = World(tmp_path)
    made.publish()
    for file in made.gitops.path.rglob("*"):
        if file.is_file() and ".git" not in file.parts:
            os.utime(file, (1, 1))
    made.revision = made.source.commit({"k8s/helm/values.yaml": "image: another\n"})
    return made


def test_a_touched_checkout_follows(world: World) -> None:
    world.publish()
    assert world.gitops.git("status", "--porcelain") == ""


def test_a_change_in_it_is_still_seen(world: World) -> None:
    (world.gitops.path / "warehouses/codeai/freight/current/freight.yaml").write_text("edited\n")
    before = world.gitops.git("rev-parse", "HEAD")
    with pytest.raises(WorkTreeError, match="uncommitted"):
        world.publish()
    assert world.gitops.git("rev-parse", "HEAD") == before
