"""The gate ``verified``: a person or a test job has marked the release as working in each upstream stage."""

from __future__ import annotations

from freightlib.errors import MarkerError
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import Optionless, details
from freightlib.warehouse.marks import find_marker, verified_path


class Verified(Optionless):
    """Passes if each upstream stage has a ``verified`` marker for this release (``freight mark verified STAGE``)."""

    name = "verified"
    for_policy = False

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that all markers exist now."""
        freight = request.snapshot.freight
        lacking, said = [], []
        for upstream in request.upstream:
            try:
                marker = find_marker(request.policy, verified_path(request.app, upstream.stage, freight.tag), freight)
            except MarkerError as error:
                return GateResult(False, error.message, hint=error.hint, data={"lacking": [upstream.stage]})
            if marker is None:
                lacking.append(upstream.stage)
            else:
                said.append(f"verified in {upstream.stage}{details(marker)}")
        if lacking:
            return GateResult(
                False,
                f"it is not verified in {' and '.join(lacking)}",
                hint=f"once it works there: freight mark verified {' '.join(lacking)} --freight {freight.tag}",
                data={"lacking": lacking},
            )
        return GateResult(True, "; ".join(said) or "it takes releases straight from the warehouse")
