"""Helpers of the suite for git backends: repositories made with the backend, and checks with the git program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from freightlib.git.contract import GitBackend, Repository
from freightlib.testing.commits import MAIN
from freightlib.testing.environment import isolate
from freightlib.testing.program import check_sound, git
from freightlib.testing.repositories import RepositoryBuilder
from freightlib.testing.rules import Rules

SIDE: Final = "refs/heads/side"
_STORED: Final = Rules("Repository.move_refs")


class Judged:
    """The base class of the suite's parts: the backend under test, and repositories opened with it."""

    def make_backend(self) -> GitBackend:
        """Return a new backend. Called for every check."""
        raise NotImplementedError("define make_backend: it returns a new backend for each check")

    @pytest.fixture(autouse=True)
    def _isolated(self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
        isolate(monkeypatch, tmp_path_factory.mktemp("home"))

    def bare(self, path: Path) -> Repository:
        """Make a new bare repository with the git program, and open it with the backend."""
        RepositoryBuilder(path, bare=True)
        return self.open(path)

    def open(self, path: Path) -> Repository:
        """Open the repository at ``path`` again, as another process would."""
        return self.make_backend().open(str(path))


def tip(path: Path, ref: str = MAIN) -> str:
    """Return the id of ``ref`` as git sees it; empty if there is no such ref."""
    return git(path, "for-each-ref", "--format=%(objectname)", ref)


def check_stored(path: Path, rule: str = "what it stores is sound for git") -> None:
    """Fail unless ``git fsck --strict`` finds the repository sound and complete."""
    try:
        check_sound(path)
    except AssertionError as error:
        _STORED.broken(rule, str(error))
