"""The gate ``soak``: the upstream stages have held the release for some time.

>>> from freightlib.promotion.gates.soak import Soak
>>> Soak().effective_options({"time": "1500m"})
{'time': '1d1h'}

The time counts from the commit that brought the release to the upstream's rendered branch. Policy that moved there
since does not start it anew; a break does, such as another release in between or a change by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from freightlib.documents.durations import parse_duration, show_duration, write_duration
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import only, wrong


class Soak:
    """Every upstream stage has held the release for ``time`` (``24h``, ``7d``)."""

    name = "soak"
    for_policy = False

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """``time``: how long. Raises ProjectError."""
        only(self.name, options, ("time",))
        given = options.get("time")
        span = parse_duration(str(given)) if isinstance(given, str) or given == 0 else None
        if span is None:
            problem = "is missing" if given is None else f"is {given!r}, which is no span of time up to ten years"
            raise wrong(self.name, "time", problem, "write a number with its unit: 30m, 24h, 7d")
        return {"time": write_duration(span)}

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Whether the youngest of the upstream stages has held it for long enough."""
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
        told = f"{youngest} has held it for {show_duration(held)} of {show_duration(span)}"
        data = {"time": request.options["time"], "since": starts}
        if held >= span:
            return GateResult(True, told, data=data)
        left = f"{told}, {show_duration(span - held)} left"
        try:
            return GateResult(False, left, until=starts[youngest] + span, data=data)
        except OverflowError:
            return GateResult(False, left, data=data)
