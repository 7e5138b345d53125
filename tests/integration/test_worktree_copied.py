"""A checkout whose index does not know its files' times any more: copied, restored from a cache, touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import freightlib
from freightlib.errors import WorkTreeError
from tests.worlds import World, commit_files, git, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A first release is published; the second is not, and every file of the checkout was touched since."""
    made = make_world(tmp_path)
    freightlib.publish(made.gitops, made.source, revision=made.revision, image=made.image)
    for file in made.gitops.rglob("*"):
        if file.is_file() and ".git" not in file.parts:
            os.utime(file, (1, 1))
    return World(made.source, made.gitops, commit_files(made.source, {"k8s/helm/values.yaml": "image: another\n"}))


def test_a_touched_checkout_follows(world: World) -> None:
    freightlib.publish(world.gitops, world.source, revision=world.revision, image=world.image)
    assert git(world.gitops, "status", "--porcelain") == ""


def test_a_change_in_it_is_still_seen(world: World) -> None:
    (world.gitops / "warehouses/codeai/freight/current/freight.yaml").write_text("edited\n")
    before = git(world.gitops, "rev-parse", "HEAD")
    with pytest.raises(WorkTreeError, match="not committed"):
        freightlib.publish(world.gitops, world.source, revision=world.revision, image=world.image)
    assert git(world.gitops, "rev-parse", "HEAD") == before
