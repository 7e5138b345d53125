"""The renderer ``kustomize``: frozen Kustomize packages, built with the stage's policy around them.

>>> from freightlib_kustomize.renderer import Kustomize
>>> sorted(Kustomize().package_types)
['kustomize']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from freightlib.plugins import BaseRenderer, Fingerprint, PolicyPath, RenderError, RenderRequest, RenderResult
from freightlib_kustomize import options as given
from freightlib_kustomize import output, program, references, workspace


class Kustomize(BaseRenderer):
    """Renders as ``kustomize build`` does, byte for byte. Thread-safe: every build has a workspace of its own."""

    name = "kustomize"
    package_types = frozenset({"kustomize"})
    default_options = frozenset({"namespace", "policy", "envType"})

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """See ``Renderer``; the options are those of ``freightlib_kustomize.options``."""
        return given.effective(options)

    def fingerprint(self, options: Mapping[str, Any], /) -> Fingerprint:
        """``kustomize`` or ``kubectl``, and its version. Raises ToolError when neither is there."""
        found = program.find(options["program"])
        helm = f", helm {program.helm_version()}" if options["allowHelm"] else ""
        return Fingerprint(found.kind, f"{found.version}{helm}")

    def policy_paths(self, options: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        """The wrapper's directory, the components' and the other policy directories.

        All are optional to git, so that ``render`` says which is missing and what to do about it.
        """
        places = (*options["components"], *options["policyDirectories"])
        paths = [options["wrapper"]] if options["wrapper"] else []
        return [PolicyPath(path, optional=True) for path in (*paths, *(place["path"] for place in places))]

    def render(self, request: RenderRequest, /) -> RenderResult:
        """What ``kustomize build`` prints for the stage's workspace, as manifests.

        Raises RenderError for a part that is missing, for what is refused before kustomize runs, and with kustomize's
        own message; IsolationError when it was stopped; ToolError when there is no program.
        """
        options = request.options
        try:
            space, directory, notes = workspace.assemble(request)
            programs = options["allowPlugins"] and program.find(options["program"]).kind == "kustomize"
            more = references.check(space, directory, options, programs=programs)
        except RenderError as error:
            error.data["stage"] = request.stage
            raise
        text, warnings = program.build(space, directory, options, stage=request.stage, limits=request.limits)
        return RenderResult(output.parse(text, options["namespace"]), (*notes, *more, *warnings))
