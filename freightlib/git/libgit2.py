"""Reads packed objects, refs and configuration through libgit2. Other modules do not open repositories with pygit2.

pygit2 is imported only when a repository is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from freightlib.errors import GitError, UnsupportedRepositoryError
from freightlib.git.directories import Layout
from freightlib.git.objects.loose import ObjectReader, damaged, object_directories
from freightlib.git.settings import environment_setting

if TYPE_CHECKING:
    from freightlib.git.contract import RefUpdate
    from freightlib.git.objects.staging import Staging
    from freightlib.git.refs.transaction import RefTransaction
    from freightlib.git.worktrees.clean import WorkTree


class Libgit2Storage:
    """The Storage of one repository on the disk, through libgit2.

    The constructor raises UnsupportedRepositoryError, GitError.
    """

    algorithm = "sha1"

    def __init__(self, layout: Layout) -> None:
        import pygit2

        refuse_unsupported(layout)
        self.layout = layout
        self._pygit2 = pygit2
        try:
            self._repository = pygit2.Repository(str(layout.own))
        except (pygit2.GitError, KeyError, ValueError) as error:
            raise _opening_failed(layout, error) from error
        self.objects = object_reader(layout.objects)

    @property
    def workdir(self) -> Path | None:
        """The main or linked worktree of this repository, or ``None`` if it is bare."""
        found = self._repository.workdir
        return Path(found) if found else None

    @property
    def main_workdir(self) -> Path | None:
        """The main worktree, also if this is a linked one, or ``None`` if the repository is bare."""
        if self.layout.own == self.layout.common:
            return self.workdir
        try:
            found = self._pygit2.Repository(str(self.layout.common)).workdir
        except self._pygit2.GitError:
            return None
        return Path(found) if found else None

    def head(self, git: Path) -> str | None:
        """See ``storage.Storage``."""
        from freightlib.git.worktrees.clean import head_branch

        return head_branch(git)

    def ref(self, name: str) -> str | None:
        """Return the id stored for a full ref, or ``None``. Symbolic refs are followed."""
        try:
            found = self._repository.references.get(name)
            return None if found is None else str(found.resolve().target)
        except (KeyError, ValueError):  # not a ref, not a valid name, or a symbolic ref to nothing
            return None
        except self._pygit2.GitError as error:
            raise GitError(f"the ref {name} cannot be read: {error}", hint="run git fsck", ref=name) from error

    def symbolic(self, names: Sequence[str]) -> set[str]:
        """Return the symbolic refs among ``names``."""
        return {name for name in names if self._is_symbolic(name)}

    def _is_symbolic(self, name: str) -> bool:
        try:
            found = self._repository.references.get(name)
        except (ValueError, self._pygit2.GitError):
            return False
        return found is not None and isinstance(found.raw_target, bytes)

    def staging(self) -> Staging:
        """Return a staging area that packs in Python: git is slower, and libgit2 writes less safely."""
        from freightlib.git.objects.staging import Staging

        return Staging(self.layout.objects, self.objects.has)

    @contextmanager
    def moving(
        self, updates: Sequence[RefUpdate], followers: Sequence[WorkTree], who: tuple[str, str], reason: str
    ) -> Iterator[RefTransaction]:
        """See ``storage.Storage``."""
        from freightlib.git.refs.reflog import append_reflogs
        from freightlib.git.refs.transaction import RefTransaction

        with RefTransaction(self.layout.common, updates, self.ref, self.refs) as transaction:
            yield transaction
            append_reflogs(self, updates, followers, who, reason)

    def refs(self, prefix: str) -> list[str]:
        """Return the full names of all refs that begin with ``prefix``, sorted."""
        return sorted(name for name in self._repository.references if name.startswith(prefix))

    def config(self, key: str) -> str | None:
        """Return a setting: from the environment, else from the repository's, the user's or the system's file."""
        given = environment_setting(key)
        if given is not None:
            return given
        for config in self._configs():
            try:
                return str(config[key])
            except KeyError:
                continue
        return None

    def _configs(self) -> Sequence[Any]:
        # libgit2 ignores GIT_CONFIG_GLOBAL, with which tests and CI replace a user's configuration
        given = os.environ.get("GIT_CONFIG_GLOBAL")
        if given is None:
            return [self._repository.config]
        files = [self.layout.common / "config", Path(given)]
        return [self._pygit2.Config(str(file)) for file in files if file.is_file()]


