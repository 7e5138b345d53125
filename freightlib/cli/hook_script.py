"""Installs the pre-receive hook in a repository on a server.

>>> from freightlib.cli.hook_script import script
>>> print(script("python3", "main"), end="")
#!/bin/sh
# Written by freight hook install: pushes that break a rule are refused.
exec python3 -m freightlib.cli hook pre-receive --repo . --branch main
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from freightlib.errors import GitError, UsageError
from freightlib.git.atomic_files import disk_errors, write_synced
from freightlib.git.program import run_git

_OURS: Final = "# Written by freight hook install"
_MODE: Final = 0o755


def script(python: str, branch: str | None) -> str:
    """Return the text of the hook. ``python`` is the interpreter, ``branch`` the GitOps branch (default: HEAD's)."""
    named = f" --branch {shlex.quote(branch)}" if branch else ""
    return (
        f"#!/bin/sh\n{_OURS}: pushes that break a rule are refused.\n"
        f"exec {shlex.quote(python)} -m freightlib.cli hook pre-receive --repo .{named}\n"
    )


def install_hook(repository: str | Path, python: str, *, branch: str | None = None, force: bool = False) -> Path:
    """Write the hook where git looks for it (``core.hooksPath`` is respected), and return its path.

    Raises UsageError if there is another hook (``force`` replaces it), GitError, StorageError, ToolError.
    """
    ran = run_git(["rev-parse", "--git-path", "hooks"], directory=_directory(repository))
    if ran.status:
        raise GitError(f"{str(repository)!r}: {ran.reason}", hint="name the repository that receives the pushes")
    place = _directory(repository) / ran.out.decode("utf-8", "surrogateescape").rstrip("\n") / "pre-receive"
    if place.exists() and not force and _OURS not in place.read_text("utf-8", "replace"):
        raise UsageError(
            f"{str(place)!r} exists already, and freightlib did not write it",
            hint="call freight hook pre-receive in that hook, with the same standard input, or replace it with --force",
            path=str(place),
        )
    with disk_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name("pre-receive.freight")
        temporary.unlink(missing_ok=True)
        write_synced(temporary, script(python, branch).encode(), _MODE)
        temporary.replace(place)
    return place


def _directory(repository: str | Path) -> Path:
    place = Path(repository).resolve()
    if not place.is_dir():
        raise GitError(
            f"there is no repository at {str(repository)!r}", hint="name its directory", repository=str(place)
        )
    return place
