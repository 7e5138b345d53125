"""The forge ``none``: freightlib makes proposal branches, and people open and approve pull requests themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from freightlib.errors import ForgeError
from freightlib.models import ForgeSpec
from freightlib.plugins.contracts import Forge, PullRequest, PullRequestText
from freightlib.plugins.hooks import hookimpl


class NoForge:
    """A forge without pull requests: see ``contracts.Forge``."""

    name = "none"
    reviews = False

    def find(self, place: ForgeSpec, head: str, base: str, /) -> PullRequest | None:  # noqa: ARG002
        """Return ``None``: there are no pull requests."""
        return None

    def open(self, place: ForgeSpec, wanted: PullRequestText, /) -> PullRequest | None:  # noqa: ARG002
        """Return ``None``: people open pull requests themselves."""
        return None

    def update(self, place: ForgeSpec, number: int, wanted: PullRequestText, /) -> PullRequest:  # noqa: ARG002
        """Raise ForgeError: there are no pull requests."""
        _nothing(number)

    def close(self, place: ForgeSpec, number: int, /) -> PullRequest:  # noqa: ARG002
        """Raise ForgeError: there are no pull requests."""
        _nothing(number)

    def reviewed(self, place: ForgeSpec, number: int, /) -> PullRequest:  # noqa: ARG002
        """Raise ForgeError: there are no pull requests."""
        _nothing(number)

    def merge(self, place: ForgeSpec, number: int, head_commit: str, /) -> None:  # noqa: ARG002
        """Raise ForgeError: there are no pull requests."""
        _nothing(number)


def _nothing(number: int) -> NoReturn:
    raise ForgeError(
        f"the forge none has no pull request {number}",
        hint="name the forge in freightlib.yaml: forge: {name: github, repository: owner/name}",
        forge="none",
        reason="missing",
        status=None,
    )


@hookimpl
def freightlib_forges() -> Iterable[Forge]:
    """Offer the built-in forge."""
    return [NoForge()]
