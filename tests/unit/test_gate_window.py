"""The gate ``window`` against a clock that looks at every minute by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freightlib.errors import ProjectError
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.window import DAYS, Window, open_spans

# with and without daylight saving, half an hour off, a day that was left out, a saving of half an hour
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
WINDOWS = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
        "from": CLOCKS | st.just("00:00"),
        "to": CLOCKS | st.just("24:00"),
        "timezone": st.sampled_from(ZONES),
        "effect": st.sampled_from(["allow", "deny"]),
    }
).filter(lambda window: window["from"] != window["to"])
# the nights on which clocks change in those zones are among these
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.replace(second=0, microsecond=0)) | (
    st.builds(
        lambda day, minutes: datetime.fromisoformat(day) + timedelta(minutes=minutes),
        st.sampled_from(["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-04-05", "2026-10-04"]),
        st.integers(-1440, 1440),
    )
)


def ask(options: Mapping[str, Any], now: datetime) -> GateResult:
    request = GateRequest(None, None, None, None, None, (), None, now, options)  # type: ignore[arg-type]
    return Window().evaluate(request)


def inside(options: Mapping[str, Any], now: datetime) -> bool:
    """By the wall clock alone; right wherever clocks do not change between the window's beginning and now."""
    local = now.astimezone(ZoneInfo(options["timezone"]))
    clock, today, before = f"{local:%H:%M}", DAYS[local.weekday()], DAYS[local.weekday() - 1]
    start, end = options["from"], options["to"]
    if end > start:
        return today in options["days"] and start <= clock < end
    return (today in options["days"] and clock >= start) or (before in options["days"] and clock < end)


def steady(options: Mapping[str, Any], now: datetime) -> bool:
    zone = ZoneInfo(options["timezone"])
    return len({(now + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in range(-50, 51, 2)}) == 1


@given(WINDOWS, TIMES)
def test_it_is_open_when_the_wall_clock_says_so(window: dict[str, Any], naive: datetime) -> None:
    options, now = Window().effective_options(window), naive.replace(tzinfo=UTC)
    if steady(options, now):
        assert ask(options, now).passed == (inside(options, now) == (options["effect"] == "allow"))


@given(WINDOWS, TIMES)
def test_until_is_the_first_moment_at_which_it_passes(window: dict[str, Any], naive: datetime) -> None:
    options, now = Window().effective_options(window), naive.replace(tzinfo=UTC)
    result = ask(options, now)
    if result.passed:
        assert result.until is None
        return
    if result.until is None:  # shut for good: a window over all of the week
        assert options["effect"] == "deny"
        assert not any(ask(options, now + timedelta(minutes=13 * step)).passed for step in range(900))
        return
    assert result.until > now
    assert ask(options, result.until).passed
    assert not ask(options, result.until - timedelta(seconds=1)).passed
    span = (result.until - now) / 40
    assert not any(ask(options, now + span * step).passed for step in range(40))


@given(WINDOWS, TIMES)
def test_allow_and_deny_are_opposites(window: dict[str, Any], naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    answers = {
        ask(Window().effective_options({**window, "effect": effect}), now).passed for effect in ("allow", "deny")
    }
    assert answers == {True, False}


@given(WINDOWS, TIMES)
def test_spans_are_in_order_apart_and_of_some_length(window: dict[str, Any], naive: datetime) -> None:
    spans = open_spans(Window().effective_options(window), naive.replace(tzinfo=UTC))
    flat = [time for span in spans for time in span]
    assert flat == sorted(set(flat))


@given(WINDOWS)
def test_effective_options_are_their_own(window: dict[str, Any]) -> None:
    options = Window().effective_options(window)
    assert Window().effective_options(options) == options


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("sat-mon", "mon sat sun"),
        ("Monday, thursday", "mon thu"),
        (["tue", "tue-wed"], "tue wed"),
        ("mon-sun", " ".join(DAYS)),
    ],
)
def test_days_are_written_in_any_usual_way(days: object, expected: str) -> None:
    assert Window().effective_options({"days": days})["days"] == expected.split()


@pytest.mark.parametrize("days", ["", [], "noday", [1], {"mon": 1}, None, "mon--fri", "mon-tue-wed"])
def test_days_that_are_none_are_refused(days: object) -> None:
    with pytest.raises(ProjectError, match="days"):
        Window().effective_options({"days": days})


def test_clocks_that_change_move_the_window_with_them() -> None:
    options = Window().effective_options({"from": "02:30", "to": "04:00", "timezone": "Europe/Berlin"})
    spans = {f"{start:%d %H:%M}-{end:%H:%M}" for start, end in open_spans(options, datetime(2026, 3, 29, tzinfo=UTC))}
    # on the 29th the clock goes from 02:00 to 03:00: 02:30 is taken as 03:30 of the new time
    assert {"28 01:30-03:00", "29 01:30-02:00", "30 00:30-02:00"} <= spans


def test_days_that_follow_each_other_are_one_window() -> None:
    options = Window().effective_options({"days": "sat-sun", "effect": "deny"})
    saturday, monday = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    assert ask(options, saturday).until == monday
    assert monday not in {start for start, _ in open_spans(options, saturday)}
    assert ask(Window().effective_options({"effect": "deny"}), saturday).until is None


def test_a_missing_time_zone_is_told_with_its_cure() -> None:
    for zone in ("Europe/Atlantis", "", "/etc/passwd", "../UTC", "a\0b", 5, "x" * 5000):
        with pytest.raises(ProjectError, match="not a time zone known here") as caught:
            Window().effective_options(cast("Mapping[str, Any]", {"timezone": zone}))
        assert "tzdata" in caught.value.hint
