"""The gate ``soak``: passes when the upstream stages have held the release for some time.

The time counts from the commit that brought the release to the upstream's rendered branch. New policy there does not
restart it. Another release in between, or a change by hand, does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from freightlib.documents.durations import parse_duration, show_duration, write_duration
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import only, wrong


class Soak:
    """Passes when every upstream stage has held the release for ``time`` (``24h``, ``7d``)."""

    name = "soak"
    for_policy = False

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Check the option ``time``, and return it in its normal form. Raises ProjectError."""
        only(self.name, options, ("time",))
        given = options.get("time")
        span = parse_duration(str(given)) if isinstance(given, str) or given == 0 else None
        if span is None:
            problem = "is missing" if given is None else f"is {given!r}, which is not a time span of at most ten years"
            raise wrong(self.name, "time", problem, "write a number with its unit: 30m, 24h, 7d")
        return {"time": write_duration(span)}

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that even the upstream stage that got the release last has held it for long enough."""
        if not request.upstream:
            return GateResult(True, "it takes releases straight from the warehouse")
        span = parse_duration(str(request.options["time"])) or timedelta()
        starts: dict[str, datetime] = {}
        for upstream in request.upstream:
            since = upstream.since
            if since is None:
                return GateResult(False, f"{upstream.stage} does not hold it, so its time has not begun")
            starts[upstream.stage] = since
        youngest = max(starts, key=starts.__getitem__)
        held = request.now - starts[youngest]
        message = f"{youngest} has held it for {show_duration(held)} of {show_duration(span)}"
        data = {"time": request.options["time"], "since": starts}
        if held >= span:
            return GateResult(True, message, data=data)
        left = f"{message}, {show_duration(span - held)} left"
        try:
            return GateResult(False, left, until=starts[youngest] + span, data=data)
        except OverflowError:
            return GateResult(False, left, data=data)
