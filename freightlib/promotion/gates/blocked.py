"""The gate ``blocked``, which every stage has: a release that somebody blocked goes nowhere.

>>> from freightlib.promotion.gates.blocked import Blocked
>>> Blocked().for_policy
False
"""

from __future__ import annotations

from freightlib.errors import MarkerError
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import Optionless, told
from freightlib.warehouse.marks import blocked_path, find_marker


class Blocked(Optionless):
    """A release with a ``blocked`` marker is never promoted, and ``force`` does not change that: unblock it instead."""

    name = "blocked"
    for_policy = False

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Whether the release is on the block list. A marker that cannot be read blocks too."""
        freight = request.snapshot.freight
        path = blocked_path(request.app, freight.tag)
        try:
            marker = find_marker(request.policy, path, freight)
        except MarkerError as error:
            return GateResult(
                False, f"it is blocked, and why cannot be read: {error.message}", hint=error.hint, final=True
            )
        if marker is None:
            return GateResult(True, "nobody blocked it")
        return GateResult(
            False,
            f"it was blocked{told(marker)}",
            hint=f"when that is over: freight mark unblocked {freight.tag}",
            final=True,
            data={"path": path, "by": marker.by, "reason": marker.reason},
        )
