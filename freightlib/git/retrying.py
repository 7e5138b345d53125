"""Runs a write again, with a fresh look at the refs, while other writers are first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from freightlib.errors import RefConflictError
from freightlib.git.contract import Repository
from freightlib.git.waiting import pauses
from freightlib.models.log import LOG

T = TypeVar("T")
#: How often a verb grafts again when somebody else moved the branch first.
ATTEMPTS: Final = 100
_PATIENT: Final = 10  # turns with growing pauses; then short ones, so that who has waited longest comes first


def retried(repository: Repository, attempt: Callable[[], T]) -> T:
    """Run ``attempt`` again, with a fresh look at the refs, each time another writer was first; not without end."""
    growing, short = pauses(0.02, 1.0), pauses(0.05, 0.05)
    for turn in range(ATTEMPTS):
        try:
            return attempt()
        except RefConflictError as error:
            if turn == ATTEMPTS - 1:
                raise
            LOG.info("%s: another writer was first (try %d): %s", repository.location, turn + 1, error.message)
            time.sleep(next(growing if turn < _PATIENT else short))
            repository.refresh()
    raise AssertionError("unreachable")
