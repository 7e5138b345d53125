"""The gate ``upstream``, which every stage has: the stages in its ``from`` must hold the release."""

from __future__ import annotations

from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import Optionless


class UpstreamHolds(Optionless):
    """Passes if every stage named in ``from`` holds the release, unchanged by hand."""

    name = "upstream"
    for_policy = False

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that every upstream stage holds the release."""
        if not request.upstream:
            return GateResult(True, "it takes releases straight from the warehouse")
        problems = [upstream.problem for upstream in request.upstream if upstream.problem]
        held = {"upstream": {upstream.stage: upstream.tag for upstream in request.upstream}}
        if problems:
            names = " ".join(upstream.stage for upstream in request.upstream if upstream.problem)
            return GateResult(
                False,
                ", ".join(problems),
                hint=f"promote it upstream first (freight promote {names})",
                data=held,
            )
        names = " and ".join(upstream.stage for upstream in request.upstream)
        return GateResult(True, f"{names} {'hold' if len(request.upstream) > 1 else 'holds'} it", data=held)
