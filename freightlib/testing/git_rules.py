"""What the parts of the suite for git backends share: rules, repositories to judge, and git itself as the witness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from freightlib.git.contract import GitBackend, Identity, RefUpdate, Repository
from freightlib.git.grafting import build
from freightlib.git.trees import Entry, Mode
from freightlib.testing.builders import git
from freightlib.testing.environment import isolate
from freightlib.testing.rules import Rules

MAIN: Final = "refs/heads/main"
SIDE: Final = "refs/heads/side"
ME: Final = Identity("Ada", "ada@example.org", datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC))
Files: TypeAlias = Mapping[str, bytes | tuple[int, bytes]]
_STORED: Final = Rules("Repository.move_refs")


class Judged:
    """The base of the suite's parts: the backend under judgement, and repositories made with it."""

    def make_backend(self) -> GitBackend:
        """A new backend. Called for every check."""
        raise NotImplementedError("give make_backend: a new backend for each check")

    @pytest.fixture(autouse=True)
    def _isolated(self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
        isolate(monkeypatch, tmp_path_factory.mktemp("home"))

    def bare(self, path: Path) -> Repository:
        """A new bare repository, made by the git program and opened by the backend."""
        path.parent.mkdir(parents=True, exist_ok=True)
        git(path.parent, "init", "-q", "--bare", "-b", "main", path.name)
        return self.open(path)

    def open(self, path: Path) -> Repository:
        """The repository at ``path``, as another process would see it."""
        return self.make_backend().open(str(path))


def write(repository: Repository, files: Files) -> str:
    """The id of a tree of ``files`` (path -> contents, or mode and contents)."""
    return build(repository, ((path, _entry(repository, data)) for path, data in files.items()))


def _entry(repository: Repository, file: bytes | tuple[int, bytes]) -> Entry:
    mode, data = (Mode.FILE, file) if isinstance(file, bytes) else file
    return Entry("", mode, repository.write_blob(data))


def commit(repository: Repository, files: Files, parents: Iterable[str] = (), message: str = "A change\n") -> str:
    """Write a commit of exactly these files; nothing is moved."""
    return repository.write_commit(write(repository, files), tuple(parents), message, ME)


def landed(repository: Repository, files: Files, ref: str = MAIN, message: str = "A change\n") -> str:
    """Commit exactly these files on top of ``ref``, and move it."""
    old = repository.ref(ref)
    new = commit(repository, files, [old] if old else [], message)
    repository.move_refs([RefUpdate(ref, old, new)])
    return new


def tip(path: Path, ref: str = MAIN) -> str:
    """What git says ``ref`` points at; empty when there is no such ref."""
    return git(path, "for-each-ref", "--format=%(objectname)", ref)


def check_sound(path: Path, rule: str = "what it stores is sound for git") -> None:
    """Fail unless ``git fsck --strict`` finds the repository sound and complete."""
    try:
        said = git(path, "fsck", "--strict", "--full", "--no-dangling", "--no-progress")
    except AssertionError as error:
        _STORED.broken(rule, str(error))
    found = [line for line in said.splitlines() if not line.startswith("notice: ")]
    _STORED.hold(not found, rule, "; ".join(found))
