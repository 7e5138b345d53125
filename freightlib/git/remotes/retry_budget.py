"""Limits how long an operation on a remote is repeated when it fails for a temporary reason.

An operation is one fetch, one listing of refs, or one push together with reading its result. Tries begin within the
budget (``FREIGHTLIB_NETWORK_BUDGET``, in seconds, default 30; 0 for one try only), with growing pauses and jitter
between them. All tries of an operation together end within ``program.TIMEOUT``.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from typing import Final

from attrs import field, mutable

from freightlib.errors import UsageError
from freightlib.git.program import TIMEOUT
from freightlib.git.remotes.failures import is_busy, is_passing
from freightlib.git.waiting import pauses
from freightlib.models.log import LOG

#: The environment variable with the budget, in seconds.
BUDGET: Final = "FREIGHTLIB_NETWORK_BUDGET"
_DEFAULT: Final = 30.0
_BUSY_TRIES: Final = 5  # a ref's lock is short, so a longer one is reported as an error
_LONGEST: Final = 5.0  # seconds between two tries


def budget() -> float:
    """Return the budget: the seconds in which tries may begin. Raises UsageError for an invalid setting."""
    text = os.environ.get(BUDGET, "").strip()
    try:
        seconds = float(text) if text else _DEFAULT
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise UsageError(
            f"{BUDGET}={text[:40]!r} is not a number of seconds", hint="set it to 30, or 0 for one try only"
        )
    return seconds


@mutable
class Tries:
    """The tries of one operation: ``count`` so far, and whether to try once more."""

    budget: float = field(factory=budget)
    started: float = field(factory=time.monotonic, init=False)
    count: int = field(default=1, init=False)
    _busy: Iterator[float] = field(factory=lambda: pauses(0.1, _LONGEST), init=False)
    _passing: Iterator[float] = field(factory=lambda: pauses(0.25, _LONGEST), init=False)

    @property
    def left(self) -> float:
        """The seconds until the whole operation must end, at least one."""
        return max(self.started + TIMEOUT - time.monotonic(), 1.0)

    def again(self, said: str) -> bool:
        """Return whether to try again after git failed with the message ``said``. If so, pause before returning."""
        busy = is_busy(said) and self.count < _BUSY_TRIES
        if not busy and not is_passing(said):
            return False
        pause = next(self._busy if busy else self._passing)
        if not busy and time.monotonic() + pause > self.started + self.budget:
            return False
        LOG.info("trying again in %.1f s: %s", pause, said.strip().partition("\n")[0])
        time.sleep(pause)
        self.count += 1
        return True
