"""What the tests of the git backend share: commits made in one line, and git itself as the judge."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import build
from freightlib.git.trees import Entry, Mode
from freightlib.plugins.repositories import init_repository, open_repository

MAIN = "refs/heads/main"
ME = Identity("Ada", "ada@example.com", datetime(2026, 3, 22, 12, 0, tzinfo=UTC))


def git(directory: Path | str, *arguments: str, stdin: bytes = b"") -> str:
    """Run git there; what it printed."""
    return git_bytes(directory, *arguments, stdin=stdin).decode().strip()


def git_bytes(directory: Path | str, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git there; the bytes it printed."""
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b"}
    ran = subprocess.run(
        ["git", *arguments], cwd=directory, input=stdin, capture_output=True, check=False, env={**os.environ, **who}
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def fsck(directory: Path | str) -> None:
    """Fail unless git finds the repository sound; unreachable objects are fine."""
    ran = subprocess.run(
        ["git", "fsck", "--strict", "--full", "--no-dangling"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not [line for line in (ran.stdout + ran.stderr).splitlines() if not line.startswith("notice: ")], ran


def write_files(repository: Repository, files: dict[str, bytes | str], mode: int = Mode.FILE) -> str:
    """A tree of files; a text value is the target of a symlink."""
    return build(
        repository,
        [
            (
                path,
                Entry("", Mode.SYMLINK, repository.write_blob(data.encode()))
                if isinstance(data, str)
                else Entry("", mode, repository.write_blob(data)),
            )
            for path, data in files.items()
        ],
    )


def commit(repository: Repository, files: dict[str, bytes | str], ref: str = MAIN, message: str = "a commit\n") -> str:
    """Commit exactly these files on top of the ref, and move it."""
    old = repository.ref(ref)
    new = repository.write_commit(write_files(repository, files), [old] if old else [], message, ME)
    repository.move_refs([RefUpdate(ref, old, new)], reason=message.strip())
    return new


def bare(path: Path) -> Repository:
    """A new bare repository."""
    return init_repository(path, bare=True)


def reopened(repository: Repository) -> Repository:
    """The same repository as another process would see it."""
    return open_repository(repository.location)
