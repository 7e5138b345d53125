"""The gate ``marker``: a file exists at the tip of the GitOps branch now.

>>> from freightlib.promotion.gates.marker import MarkerFile
>>> MarkerFile().effective_options({"path": "approved/git-1.yaml"})
{'path': 'approved/git-1.yaml'}

The path has placeholders in the project file, such as ``{tag}``; this gate gets them filled in. The published "legacy
gitflow" module of a GitOps repository asks for one:
``warehouses/{app}/legacy-gitflow/{stage}/merged/{tag}.yaml``, with ``revision``, ``tag`` and ``mergedAt`` in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from freightlib.errors import MarkerError
from freightlib.git.safe_names import path_problem
from freightlib.plugins.contracts import GateRequest, GateResult
from freightlib.promotion.gates.options import only, told, wrong
from freightlib.warehouse.marks import find_marker


class MarkerFile:
    """The file ``path`` exists; where it names a ``revision`` or ``tag``, these are the release's."""

    name = "marker"
    for_policy = False

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """``path``: the file, from the repository's root. Raises ProjectError."""
        only(self.name, options, ("path",))
        path = options.get("path")
        if not isinstance(path, str) or path_problem(path):
            problem = "is missing" if path is None else f"is {str(path)[:80]!r}, which is no safe path in a repository"
            raise wrong(self.name, "path", problem, "write it from the repository's root, without . or .. or .git")
        return {"path": path}

    def evaluate(self, request: GateRequest, /) -> GateResult:
        """Whether the file is there, now."""
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
        return GateResult(True, f"{path} says {marker.kind}{told(marker)}", data=data)
