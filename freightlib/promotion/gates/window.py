"""The gate ``window``: times of the week at which a stage may move, or may not.

>>> from datetime import datetime, timezone
>>> from freightlib.promotion.gates.window import Window, open_spans
>>> berlin = {"days": "mon-thu", "from": "09:00", "to": "16:00", "timezone": "Europe/Berlin"}
>>> options = Window().effective_options(berlin)
>>> options["days"], options["effect"]
(['mon', 'tue', 'wed', 'thu'], 'allow')
>>> spans = open_spans(options, datetime(2026, 7, 6, tzinfo=timezone.utc))
>>> [f"{start:%a %H:%M} {end:%a %H:%M}" for start, end in spans[:2]]
['Mon 07:00 Mon 14:00', 'Tue 07:00 Tue 14:00']

A window begins and ends by the wall clock of its time zone, with daylight saving time. A window whose end is not after
its beginning ends on the next day; ``days`` are the days on which it begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import only, wrong

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_EFFECTS: Final = ("allow", "deny")
_BEHIND, _AHEAD = 2, 16  # days around now: every window of a week, and one more


class Window:
    """Passes inside the window only, or with ``effect: deny`` outside of it only. It applies to policy changes too."""

    name = "window"
    for_policy = True

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Check the options, and fill in the defaults. Raises ProjectError.

        They are ``days`` (default: all), ``from`` (00:00), ``to`` (24:00), ``timezone`` (UTC) and ``effect`` (allow).
        """
        only(self.name, options, ("days", "from", "to", "timezone", "effect"))
        clock = {name: self._clock(name, options.get(name, usual)) for name, usual in _WHOLE_DAY.items()}
        if clock["from"] == clock["to"]:
            raise wrong(self.name, "to", "is the same as from", "leave both out for whole days")
        if clock["from"] == "24:00":
            raise wrong(self.name, "from", "is '24:00'", "write 00:00 and the day after")
        effect = options.get("effect", "allow")
        if effect not in _EFFECTS:
            raise wrong(self.name, "effect", f"is {effect!r}", f"use one of: {', '.join(_EFFECTS)}")
        return {
            "days": self._days(options.get("days", list(DAYS))),
            **clock,
            "timezone": self._zone(options.get("timezone", "UTC")),
            "effect": effect,
        }

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that the stage may move at this time."""
        options, now = request.options, request.now
        spans = open_spans(options, now)
        inside = next((span for span in spans if span[0] <= now < span[1]), None)
        window = f"{'-'.join((options['from'], options['to']))} {_listed(options['days'])} {options['timezone']}"
        if options["effect"] == "deny":
            if inside is None:
                return GateResult(True, f"it is outside of {window}")
            # the end of a span is unknown if it reaches the end of the days that were searched
            until = None if inside[1] - now > timedelta(days=_AHEAD - 2) else inside[1]
            ends = f", until {until:%Y-%m-%d %H:%M} UTC" if until else ""
            return GateResult(False, f"nothing moves at {window}{ends}", until=until)
        if inside is not None:
            return GateResult(True, f"it is within {window}")
        until = next((start for start, _ in spans if start > now), None)
        opens = f", again at {until:%Y-%m-%d %H:%M} UTC" if until else ""
        return GateResult(False, f"it moves only at {window}{opens}", until=until)

    def _clock(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise wrong(self.name, name, f"is {value!r}, which is not a time of day", "write it as 09:00, up to 24:00")
        return value

    def _days(self, value: Any) -> list[str]:
        listed = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
        found: set[int] = set()
        for item in listed if isinstance(listed, (list, tuple)) else (listed,):
            first, dash, last = str(item).lower().partition("-")
            ends = [_day(first), _day(last if dash else first)]
            if None in ends:
                raise wrong(
                    self.name, "days", f"has {str(item)[:40]!r}", f"use {', '.join(DAYS)}, or a range as mon-fri"
                )
            start, end = ends[0] or 0, ends[1] or 0
            found.update(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
        if not found:
            raise wrong(self.name, "days", "is empty", "name the days, or leave it out for all")
        return [DAYS[day] for day in sorted(found)]

    def _zone(self, value: Any) -> str:
        try:
            return ZoneInfo(value).key
        except Exception as error:
            problem = f"is {str(value)[:60]!r}, which is not a time zone known here ({type(error).__name__})"
            hint = "write it as Europe/Berlin; where the system has no time zones: pip install tzdata"
            raise wrong(self.name, "timezone", problem, hint) from error


_WHOLE_DAY: Final = {"from": "00:00", "to": "24:00"}


def _day(name: str) -> int | None:
    return next((at for at, (short, long) in enumerate(zip(DAYS, _NAMES, strict=True)) if name in (short, long)), None)


def _listed(days: list[str]) -> str:
    return "every day" if len(days) == 7 else ", ".join(days)


def open_spans(options: Mapping[str, Any], now: datetime) -> list[tuple[datetime, datetime]]:
    """Return the windows from two days before ``now`` to two weeks after it, in UTC, in order.

    Windows that overlap or follow each other without a gap are joined.
    """
    zone = ZoneInfo(options["timezone"])
    first = now.astimezone(zone).date() - timedelta(days=_BEHIND)
    spans: list[tuple[datetime, datetime]] = []
    for day in (first + timedelta(days=ahead) for ahead in range(_BEHIND + _AHEAD)):
        if DAYS[day.weekday()] not in options["days"]:
            continue
        start = _at(day, options["from"], zone)
        end = _at(day if options["to"] > options["from"] else day + timedelta(days=1), options["to"], zone)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif start < end:  # a window inside the hour that daylight saving time skips may have no length
            spans.append((start, end))
    return spans


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    # if an hour occurs twice, this is the first one (PEP 495)
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
