"""Repeats a write, with refreshed refs, when another writer moved a ref first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from freightlib.errors import RefConflictError
from freightlib.git.contract import Repository
from freightlib.git.waiting import pauses
from freightlib.models.log import LOG

T = TypeVar("T")
#: How often a verb tries when other writers keep moving the branch first.
ATTEMPTS: Final = 100
_GROWING: Final = 10  # tries with growing pauses; then pauses are short, so that the longest waiting writer is first


def retried(repository: Repository, attempt: Callable[[], T]) -> T:
    """Call ``attempt``, again after ``repository.refresh()`` each time another writer was first, and return its result.

    After ``ATTEMPTS`` tries, raises the last RefConflictError.
    """
    growing, short = pauses(0.02, 1.0), pauses(0.05, 0.05)
    for turn in range(ATTEMPTS):
        try:
            return attempt()
        except RefConflictError as error:
            if turn == ATTEMPTS - 1:
                raise
            LOG.info("%s: another writer was first (try %d): %s", repository.location, turn + 1, error.message)
            time.sleep(next(growing if turn < _GROWING else short))
            repository.refresh()
    raise AssertionError("unreachable")
