"""Opens repositories through the git program: in place for a path, through a cache for an address.

What opening needs is imported then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from freightlib.plugins import GitError, backend_kit

if TYPE_CHECKING:
    from freightlib_gitcli.objects import ProgramObjects
    from freightlib_gitcli.storage import GitStorage


class GitProgramBackend(backend_kit.StorageBackend):
    """Repositories through the git program: also with SHA-256 ids, reftable, and partial clones."""

    name = "git"
    algorithms = ("sha1", "sha256")

    def storage(self, layout: backend_kit.Layout) -> GitStorage:
        """See ``StorageBackend``. Raises ToolError when git is not installed."""
        from freightlib_gitcli.storage import GitStorage

        return GitStorage(layout)

    def objects(self, directory: Path, algorithm: str) -> ProgramObjects:
        """See ``StorageBackend``."""
        from freightlib_gitcli.objects import stored_objects

        return stored_objects(directory, algorithm)

    def create(self, path: str, *, bare: bool, branch: str, object_format: str = "sha1", **options: str) -> None:
        """See ``StorageBackend``. ``object_format`` is ``sha1`` or ``sha256``."""
        given = ["--quiet", "--template=", f"--initial-branch={branch}", f"--object-format={object_format}"]
        given += [f"--{name}={value}" for name, value in options.items()] + (["--bare"] if bare else [])
        ran = backend_kit.run_git(["init", *given, str(Path(path).resolve())], directory=Path("/"))
        if ran.status:
            raise GitError(f"no repository can be made at {path!r}: {ran.reason}", hint="choose another path")
