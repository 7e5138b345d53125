"""Helpers of the suite for renderers: the renderer under test, and functions to call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from freightlib.documents.resources import resource_of
from freightlib.errors import FreightError
from freightlib.git.safe_names import path_problem
from freightlib.models import (
    LockedFreight,
    LockedPolicy,
    LockedRender,
    Manifest,
    RenderLock,
    RenderResult,
)
from freightlib.plugins.contracts import Renderer, RenderRequest
from freightlib.testing.cases import RenderCase, sample_cases
from freightlib.testing.environment import isolate
from freightlib.testing.rules import Rules

_RENDER: Final = Rules("Renderer.render")
_MANIFEST: Final = Rules("Manifest", "freightlib.models.manifest")


class RendererChecks:
    """The base class of the suite's parts: the renderer under test, and its test cases."""

    def make_renderer(self) -> Renderer:
        """Return a new renderer. Called for every check."""
        raise NotImplementedError("define make_renderer: it returns a new renderer for each check")

    def cases(self) -> Sequence[RenderCase]:
        """Return at least two cases with different results. Default: the samples of each package type."""
        return sample_cases(self.make_renderer().package_types)

    def broken(self) -> Sequence[RenderCase]:
        """Return cases that cannot be rendered. Default: none."""
        return ()

    @pytest.fixture(autouse=True)
    def _isolated(self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        isolate(monkeypatch, tmp_path_factory.mktemp("home"))
        self._made: list[Renderer] = []
        yield
        for renderer in self._made:
            renderer.close()

    def _new(self) -> Renderer:
        made = self.make_renderer()
        self._made.append(made)
        return made


def lacking(renderer: object) -> str:
    """Return a text that names the missing members of the protocol."""
    about = ("name", "package_types", "default_options", "effective_options", "fingerprint", "policy_paths")
    lacking = [name for name in (*about, "prepare", "render", "close") if not hasattr(renderer, name)]
    return f"{type(renderer).__name__} lacks {', '.join(lacking)}"


def safe(path: object) -> bool:
    """Return True if a path is relative and safe."""
    return isinstance(path, str) and path_problem(path) is None


def render_case(renderer: Renderer, case: RenderCase) -> RenderResult:
    """Render a case; fail the check if the answer is not a RenderResult."""
    found = renderer.render(case.request(renderer))
    _RENDER.hold(isinstance(found, RenderResult), "it gives a RenderResult", f"{case.name}: {type(found).__name__}")
    return found


def attempt(renderer: Renderer, request: RenderRequest) -> RenderResult | Exception:
    """Return the answer of a renderer, or the exception that it raises."""
    try:
        return renderer.render(request)
    except Exception as error:  # noqa: BLE001 (any exception is compared with the expected answer)
        return error


def named(manifest: Manifest) -> str | None:
    """Return ``Kind/name`` of a manifest; ``None`` if it contains only comments."""
    try:
        found = resource_of(manifest)
    except FreightError as error:
        _MANIFEST.broken("a manifest is one YAML document", error.message)
    return None if found is None else f"{found.kind}/{found.name}"


def parts(request: RenderRequest) -> Any:
    """Return the parts of a request that a renderer could change."""
    return request, dict(request.policy), dict(request.options)


def plain(value: Any) -> Any:
    """Convert a value to lists and dictionaries, for comparisons."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return {key: plain(value[key]) for key in sorted(value)} if hasattr(value, "keys") else value


def decoys(root: Path, case: RenderCase) -> None:
    """Write files below ``root`` that a renderer must not read."""
    files = {**{file.path: file.data for file in case.files}, **case.policy, "values.yaml": b"replicas: 99\n"}
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def lock_with(options: Any) -> RenderLock:
    """Return a lock with these options."""
    return RenderLock(
        app="sample",
        stage="test",
        freight=LockedFreight("git-" + "1" * 40, "1" * 40, "2" * 40),
        policy=LockedPolicy("3" * 40),
        render=LockedRender("sample", "sample", "1", "file", options),
        manifests="4" * 40,
    )
