"""Carries out what was decided for several stages: all branches move together, then forges and listeners are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from freightlib.git.contract import Repository
from freightlib.git.retrying import retried
from freightlib.plugins.repositories import signing
from freightlib.promotion.proposal import Request
from freightlib.promotion.pull_requests import with_pull_request
from freightlib.promotion.result import Promotion
from freightlib.promotion.subject import Subject
from freightlib.promotion.telling import told

#: What was made of each stage, and the tips of branches by which it was decided.
Made: TypeAlias = tuple[Sequence[tuple[Subject, Promotion]], Mapping[str, str | None]]


def run(
    repository: Repository, attempt: Callable[[], Made], request: Request, sign: bool | None
) -> tuple[Promotion, ...]:
    """The promotions that ``attempt`` makes, tried again while others move the same branches.

    ``attempt`` writes and moves refs unless it is a dry run. Forges and listeners are told afterwards, once: what they
    raise must not promote again.
    """
    with signing(repository, sign):
        made, before = retried(repository, attempt)
    if request.dry_run:
        return tuple(promotion for _, promotion in made)
    return tuple(told(with_pull_request(repository, *one, request), before) for one in made)
