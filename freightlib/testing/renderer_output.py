"""The suite for renderers, third part: results, repeated and in threads, and errors."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from freightlib.documents.resources import resource_of
from freightlib.errors import FreightError, RenderError
from freightlib.models import (
    Manifest,
)
from freightlib.models.project import LAYOUTS
from freightlib.plugins.contracts import Cause, Difference, Explaining
from freightlib.rendering.layouts import lay_out
from freightlib.testing.renderer_checks import (
    RendererChecks,
    attempt,
    named,
    render_case,
    safe,
)
from freightlib.testing.rules import Rules

_RENDERER: Final = Rules("Renderer")
_RENDER: Final = Rules("Renderer.render")
_EXPLAIN: Final = Rules("Explaining")
_MANIFEST: Final = Rules("Manifest", "freightlib.models.manifest")
_LIFE: Final = Rules("Renderer.prepare and Renderer.close")
_THREADS: Final = 4
_ROUNDS: Final = 6


class OutputRules(RendererChecks):
    """Checks of manifests, layouts, repeated and concurrent rendering, and errors."""

    def test_renders_every_resource(self) -> None:
        """Each case renders to exactly its resources, each of them once."""
        renderer = self._new()
        for case in self.cases():
            found = [named(manifest) for manifest in renderer.render(case.request(renderer)).manifests]
            given = Counter(name for name in found if name is not None)
            wanted = Counter(case.resources)
            missing, more = sorted((wanted - given).elements()), sorted((given - wanted).elements())
            _RENDER.hold(
                given == wanted,
                "no resource is missing, added or duplicated",
                f"{case.name}: missing {missing}, too many {more}",
            )

    def test_manifests_are_single_documents(self) -> None:
        """Each manifest is the bytes of one YAML document, without its separator."""
        renderer = self._new()
        for case in self.cases():
            manifest: Any
            for manifest in render_case(renderer, case).manifests:
                whole = isinstance(manifest, Manifest) and isinstance(manifest.data, bytes)
                _MANIFEST.hold(whole, "a manifest holds bytes", f"{case.name}: {type(manifest).__name__}")
                try:
                    resource_of(manifest)
                except FreightError as error:
                    _MANIFEST.broken("a manifest is one YAML document", f"{case.name}: {error.message}")

    def test_manifest_paths_are_safe(self) -> None:
        """Each manifest's path is relative and stays inside."""
        renderer = self._new()
        for case in self.cases():
            for manifest in render_case(renderer, case).manifests:
                _MANIFEST.hold(
                    safe(manifest.path),
                    "a manifest's path is relative, without . and ..",
                    f"{case.name}: {manifest.path!r}",
                )

    def test_every_layout_takes_the_manifests(self) -> None:
        """The layouts helm, flat and file can write the manifests."""
        renderer = self._new()
        for case in self.cases():
            manifests = render_case(renderer, case).manifests
            for layout in LAYOUTS:
                try:
                    lay_out(manifests, layout, stage=case.stage)
                except FreightError as error:
                    _MANIFEST.broken("every layout can write the manifests", f"{case.name}, {layout}: {error.message}")

    def test_renders_the_same_every_time(self) -> None:
        """Equal requests give equal renderings, in equal order, from one instance and from a new one."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            first = renderer.render(request)
            for again in (renderer.render(request), renderer.render(request), self._new().render(request)):
                _RENDER.equal(
                    [manifest.path for manifest in again.manifests],
                    [manifest.path for manifest in first.manifests],
                    "it must be deterministic (the order of manifests counts)",
                )
                _RENDER.equal(again, first, "it must be deterministic")

    def test_what_it_renders_again_is_the_same(self) -> None:
        """If the renderer explains: repetitions equal the rendering, and each difference gets an answer."""
        renderer = self._new()
        if not isinstance(renderer, Explaining):
            return
        for case in self.cases():
            request = case.request(renderer)
            made = renderer.render(request).manifests
            again = [each.manifests for each in renderer.repetitions(request, made)]
            _EXPLAIN.hold(bool(again), "repetitions renders at least once more", f"{case.name}: it gave nothing")
            for each in again:
                _EXPLAIN.equal(each, made, "repetitions of a deterministic package equal its rendering")
            planted = [Difference(manifest.path, "", "planted", "value", "a", "b") for manifest in made]
            answers = [*renderer.explain(request, planted), *renderer.suspects(request, made)]
            fitting = len(answers) >= len(planted) and all(one is None or isinstance(one, Cause) for one in answers)
            _EXPLAIN.hold(fitting, "each difference gets a Cause or None", f"{case.name}: {answers!r}"[:400])

    def test_renders_in_threads_at_once(self) -> None:
        """Threads that share one renderer each get their own result."""
        renderer = self._new()
        requests = [case.elsewhere(f"stage-{n}").request(renderer) for case in self.cases() for n in range(2)]
        expected = [renderer.render(request) for request in requests]
        switching = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            with ThreadPoolExecutor(_THREADS) as pool:
                found = list(pool.map(lambda request: attempt(renderer, request), requests * _ROUNDS))
        finally:
            sys.setswitchinterval(switching)
        wrong = next((one for one, right in zip(found, expected * _ROUNDS, strict=True) if one != right), None)
        _RENDERER.hold(
            wrong is None, "it must be thread-safe", f"a thread got the result of another, or failed: {wrong!r}"[:400]
        )

    def test_it_can_be_closed_and_used_again(self) -> None:
        """The methods prepare and close may be called in any order, any number of times."""
        renderer = self._new()
        case = self.cases()[0]
        first = renderer.render(case.request(renderer))
        renderer.prepare(0)
        renderer.prepare(3)
        renderer.close()
        renderer.close()
        renderer.prepare(1)
        again = attempt(renderer, case.request(renderer))
        renderer.close()
        _LIFE.hold(again == first, "the next render after close starts what it needs", f"it gave {again!r}"[:400])

    def test_what_cannot_be_rendered_is_a_render_error(self) -> None:
        """A broken package raises a RenderError that names the stage."""
        renderer = self._new()
        for case in self.broken():
            with _RENDER.raises(
                RenderError, f"{case.name}: a package that cannot be rendered raises RenderError"
            ) as raised:
                renderer.render(case.request(renderer))
            data = raised.error.data
            _RENDER.hold(data.get("stage") == case.stage, "RenderError's data names the stage", f"{case.name}: {data}")
