"""The two kinds of rollback, and whether a stage was rolled back."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from freightlib.models import (
    ROLLBACK_CURRENT_POLICY,
    ROLLBACK_EXACT,
    Freight,
    RenderLock,
)


class RollbackKind(StrEnum):
    """What is put back: the very bytes of then, or that release with the policy of today."""

    EXACT = ROLLBACK_EXACT
    CURRENT_POLICY = ROLLBACK_CURRENT_POLICY


BOTH: Final = (
    "--exact puts the very bytes back that were deployed then, policy of then included; "
    "--with-current-policy renders that release with the policy of today"
)


def held_back(lock: RenderLock | None, available: Freight, left: Freight | None) -> bool:
    """Whether a stage must be left alone by what promotes by itself, because it was rolled back.

    ``lock`` is what it holds (or what its open proposal does), ``available`` the release that it could take, ``left``
    the record of the release that it was rolled back from (``lock.rollback.left``; ``None``: it is not in the
    warehouse). It may move again once a release is there that was made after the one that was left.
    """
    if lock is None or lock.rollback is None:
        return False
    if left is None or available.tag in (lock.rollback.left, lock.freight.tag):
        return True
    return available.created_at <= left.created_at
