"""Writes commits through an open repository and its git backend. The git program is not needed.

>>> import tempfile
>>> from freightlib.plugins.repositories import init_repository
>>> from freightlib.testing.commits import MAIN, commit_to
>>> repository = init_repository(tempfile.mkdtemp(), bare=True)
>>> made = commit_to(repository, {"web.yaml": b"kind: Service"})
>>> repository.ref(MAIN) == made
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from freightlib.git.contract import Identity, RefUpdate, Repository
from freightlib.git.grafting import build, graft
from freightlib.git.trees import Entry, Mode

MAIN: Final = "refs/heads/main"
ME: Final = Identity("Ada", "ada@example.com", datetime(2026, 3, 22, 12, 34, 56, tzinfo=UTC))
#: A file of a commit: its contents, the target of a symbolic link (text), or a mode with the contents.
File: TypeAlias = bytes | str | tuple[int, bytes]
Files: TypeAlias = Mapping[str, File]


def write_tree(repository: Repository, files: Files, *, mode: int = Mode.FILE) -> str:
    """Store a tree of ``files`` (path -> file) and return its id. ``mode`` is the mode of files given as bytes."""
    return build(repository, ((path, _entry(repository, file, mode)) for path, file in files.items()))


def write_commit(repository: Repository, files: Files, parents: Iterable[str] = (), message: str = "A change\n") -> str:
    """Store a commit of exactly these files and return its id. No ref moves."""
    return repository.write_commit(write_tree(repository, files), tuple(parents), message, ME)


def commit_to(repository: Repository, files: Files, ref: str = MAIN, message: str = "A change\n") -> str:
    """Commit exactly these files on top of ``ref``, move it, and return the commit's id."""
    old = repository.ref(ref)
    new = write_commit(repository, files, [old] if old else [], message)
    repository.move_refs([RefUpdate(ref, old, new)], reason=message.strip())
    return new


def commit_changes(
    repository: Repository,
    changes: Files,
    ref: str = MAIN,
    message: str = "A change\n",
    *,
    author: Identity = ME,
    onto: str | None = None,
) -> str:
    """Commit ``changes`` to the files of ``ref``, move the ref, and return the commit's id.

    A new ref begins at the commit ``onto``, or empty.
    """
    old = repository.ref(ref)
    parent = old or onto
    tree = repository.read_commit(parent).tree if parent else None
    for path, file in sorted(changes.items()):
        tree = graft(repository, tree, path, _entry(repository, file, Mode.FILE))
    tree = tree or repository.write_tree(())
    new = repository.write_commit(tree, (parent,) if parent else (), message, author)
    repository.move_refs([RefUpdate(ref, old, new)], reason=message.strip())
    return new


def _entry(repository: Repository, file: File, mode: int) -> Entry:
    if isinstance(file, str):
        mode, file = Mode.SYMLINK, file.encode()
    elif isinstance(file, tuple):
        mode, file = file
    return Entry("", mode, repository.write_blob(file))
