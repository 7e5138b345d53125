"""The suite for renderers, second part: what a renderer reads."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Final

import pytest

from freightlib.errors import RenderError
from freightlib.models import (
    RenderResult,
)
from freightlib.plugins.contracts import PolicyPath
from freightlib.testing.renderer_checks import (
    RendererChecks,
    attempt,
    decoys,
    parts,
    safe,
)
from freightlib.testing.rules import Rules
from freightlib.testing.watching import Looked, watched

_PATHS: Final = Rules("Renderer.policy_paths")
_REQUEST: Final = Rules("RenderRequest")


class InputRules(RendererChecks):
    """Checks of policy files, other files, the environment and the request."""

    def test_policy_paths_are_safe(self) -> None:
        """Policy paths are safe paths from the repository's root, and stay the same."""
        renderer = self._new()
        for case in self.cases():
            paths = list(renderer.policy_paths(case.effective(renderer)))
            for one in paths:
                _PATHS.hold(isinstance(one, PolicyPath), "it gives PolicyPath values", repr(one))
                _PATHS.hold(safe(one.path), "paths are relative, without . and ..", repr(one.path))
            again = list(renderer.policy_paths(case.effective(renderer)))
            _PATHS.equal(again, paths, "the same options read the same paths, in the same order")

    def test_reads_only_declared_policy(self) -> None:
        """The renderer reads only policy files that policy_paths names."""
        renderer = self._new()
        for case in self.cases():
            policy = Looked(case.declared(renderer))
            renderer.render(case.request(renderer, policy=policy))
            _PATHS.hold(
                not policy.undeclared,
                "it declares every policy file that it reads",
                f"{case.name}: {policy.undeclared}",
            )

    def test_reads_no_files_beside_its_request(self, tmp_path: Path) -> None:
        """The renderer opens no file of the working directory, and makes no network connection."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            root = tmp_path / case.name
            decoys(root, case)
            with watched(root) as seen:
                renderer.render(request)
            rule = "it reads nothing else than its request"
            _REQUEST.hold(
                not seen.files, rule, f"{case.name}: it opened {sorted(set(seen.files))} in the working directory"
            )
            _REQUEST.hold(not seen.connections, rule, f"{case.name}: it connected to {seen.connections}")

    def test_reads_no_environment_variables(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No environment variable changes the result."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            with watched(tmp_path) as seen:
                before = renderer.render(request)
            if not seen.telling:
                continue
            with monkeypatch.context() as patch:
                for name in seen.telling:
                    patch.setenv(name, "Asia/Tokyo" if name == "TZ" else "freightlib-suite")
                after = attempt(renderer, request)
            _REQUEST.hold(
                after == before,
                "it reads nothing else than its request",
                f"{case.name}: another value of {', '.join(seen.telling)} changes the result",
            )

    def test_an_absent_optional_policy_file_is_no_accident(self) -> None:
        """An optional policy file that is absent (``None``) gives a rendering or a RenderError."""
        renderer = self._new()
        for case in self.cases():
            optional = {one.path for one in renderer.policy_paths(case.effective(renderer)) if one.optional}
            policy = {path: None if path in optional else data for path, data in case.declared(renderer).items()}
            found = attempt(renderer, case.request(renderer, policy=policy))
            _PATHS.hold(
                isinstance(found, (RenderResult, RenderError)),
                "an optional file may be absent (None)",
                f"{case.name}: {found!r}",
            )

    def test_the_request_is_left_alone(self) -> None:
        """Rendering does not change its request."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            before = copy.deepcopy(request)
            renderer.render(request)
            _REQUEST.equal(parts(request), parts(before), "a request is frozen, its mappings too")
