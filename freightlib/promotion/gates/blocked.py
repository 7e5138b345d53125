"""The gate ``blocked``, which every stage has: no stage takes a release that somebody blocked."""

from __future__ import annotations

from freightlib.errors import MarkerError
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import Optionless, details
from freightlib.warehouse.marks import blocked_path, find_marker


class Blocked(Optionless):
    """Blocks every release with a ``blocked`` marker, also with ``force``: unblock the release instead."""

    name = "blocked"
    for_policy = False

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that the release has no block marker. A marker that cannot be read blocks too."""
        freight = request.snapshot.freight
        path = blocked_path(request.app, freight.tag)
        try:
            marker = find_marker(request.policy, path, freight)
        except MarkerError as error:
            return GateResult(
                False, f"it is blocked, and the reason cannot be read: {error.message}", hint=error.hint, final=True
            )
        if marker is None:
            return GateResult(True, "nobody blocked it")
        return GateResult(
            False,
            f"it was blocked{details(marker)}",
            hint=f"once the problem is solved: freight mark unblocked {freight.tag}",
            final=True,
            data={"path": path, "by": marker.by, "reason": marker.reason},
        )
