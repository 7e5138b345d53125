"""Bare repositories below the user's cache directory, one for each address, locked between processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from freightlib.errors import GitError
from freightlib.git.disk import storage
from freightlib.git.program import run_git
from freightlib.git.transport import without_credentials

#: The remote that settings in the environment define in a cache: see ``Remote.config``.
NAME: Final = "freightlib"


def cache_directory(kind: str, address: str) -> Path:
    """Where the cache of an address is: ``$XDG_CACHE_HOME/freightlib/<kind>/<hash>.git``, without credentials."""
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path("~/.cache").expanduser()
    name = hashlib.sha256(without_credentials(address).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return base / "freightlib" / kind / f"{name}.git"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the cache for this process; others wait."""
    with storage(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_bare(directory: Path, algorithm: str = "sha1") -> None:
    """Make the cache's repository unless it is there; call it under ``locked``. Raises GitError."""
    if (directory / "HEAD").is_file():
        return
    with storage(directory):
        directory.mkdir(parents=True, exist_ok=True)
    options = ["--quiet", "--bare", "--template=", "--initial-branch=main"]
    if algorithm != "sha1":
        options.append(f"--object-format={algorithm}")
    ran = run_git(["init", *options, "."], directory=directory)
    if ran.status:
        raise GitError(
            f"the cache {str(directory)!r} cannot be made: {ran.reason}", hint="remove it and run the same again"
        )


def remote_config(address: str) -> dict[str, str]:
    """The settings that define the remote for one run of git, without leaving its address on the disk."""
    return {
        f"remote.{NAME}.url": address,
        f"remote.{NAME}.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "gc.autoDetach": "false",
    }