_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}


def object_reader(objects: Path) -> ObjectReader:
    """Return a reader of the object directory and its alternates. libgit2 reads only the packs of them."""
    import pygit2

    directories = object_directories(objects)
    odb: Any = pygit2.Odb()
    for directory in directories:
        odb.add_backend(pygit2.OdbBackendPack(str(directory)), 1)

    def read(name: str) -> tuple[str, bytes] | None:
        try:
            kind, data = odb.read(name)
        except KeyError:
            return None
        except (pygit2.GitError, ValueError, OSError) as error:
            raise damaged(name, str(error)) from error
        return _KINDS[int(kind)], data

    # a pack backend returns objects without verifying their hash; libgit2's Odb above it verifies them, which is slow
    packs: Any = [pygit2.OdbBackendPack(str(directory)) for directory in directories]

    def skim(name: str) -> tuple[str, bytes] | None:
        for pack in packs:
            try:
                kind, data = pack.read(name)
            except (KeyError, pygit2.GitError, ValueError, OSError):
                continue  # not in this pack, or not readable: ``read`` reports which
            return _KINDS[int(kind)], data
        return None

    return ObjectReader(directories, read, lambda name: bool(odb.exists(name)), skim)


def refuse_unsupported(layout: Layout) -> None:
    """Raise UnsupportedRepositoryError for a repository that libgit2 cannot open, with the reason."""
    reason = unsupported(layout)
    if reason is not None:
        raise UnsupportedRepositoryError(
            f"{str(layout.common)!r} {reason}, which the libgit2 backend cannot open",
            hint="install the backend that uses the git program (pip install freightlib-gitcli), named git",
            repository=str(layout.common),
            backend="git",
        )


def unsupported(layout: Layout) -> str | None:
    """Return the feature of the repository that libgit2 (1.9) does not support, or ``None``."""
    settings = _settings(layout.common / "config")
    object_format = settings.get("extensions.objectformat", "sha1")
    if object_format.lower() != "sha1":
        return f"has {object_format.upper()} object ids"
    ref_storage = settings.get("extensions.refstorage", "files")
    if ref_storage.lower() != "files":
        return f"stores its refs as {ref_storage}"
    # older versions of git set the extension, newer ones only mark the remote
    if "extensions.partialclone" in settings or any(_promises(name, value) for name, value in settings.items()):
        return "is a partial clone"
    return None


def _promises(name: str, value: str) -> bool:
    return name.startswith("remote.") and name.endswith(".promisor") and value.lower() in ("true", "yes", "on", "1", "")


def _settings(config: Path) -> Mapping[str, str]:
    import pygit2

    try:
        listed = pygit2.Config(str(config))
        return {entry.name: str(entry.value) for entry in listed}
    except (OSError, KeyError):  # no configuration file, which git accepts
        return {}
    except (pygit2.GitError, ValueError) as error:
        raise GitError(f"{str(config)!r} cannot be read: {error}", hint="repair it: git config --list") from error


def _opening_failed(layout: Layout, error: Exception) -> GitError:
    where = str(layout.common)
    text = str(error)
    if "owned by" in text:
        return GitError(
            f"{where!r} belongs to another user",
            hint=f"git config --global --add safe.directory {where}",
            repository=where,
        )
    if "extension" in text or "version" in text:
        return UnsupportedRepositoryError(
            f"{where!r} cannot be opened by the libgit2 backend: {text}",
            hint="install the backend that uses the git program (pip install freightlib-gitcli), named git",
            repository=where,
        )
    return GitError(f"{where!r} cannot be opened: {text}", hint="run git status there", repository=where)
