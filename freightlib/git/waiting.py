"""Waits with growing pauses and jitter until something has changed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator


def pauses(first: float, longest: float) -> Iterator[float]:
    """Yield pauses (seconds) that grow from ``first`` to ``longest``, without end.

    Jitter keeps equal processes from colliding again and again.
    """
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 (no secret depends on it)
        pause = min(pause * 2, longest)


def wait_until(attempt: Callable[[], bool], seconds: float, *, first: float = 0.005, longest: float = 0.1) -> bool:
    """Call ``attempt`` until it returns true; return false if that does not happen within ``seconds``."""
    deadline = time.monotonic() + seconds
    waits = pauses(first, longest)
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(next(waits))
    return True
