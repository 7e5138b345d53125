"""Runs a write again, with a fresh look at the refs, while other writers are first."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from freightlib.errors import RefConflictError
from freightlib.git.contract import Repository
from freightlib.models.log import LOG

T = TypeVar("T")
#: How often a verb grafts again when somebody else moved the branch first.
ATTEMPTS: Final = 100
_PATIENT: Final = 10  # turns with growing pauses; then short ones, so that who has waited longest comes first


def retried(repository: Repository, attempt: Callable[[], T]) -> T:
    """Run ``attempt`` again, with a fresh look at the refs, each time another writer was first; not without end."""
    for turn in range(ATTEMPTS):
        try:
            return attempt()
        except RefConflictError as error:
            if turn == ATTEMPTS - 1:
                raise
            LOG.info("%s: another writer was first (try %d): %s", repository.location, turn + 1, error.message)
            # jitter keeps equal writers from colliding again and again
            longest = min(0.02 * 2**turn, 1.0) if turn < _PATIENT else 0.05
            time.sleep(random.uniform(0, longest))  # noqa: S311 (no secret depends on it)
            repository.refresh()
    raise AssertionError("unreachable")
