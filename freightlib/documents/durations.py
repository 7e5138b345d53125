"""Parses and writes durations: ``90s``, ``30m``, ``24h``, ``1h30m``, ``7d``.

>>> from freightlib.documents.durations import parse_duration, show_duration
>>> parse_duration("1h30m")
datetime.timedelta(seconds=5400)
>>> show_duration(parse_duration("1500m"))
'1d 1h'

The form is that of Go and Kargo, in whole numbers. In addition, ``d`` means 24 hours and ``w`` seven days.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

#: The form, as a pattern of JSON Schema (without anchors).
DURATION: Final = r"(0|([0-9]{1,9}w)?([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?)"
_PARTS: Final = re.compile(
    r"(?=\d)(?:(?P<weeks>\d{1,9})w)?(?:(?P<days>\d{1,9})d)?(?:(?P<hours>\d{1,9})h)?(?:(?P<minutes>\d{1,9})m)?"
    r"(?:(?P<seconds>\d{1,9})s)?",
    re.ASCII,
)
#: Longer than any pipeline waits, and short enough to be added to any current date without overflow.
_LONGEST: Final = timedelta(days=3660)


def parse_duration(text: str) -> timedelta | None:
    """Return the duration, or ``None`` if ``text`` is not a duration, or one of more than ten years."""
    if text == "0":
        return timedelta()
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    try:
        span = timedelta(**{unit: int(number) for unit, number in match.groupdict().items() if number})
    except OverflowError:
        return None
    return span if span <= _LONGEST else None


def write_duration(span: timedelta) -> str:
    """Return ``span`` in its canonical form, which ``parse_duration`` reads: ``1d1h``."""
    return _joined(span, "")


def show_duration(span: timedelta) -> str:
    """Return ``span`` for people, in its two largest units: ``1d 1h``, ``3h 12m``, ``45s``."""
    return " ".join(_joined(span, " ").split()[:2])


def _joined(span: timedelta, between: str) -> str:
    left, parts = max(0, int(span.total_seconds())), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number:
            parts.append(f"{number}{unit}")
    return between.join(parts) or "0s"
