r"""Runs the git program as one fixed author; if git fails, the test fails with git's error.

from freightlib.testing import git

assert git(tmp_path / "app", "status", "--porcelain") == ""
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

#: The author and committer of commits that the git program makes here.
AUTHOR: Final = ("Tester", "tester@example.org")


def git(
    directory: Path | str, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return what one git command prints in ``directory``, without the white space around it."""
    return (
        git_bytes(directory, *arguments, data=data, environment=environment).decode("utf-8", "surrogateescape").strip()
    )


def git_bytes(
    directory: Path | str, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes that one git command prints in ``directory``. ``data`` is its standard input.

    ``environment`` has variables to set in addition to those of this process. Raises AssertionError with git's error
    if git fails.
    """
    __tracebackhide__ = True
    return _run(directory, arguments, data, environment).stdout


def author_variables() -> dict[str, str]:
    """Return the environment variables that make git commit as ``AUTHOR``."""
    values = {"NAME": AUTHOR[0], "EMAIL": AUTHOR[1]}
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in values.items()}


def check_sound(directory: Path | str, *revisions: str) -> None:
    """Raise AssertionError unless git finds the repository sound and complete. Unreachable objects are fine.

    ``revisions`` limit the check to what they reach.
    """
    __tracebackhide__ = True
    done = _run(directory, ("fsck", "--strict", "--full", "--no-dangling", "--no-progress", *revisions))
    said = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    found = [line for line in said if not line.startswith("notice: ")]
    if found:
        raise AssertionError("; ".join(found))


def _run(
    directory: Path | str,
    arguments: Sequence[str],
    data: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    __tracebackhide__ = True
    done = subprocess.run(  # noqa: S603 (the arguments are a test's own)
        ["git", "-C", os.fspath(directory), *arguments],  # noqa: S607 (git of the PATH, as a user would)
        input=data or b"",
        capture_output=True,
        check=False,
        env={**os.environ, **author_variables(), **(environment or {})},
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done
