"""A forge: where pull requests of reviewed stages are."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import field, frozen

from freightlib.models import ForgeSpec


@frozen
class Approval:
    """Somebody's approval that still stands: ``by`` whom, of which ``commit`` (``None``: the forge does not say)."""

    by: str
    commit: str | None


@frozen
class PullRequest:
    """A pull request as the forge has it. ``head`` and ``base`` are branches, ``head_commit`` what is proposed;
    ``state`` is ``open``, ``closed`` or ``merged``. ``Forge.reviewed`` alone fills in the ``approvals`` that stand, and
    ``objections``: who asked for changes and has not taken that back.
    """

    number: int
    url: str
    head: str
    base: str
    head_commit: str
    state: str
    title: str
    body: str = field(repr=False)
    approvals: tuple[Approval, ...] = ()
    objections: tuple[str, ...] = ()


@frozen
class PullRequestText:
    """A pull request as it should be: branches by name, and what it says (``body`` is Markdown)."""

    head: str
    base: str
    title: str
    body: str = field(repr=False)


@runtime_checkable
class Forge(Protocol):
    """Where pull requests are: GitHub, GitLab, Forgejo. ``reviews``: it knows who approved which commit.

    ``place`` says which repository on which server. Credentials come from the environment and appear nowhere. Only
    what may be asked twice is retried, and not without end. Everything raises ForgeError, and ProjectError when
    ``place`` lacks what the forge needs.
    """

    name: str
    reviews: bool

    def find(self, place: ForgeSpec, head: str, base: str, /) -> PullRequest | None:
        """The open pull request from ``head`` into ``base``, else the newest closed or merged one, or ``None``."""
        ...

    def open(self, place: ForgeSpec, wanted: PullRequestText, /) -> PullRequest | None:
        """Open it; the open one of these branches when there is one already. ``None``: people open it themselves."""
        ...

    def update(self, place: ForgeSpec, number: int, wanted: PullRequestText, /) -> PullRequest:
        """Give an open pull request another title and body."""
        ...

    def close(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """Close it without merging; one that is closed or merged stays as it is."""
        ...

    def reviewed(self, place: ForgeSpec, number: int, /) -> PullRequest:
        """The pull request with its reviews."""
        ...

    def merge(self, place: ForgeSpec, number: int, head_commit: str, /) -> None:
        """Merge it if its head is still ``head_commit``. Raises ForgeError (``moved`` when it is not)."""
        ...
