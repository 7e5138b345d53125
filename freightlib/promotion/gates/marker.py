"""The gate ``marker``: passes if a file exists at the tip of the GitOps branch.

In the project file the path contains placeholders such as ``{tag}``; the gate gets the path with their values. For
example, the "legacy gitflow" layout has ``warehouses/{app}/legacy-gitflow/{stage}/merged/{tag}.yaml``, with
``revision``, ``tag`` and ``mergedAt`` in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from freightlib.errors import MarkerError
from freightlib.git.safe_names import path_problem
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import details, only, wrong
from freightlib.warehouse.marks import find_marker


class MarkerFile:
    """Passes if the file ``path`` exists; a ``revision`` or ``tag`` in it must be those of the release."""

    name = "marker"
    for_policy = False

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Check the option ``path``, a file path from the repository's root. Raises ProjectError."""
        only(self.name, options, ("path",))
        path = options.get("path")
        if not isinstance(path, str) or path_problem(path):
            problem = "is missing" if path is None else f"is {str(path)[:80]!r}, not a safe path in a repository"
            raise wrong(self.name, "path", problem, "write it from the repository's root, without . or .. or .git")
        return {"path": path}

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Check that the file exists now."""
        path, freight = request.options["path"], request.snapshot.freight
        data = {"path": path, "policy": request.policy.commit}
        try:
            marker = find_marker(request.policy, path, freight)
        except MarkerError as error:
            return GateResult(False, error.message, hint=error.hint, data=data)
        if marker is None:
            return GateResult(
                False, f"{path} does not exist", hint="commit it to the GitOps branch (see freight mark)", data=data
            )
        return GateResult(True, f"{path} says {marker.kind}{details(marker)}", data=data)
