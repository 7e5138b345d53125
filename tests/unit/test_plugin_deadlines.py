"""A plugin that hangs ends at its deadline, in the main thread and in others, and nothing else is disturbed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from freightlib.errors import PluginError
from freightlib.plugins.deadlines import SECONDS, VARIABLE, TooLongError, deadline, within
from freightlib.plugins.hooks import hookimpl
from freightlib.plugins.registry import Plugin, registry

Call = Callable[..., Any]


def hangs(*_: object) -> None:
    while True:
        time.sleep(0.01)


def stubborn() -> None:
    """Catches whatever comes, once: as a retry without an end would."""
    try:
        hangs()
    except BaseException:
        hangs()


def elsewhere(function: Callable[[], Any]) -> Any:
    """What the function returns, or raises, in another thread."""
    got: list[Any] = []

    def run() -> None:
        try:
            got.append(function())
        except Exception as error:
            got.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    return got[0]


@pytest.mark.parametrize("call", [hangs, stubborn])
def test_in_the_main_thread_an_alarm_ends_it(call: Callable[[], None]) -> None:
    with pytest.raises(TooLongError, match=r"longer than 0.1 seconds"):
        within(0.1, call)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_another_thread_what_takes_values_is_left_behind() -> None:
    found = elsewhere(lambda: within(0.1, time.sleep, 1, apart=True))
    assert isinstance(found, TooLongError)
    assert elsewhere(lambda: within(5, len, "abc", apart=True)) == 3
    assert isinstance(elsewhere(lambda: within(5, int, "x", apart=True)), ValueError)


def test_what_the_caller_set_holds_there_too() -> None:
    request: ContextVar[str] = ContextVar("request")

    def found() -> str:
        request.set("7")
        return within(5, request.get, apart=True)

    assert elsewhere(found) == "7"


def test_in_another_thread_the_rest_has_none() -> None:
    assert elsewhere(lambda: within(0.05, lambda: time.sleep(0.2) or "done")) == "done"


def test_an_alarm_of_the_callers_stays() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        assert within(0.05, lambda: time.sleep(0.2) or "done") == "done"
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == [1]


def test_a_call_within_a_call_has_the_outer_deadline() -> None:
    with pytest.raises(TooLongError, match=r"0.2"):
        within(0.2, lambda: within(5, hangs))


def test_what_it_raises_and_returns_passes() -> None:
    assert within(5, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        within(5, divmod, 7, 0)


@pytest.mark.parametrize(("text", "seconds"), [("2.5", 2.5), ("0", 0), ("-1", 0), ("soon", SECONDS), ("", SECONDS)])
def test_the_environment_sets_it(text: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert deadline() == seconds


@pytest.mark.parametrize("apart", [False, True], ids=["main thread", "another thread"])
def test_a_check_that_hangs_is_named(apart: bool, freight_app: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.2")
    plugin = type("Plugin", (), {"freightlib_check_rendering": hookimpl(lambda self, request: hangs())})()
    app = freight_app()
    registry().add(plugin, Plugin("acme", "freightlib-acme", "1.2"))
    try:
        with pytest.raises(PluginError, match="freightlib_check_rendering of freightlib-acme failed: it took longer"):
            raise elsewhere(app.promote) if apart else _raised(app.promote)
    finally:
        registry().remove("acme")
    assert app.promote()[0].outcome == "promoted"


def _raised(call: Call) -> Exception:
    with pytest.raises(PluginError) as caught:
        call()
    return caught.value
