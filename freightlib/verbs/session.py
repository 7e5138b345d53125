"""Keeps what all calls on one GitOps repository share: the open repository, and the arguments of several verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from attrs import evolve, field, frozen, mutable

from freightlib.errors import UsageError
from freightlib.git.contract import Identity, Published, Repository
from freightlib.models.progress import Progress, following
from freightlib.plugins.contracts import Limits
from freightlib.plugins.repositories import open_repository


class Where(TypedDict):
    """The keywords of verbs that read."""

    app: str | None
    branch: str | None
    backend: str | None


class When(Where):
    """The keywords of verbs that ask for the time."""

    now: datetime | None


class Writing(When):
    """The keywords of verbs that commit."""

    author: Identity | None
    sign: bool | None
    dry_run: bool


class Rendering(Where):
    """The keywords of verbs that render."""

    limits: Limits | None


class Promoting(Writing):
    """The keywords of verbs that render and commit."""

    limits: Limits | None


class Settings(TypedDict, total=False):
    """The settings of a ``GitOps``: what ``with_`` changes."""

    app: str | None
    branch: str | None
    backend: str | None
    push: bool
    author: Identity | None
    sign: bool | None
    limits: Limits | None
    clock: Callable[[], datetime] | None
    progress: Callable[[Progress], object] | None
    dry_run: bool


@mutable
class Used:
    """Says whether the repository was used since it was opened; if so, the next call refreshes it first."""

    already: bool = False


def opened(location: str | Path | Repository, backend: str | None, *, push: bool) -> Repository:
    """Open a repository. Raises GitError, UsageError if it is already open without ``push`` and ``push`` is set."""
    repository = open_repository(location, backend=backend, push=push)
    if push and not (isinstance(repository, Published) and repository.publishes):
        raise UsageError(
            f"the repository {repository.location} was opened without push",
            hint="give its path instead, or open it with: open_repository(path, push=True)",
        )
    return repository


@frozen
class Session:
    """An open repository with the arguments that verbs share."""

    location: str | Path | Repository = field(repr=str)
    repository: Repository = field(repr=False)
    app: str | None = None
    branch: str | None = None
    backend: str | None = None
    push: bool = False
    author: Identity | None = None
    sign: bool | None = None
    limits: Limits | None = None
    clock: Callable[[], datetime] | None = None
    progress: Callable[[Progress], object] | None = None
    dry_run: bool = False
    _used: Used = field(factory=Used, repr=False, eq=False)

    def where(self) -> Where:
        """Return the keywords of a verb that reads."""
        return {"app": self.app, "branch": self.branch, "backend": self.backend}

    def when(self) -> When:
        """Return the keywords of a verb that asks for the time; the clock is read once. Raises UsageError."""
        now = None if self.clock is None else self.clock()
        if now is not None and now.tzinfo is None:
            raise UsageError("the clock gives a time without a zone", hint="give one: lambda: datetime.now(UTC)")
        return {**self.where(), "now": now}

    def writing(self) -> Writing:
        """Return the keywords of a verb that commits; a clock, if set, also dates the commits."""
        when, author = self.when(), self.author
        if author is not None and when["now"] is not None:
            author = evolve(author, when=when["now"].replace(microsecond=0))
        return {**when, "author": author, "sign": self.sign, "dry_run": self.dry_run}

    def rendering(self) -> Rendering:
        """Return the keywords of a verb that renders."""
        return {**self.where(), "limits": self.limits}

    def promoting(self) -> Promoting:
        """Return the keywords of a verb that renders and commits."""
        return {**self.writing(), "limits": self.limits}

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wrap one call: refresh the repository if it was used before, and report progress while the block runs."""
        with following(self.progress):
            if self._used.already:
                self.repository.refresh()
            self._used.already = True
            yield
