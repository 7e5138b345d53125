"""Progress of one call, reported to a callback of the caller.

>>> from freightlib.models.progress import following, report
>>> with following(lambda event: print(event.step, event.done, event.total, event.subject)):
...     report("render", 1, 4, "staging")
render 1 4 staging
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from attrs import frozen


@frozen
class Progress:
    """One event: ``done`` of ``total`` parts of a ``step`` are finished; ``subject`` is the part (a stage, an app, an
    address).

    The steps are ``fetch``, ``verify``, ``history``, ``audit``, ``render``, ``promote`` and ``move`` (of refs). A step
    begins with an event whose ``done`` is 0. It may begin again, because a call starts over when another writer was
    first.
    """

    step: str
    done: int
    total: int
    subject: str = ""


_CALLBACK: Final[ContextVar[Callable[[Progress], object] | None]] = ContextVar("freightlib_progress", default=None)


@contextmanager
def following(callback: Callable[[Progress], object] | None) -> Iterator[None]:
    """Call ``callback`` with each event that this thread reports while the block runs.

    An exception in the callback ends the call, except after refs have moved: then it is only logged.
    """
    token = _CALLBACK.set(callback)
    try:
        yield
    finally:
        _CALLBACK.reset(token)


def report(step: str, done: int, total: int, subject: str = "") -> None:
    """Report an event to the callback of this thread, if there is one."""
    callback = _CALLBACK.get()
    if callback is not None:
        callback(Progress(step, done, total, subject))
