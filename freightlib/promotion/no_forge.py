"""The forge ``none``: proposals are branches, and people open and approve what they want.

>>> from freightlib.promotion.no_forge import NoForge
>>> from freightlib.models import ForgeSpec
>>> NoForge().find(ForgeSpec(), "proposal/shop/production", "stage/production") is None
True
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from freightlib.errors import ForgeError
from freightlib.models import ForgeSpec
from freightlib.plugins.contracts import Forge, PullRequest, PullRequestText
from freightlib.plugins.hooks import hookimpl


class NoForge:
    """See ``contracts.Forge``: it knows of no pull request."""

    name = "none"
    reviews = False

    def find(self, place: ForgeSpec, head: str, base: str, /) -> PullRequest | None:  # noqa: ARG002
        """There is none."""
        return None

    def open(self, place: ForgeSpec, wanted: PullRequestText, /) -> PullRequest | None:  # noqa: ARG002
        """It is left to people."""
        return None

    def update(self, place: ForgeSpec, number: int, wanted: PullRequestText, /) -> PullRequest:  # noqa: ARG002
        """There is none to update."""
        _nothing(number)

    def close(self, place: ForgeSpec, number: int, /) -> PullRequest:  # noqa: ARG002
        """There is none to close."""
        _nothing(number)

    def reviewed(self, place: ForgeSpec, number: int, /) -> PullRequest:  # noqa: ARG002
        """There is none to look at."""
        _nothing(number)

    def merge(self, place: ForgeSpec, number: int, head_commit: str, /) -> None:  # noqa: ARG002
        """There is none to merge."""
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
    """The one built-in forge."""
    return [NoForge()]
