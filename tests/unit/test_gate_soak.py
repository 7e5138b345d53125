"""The gate ``soak`` and spans of time: what passes stays passed, and ``until`` is the very moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.documents.durations import DURATION, parse_duration, show_duration, write_duration
from freightlib.errors import ProjectError
from freightlib.plugins.contracts import GateRequest, GateResult, Upstream
from freightlib.promotion.gates.soak import Soak

NOW = datetime(2026, 3, 23, 10, 0, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(), timedelta(days=3660)).map(lambda span: timedelta(seconds=int(span.total_seconds())))


def ask(span: timedelta, *held: timedelta, now: datetime = NOW) -> GateResult:
    upstream = tuple(Upstream(f"s{at}", "git-1", since=lambda s=each: NOW - s) for at, each in enumerate(held))
    options = Soak().effective_options({"time": write_duration(span)})
    request = GateRequest(None, None, None, None, None, upstream, None, now, options)  # type: ignore[arg-type]
    return Soak().evaluate(request)


@given(SPANS, st.lists(SPANS, min_size=1, max_size=3))
def test_the_youngest_upstream_decides(span: timedelta, held: list[timedelta]) -> None:
    result = ask(span, *held)
    assert result.passed == (min(held) >= span)
    if not result.passed:
        assert result.until == NOW - min(held) + span
        assert ask(span, *held, now=result.until).passed
        assert not ask(span, *held, now=result.until - timedelta(seconds=1)).passed


@given(SPANS, SPANS)
def test_an_upstream_from_the_future_has_not_soaked(span: timedelta, ahead: timedelta) -> None:
    result = ask(span + timedelta(seconds=1), -ahead)
    assert not result.passed
    assert "for 0s of" in result.message or not ahead


def test_a_time_beyond_the_calendar_blocks_without_an_end() -> None:
    result = ask(timedelta(days=3660), NOW - datetime(9999, 1, 1, tzinfo=UTC))
    assert (result.passed, result.until) == (False, None)


def test_an_upstream_that_does_not_hold_it_has_no_time() -> None:
    lacking = Upstream("s", "git-2", "it holds another", since=lambda: NOW)
    assert lacking.since is None


@given(SPANS)
def test_a_span_reads_back(span: timedelta) -> None:
    assert parse_duration(write_duration(span)) == span


@given(SPANS)
def test_what_is_shown_is_short_and_never_too_much(span: timedelta) -> None:
    shown = parse_duration(show_duration(span).replace(" ", ""))
    assert shown is not None
    assert shown <= span
    assert len(show_duration(span).split()) <= 2


@pytest.mark.parametrize("text", ["", "h", "24", "1.5h", "1h 30m", "-1h", "1y", "1H", "9999999w", "1m1h", "٣h", "1h\n"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert parse_duration(text) is None
    with pytest.raises(ProjectError, match="time is"):
        Soak().effective_options({"time": text})


def test_the_schemas_pattern_takes_what_is_read() -> None:
    import re

    for text in ("0", "0s", "24h", "1w2d3h4m5s", "90m"):
        assert re.fullmatch(DURATION, text)
        assert parse_duration(text) is not None
