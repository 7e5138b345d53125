r"""Builds git repositories for tests, with the git program.

from freightlib.testing import RepositoryBuilder, sample_package

app = RepositoryBuilder(tmp_path / "app")
revision = app.commit({f"deploy/{path}": data for path, data in sample_package("plain").items()})
assert app.git("rev-parse", "HEAD") == revision
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from freightlib.testing.merging import merge_pull_request
from freightlib.testing.program import check_sound, git, git_bytes
from freightlib.testing.writing import write_files

#: A file of a commit: its contents; a mode and the id of an object ("120000", "4b82..."); or None, which removes it.
Change: TypeAlias = str | bytes | tuple[str, str] | None


class RepositoryBuilder:
    """A git repository at ``path``, on ``branch``; created if it does not exist.

    ``bare`` creates it without a worktree; ``options`` are more options of ``git init``.
    """

    def __init__(self, path: Path, *, branch: str = "main", bare: bool = False, options: Sequence[str] = ()) -> None:
        self.path = path
        if not (path / ".git").exists() and not (path / "HEAD").exists():
            path.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", branch, *(["--bare"] if bare else []), *options)

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        """Return what a git command prints there, without whitespace around it. Fail the test if git fails."""
        return git(self.path, *arguments, data=data)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write ``files`` (path -> contents) into the worktree."""
        write_files(self.path, files)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "Change") -> str:
        """Write ``files`` (``None`` removes a file), commit the whole worktree, and return the commit's id."""
        self.write({path: contents for path, contents in files.items() if contents is not None})
        for path in (path for path, contents in files.items() if contents is None):
            (self.path / path).unlink()
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def commit_to(self, branch: str, changes: Mapping[str, Change], message: str = "Change") -> str:
        """Commit ``changes`` on ``branch`` and return the commit's id. A new branch begins empty.

        The worktree does not change, so use ``commit`` for the branch that is checked out.
        """
        tip = self.tip(branch)
        with tempfile.TemporaryDirectory() as directory:
            index = {"GIT_INDEX_FILE": str(Path(directory, "index"))}
            if tip:
                git(self.path, "read-tree", tip, environment=index)
            for path, change in changes.items():
                self._stage(path, change, index)
            tree = git(self.path, "write-tree", environment=index)
        commit = self.git("commit-tree", tree, *(["-p", tip] if tip else []), "-m", message)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def _stage(self, path: str, change: Change, index: Mapping[str, str]) -> None:
        if change is None:
            git(self.path, "rm", "-rq", "--cached", "--", path, environment=index)
        else:
            mode, blob = change if isinstance(change, tuple) else ("100644", self.blob(change))
            git(self.path, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", environment=index)

    def blob(self, contents: str | bytes) -> str:
        """Store ``contents`` and return the blob's id."""
        data = contents.encode() if isinstance(contents, str) else contents
        return self.git("hash-object", "-w", "--stdin", data=data)

    def read(self, path: str, revision: str = "HEAD") -> bytes:
        """Return the contents of one file of a revision."""
        return git_bytes(self.path, "cat-file", "blob", f"{revision}:{path}")

    def files(self, revision: str = "HEAD", below: str = "") -> dict[str, bytes]:
        """Return every file of a revision: path -> contents. With ``below``, only files of that directory."""
        root = f"{revision}:{below}"
        names = self.git("ls-tree", "-r", "-z", "--name-only", root).split("\0")
        start = f"{below}/" if below else ""
        return {name: self.read(f"{start}{name}", revision) for name in names if name}

    def tip(self, branch: str) -> str | None:
        """Return the commit of a branch; None if there is no such branch."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def refs(self) -> dict[str, str]:
        """Return every ref: its full name -> the id of its object."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def merge(self, head: str, base: str, kind: str = "merge", message: str = "") -> str:
        """Merge the branch ``head`` into ``base`` as a forge does; see ``merge_pull_request``."""
        return merge_pull_request(self.path, head, base, kind, message)

    def copy(self, path: Path) -> RepositoryBuilder:
        """Copy the repository with its worktree to ``path``."""
        shutil.copytree(self.path, path, symlinks=True)
        return RepositoryBuilder(path)

    def clone(self, path: Path, *options: str) -> RepositoryBuilder:
        """Clone the repository to ``path``; ``options`` are those of ``git clone``, such as ``--bare``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        git(path.parent, "clone", "-q", *options, str(self.path.resolve()), str(path.resolve()))
        return RepositoryBuilder(path)

    def check(self) -> None:
        """Fail the test if ``git fsck`` finds an error in the repository."""
        check_sound(self.path)
