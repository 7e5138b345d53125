"""Opens and makes repositories with whichever git backend fits.

>>> import tempfile
>>> from freightlib.plugins.repositories import init_repository, open_repository
>>> folder = tempfile.mkdtemp()
>>> made = init_repository(folder, bare=True)
>>> open_repository(folder).head
'refs/heads/main'
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from freightlib.errors import SigningError
from freightlib.git.contract import GitBackend, Identity, Repository, Signing
from freightlib.plugins.registry import registry

#: The environment variable that names the git backend where the caller names none.
BACKEND: Final = "FREIGHTLIB_GIT_BACKEND"


def open_repository(
    location: str | Path | Repository,
    *,
    backend: str | None = None,
    push: bool = False,
    objects_only: Sequence[str] = (),
) -> Repository:
    """The repository at a path (also inside its work tree) or an address (a URL, or ``git@host:path``).

    ``backend`` names the git backend; by default it is the one that the environment variable
    ``FREIGHTLIB_GIT_BACKEND`` names, else the first that accepts the location. ``push`` and ``objects_only`` are
    those of ``GitBackend.open``. An open repository is handed back as it is.

    Raises GitError when there is no repository, UnsupportedRepositoryError when no installed backend can open it,
    PluginError for an unknown backend.
    """
    if not isinstance(location, (str, Path)):
        return location
    text = str(location)
    return _backend(text, backend).open(text, push=push, objects_only=tuple(objects_only))


def committer(repository: Repository, author: Identity | None = None, now: datetime | None = None) -> Identity:
    """Return ``author``, or else who commits as git is configured here, at ``now`` (default: the clock's), in whole
    seconds. Raises GitError when git knows nobody.
    """
    return author or Identity(*repository.identity(), (now or datetime.now(UTC)).replace(microsecond=0))


def signing(repository: Repository, sign: bool | None) -> AbstractContextManager[None]:
    """Within the context, the repository signs each commit it writes (true), none (false), or as git is configured to
    (``None``). Raises SigningError when its git backend cannot sign.
    """
    if isinstance(repository, Signing):
        return repository.signing(sign)
    if sign:
        raise SigningError(
            f"the git backend of {repository.location} cannot sign commits",
            hint="open it with another one: --backend libgit2 or --backend git",
            reason="the git backend cannot sign",
        )
    return nullcontext()


def init_repository(
    path: str | Path, *, bare: bool = False, branch: str = "main", backend: str | None = None
) -> Repository:
    """Make a repository whose HEAD names ``branch``. Raises GitError, UnsafePathError (the name)."""
    backend = backend or os.environ.get(BACKEND)
    chosen = registry().backend(backend) if backend else registry().built_in_backends()[0]
    return chosen.init(str(path), bare=bare, branch=branch)


def _backend(location: str, name: str | None) -> GitBackend:
    chosen = name or os.environ.get(BACKEND)
    if chosen:
        return registry().backend(chosen)
    built_in = registry().built_in_backends()
    found = next((backend for backend in built_in if backend.accepts(location)), None)
    if found is None:  # plugins are asked only now, so that one more of them changes nothing
        found = next((backend for backend in registry().backends().values() if backend.accepts(location)), None)
    return found or built_in[0]  # which says why it cannot open it
