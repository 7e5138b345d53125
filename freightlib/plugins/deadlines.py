"""Ends a call of a plugin's code that takes too long, where that can be done without harm.

>>> from freightlib.plugins.deadlines import within
>>> within(5, lambda: "done")
'done'

In the main thread an alarm of the system ends the call (``setitimer``), unless somebody else uses it. In another
thread the call runs in a thread of its own, which is left behind when the time is up. Only code that works on plain
values may be called so (``apart=True``); other code has no deadline there.
"""

from __future__ import annotations

import contextvars
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: The environment variable that sets another deadline, in seconds; 0 means none.
VARIABLE: Final = "FREIGHTLIB_PLUGIN_SECONDS"
#: As long as rendering one stage may take.
SECONDS: Final = 60.0
#: The alarm is repeated, for code that catches everything and goes on.
_AGAIN: Final = 1.0


class TooLongError(Exception):
    """The call did not end in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it took longer than {seconds:g} seconds")


class _Alarm(BaseException):
    """Raised in the midst of the call. Not an Exception, so that retries in the plugin do not catch it."""


def deadline() -> float:
    """How many seconds one call of a plugin may take; 0 means that it may take as long as it likes."""
    try:
        return max(0.0, float(os.environ.get(VARIABLE, SECONDS)))
    except ValueError:
        return SECONDS


def within(seconds: float, function: Callable[..., T], *arguments: Any, apart: bool = False) -> T:
    """What ``function`` returns. Raises TooLongError, and what it raises.

    ``apart``: the function works on plain values only, so it may be left behind in a thread of its own.
    """
    if not seconds:
        return function(*arguments)
    if threading.current_thread() is threading.main_thread():
        return _alarmed(seconds, function, arguments) if _is_free() else function(*arguments)
    return _apart(seconds, function, arguments) if apart else function(*arguments)


def _is_free() -> bool:
    """Whether nobody uses the alarm: a caller's own deadline, or ours further out."""
    return signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _alarmed(seconds: float, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    running = True

    def ring(_number: int, _frame: FrameType | None) -> None:
        if running:
            raise _Alarm

    signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        try:
            return function(*arguments)
        finally:
            running = False
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _Alarm:
        raise TooLongError(seconds) from None
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _apart(seconds: float, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    answers: list[T] = []
    failures: list[BaseException] = []

    context = contextvars.copy_context()  # what the caller set, such as the id of a request, holds there too

    def run() -> None:
        try:
            answers.append(context.run(function, *arguments))
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
            failures.append(error)

    thread = threading.Thread(target=run, name="freight-plugin", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not answers:
        raise TooLongError(seconds)
    return answers[0]
