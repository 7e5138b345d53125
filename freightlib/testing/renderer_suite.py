"""The conformance suite for renderers: what ``freightlib.plugins.contracts.Renderer`` asks, as checks to subclass.

    from freightlib.testing import RenderCase, RendererSuite

    class TestMine(RendererSuite):
        def make_renderer(self):
            return Mine()

        def cases(self):
            return [RenderCase("web", {"web.yaml.j2": b"..."}, ("Service/web",), package_type="plain")]

Every check is a test whose name is its rule. ``cases`` may be left out for a renderer that renders the sample packages
of its package types.
"""

from __future__ import annotations

import copy
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from freightlib.documents import read_lock, write_lock
from freightlib.errors import FreightError, ProjectError, RenderError
from freightlib.models import (
    PACKAGE_DIRECTORIES,
    LockedFreight,
    LockedPolicy,
    LockedRender,
    Manifest,
    RenderLock,
    RenderResult,
)
from freightlib.models.project import LAYOUTS
from freightlib.plugins.contracts import Cause, Difference, Explaining, Fingerprint, PolicyPath, Renderer, RenderRequest
from freightlib.rendering.layouts import lay_out
from freightlib.rendering.resources import resource_of
from freightlib.testing.cases import RenderCase, sample_cases
from freightlib.testing.environment import isolate
from freightlib.testing.rules import Rules
from freightlib.testing.watching import Looked, watched

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_RENDERER: Final = Rules("Renderer")
_OPTIONS: Final = Rules("Renderer.effective_options")
_FINGERPRINT: Final = Rules("Renderer.fingerprint")
_PATHS: Final = Rules("Renderer.policy_paths")
_RENDER: Final = Rules("Renderer.render")
_REQUEST: Final = Rules("RenderRequest")
_EXPLAIN: Final = Rules("Explaining")
_MANIFEST: Final = Rules("Manifest", "freightlib.models.manifest")
_LIFE: Final = Rules("Renderer.prepare and Renderer.close")
_THREADS: Final = 4
_ROUNDS: Final = 6


class RendererSuite:
    """Subclass it in a test module, name the class ``Test...``, and give ``make_renderer``."""

    def make_renderer(self) -> Renderer:
        """A new renderer. Called for every check."""
        raise NotImplementedError("give make_renderer: a new renderer for each check")

    def cases(self) -> Sequence[RenderCase]:
        """What is rendered: two cases at least, of different results. Default: the samples of each package type."""
        return sample_cases(self.make_renderer().package_types)

    def broken(self) -> Sequence[RenderCase]:
        """Packages that cannot be rendered. Default: none."""
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

    # --- what it says of itself ---

    def test_it_says_what_it_is(self) -> None:
        """Name, package types and default options are of their types, and it has every method."""
        renderer = self._new()
        _RENDERER.hold(isinstance(renderer, Renderer), "it must have every member of the protocol", _lacking(renderer))
        name: Any = renderer.name
        _RENDERER.hold(
            isinstance(name, str) and _NAME.fullmatch(name) is not None, "its name is of a-z, 0-9 and -", repr(name)
        )
        types: Any = renderer.package_types
        _RENDERER.hold(
            isinstance(types, frozenset) and bool(types) and types <= PACKAGE_DIRECTORIES.keys(),
            f"package_types is a frozenset of {', '.join(PACKAGE_DIRECTORIES)}",
            repr(types),
        )
        defaults: Any = renderer.default_options
        _RENDERER.hold(
            isinstance(defaults, frozenset) and all(isinstance(one, str) for one in defaults),
            "default_options is a frozenset of names",
            repr(defaults),
        )

    def test_fingerprint_names_engine_and_version(self) -> None:
        """The fingerprint is text and stays the same."""
        renderer = self._new()
        for case in self.cases():
            options = case.effective(renderer)
            found = renderer.fingerprint(options)
            _FINGERPRINT.hold(isinstance(found, Fingerprint), "it gives a Fingerprint", repr(found))
            text: Any
            for text in (found.engine, found.version):
                _FINGERPRINT.hold(
                    isinstance(text, str) and bool(text) and text.isprintable(),
                    "engine and version are text",
                    repr(found),
                )
            _FINGERPRINT.equal(renderer.fingerprint(options), found, "it stays the same for equal options")

    # --- options ---

    def test_effective_options_are_a_fixed_point(self) -> None:
        """What it filled in, it takes again and leaves as it is."""
        renderer = self._new()
        for case in self.cases():
            once = case.effective(renderer)
            _OPTIONS.equal(dict(renderer.effective_options(once)), dict(once), "effective options are complete")

    def test_effective_options_are_checked(self) -> None:
        """An unknown option is refused by name."""
        renderer = self._new()
        case = self.cases()[0]
        given = {**case.effective(renderer), "noSuchOption": True}
        rule = "an unknown option raises ProjectError whose data names it (path)"
        with _OPTIONS.raises(ProjectError, rule) as raised:
            renderer.effective_options(given)
        path = str(raised.error.data.get("path"))
        _OPTIONS.hold("noSuchOption" in path, rule, f"path is {path!r}")

    def test_effective_options_fit_the_lock(self) -> None:
        """Options are plain values that a lock keeps exactly."""
        renderer = self._new()
        for case in self.cases():
            options = case.effective(renderer)
            try:
                kept = read_lock(write_lock(_lock(options))).render.options
            except FreightError as error:
                _OPTIONS.broken("options are plain YAML values with text for keys", f"{case.name}: {error.message}")
            _OPTIONS.equal(_plain(kept), _plain(options), "the lock must read back the options it was given")

    def test_options_given_are_left_alone(self) -> None:
        """effective_options changes nothing of what it was given."""
        renderer = self._new()
        for case in self.cases():
            given = {**case.effective(renderer)}
            before = copy.deepcopy(given)
            renderer.effective_options(given)
            _OPTIONS.equal(given, before, "it must not change what it was given")

    def test_default_options_are_options(self) -> None:
        """Each name in default_options is an option it takes."""
        renderer = self._new()
        effective = self.cases()[0].effective(renderer)
        for name in sorted(renderer.default_options):
            _OPTIONS.hold(
                name in effective, "each of default_options is an option", f"{name!r} is not among {[*effective]}"
            )

    # --- policy ---

    def test_policy_paths_are_safe(self) -> None:
        """Policy paths are plain paths from the repository's root, each once."""
        renderer = self._new()
        for case in self.cases():
            paths = list(renderer.policy_paths(case.effective(renderer)))
            for one in paths:
                _PATHS.hold(isinstance(one, PolicyPath), "it gives PolicyPath values", repr(one))
                _PATHS.hold(_safe(one.path), "paths are relative, without . and ..", repr(one.path))
            again = list(renderer.policy_paths(case.effective(renderer)))
            _PATHS.equal(again, paths, "the same options read the same paths, in the same order")

    def test_reads_only_declared_policy(self) -> None:
        """It looks up nothing in the policy that policy_paths did not name."""
        renderer = self._new()
        for case in self.cases():
            policy = Looked(case.declared(renderer))
            renderer.render(case.request(renderer, policy=policy))
            _PATHS.hold(
                not policy.undeclared, "what it reads of the policy it declares", f"{case.name}: {policy.undeclared}"
            )

    def test_reads_no_files_beside_its_request(self, tmp_path: Path) -> None:
        """It opens nothing of the working directory, and connects to nothing."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            root = tmp_path / case.name
            _decoys(root, case)
            with watched(root) as seen:
                renderer.render(request)
            rule = "it reads nothing else than its request"
            _REQUEST.hold(
                not seen.files, rule, f"{case.name}: it opened {sorted(set(seen.files))} in the working directory"
            )
            _REQUEST.hold(not seen.connections, rule, f"{case.name}: it connected to {seen.connections}")

    def test_reads_no_environment_variables(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No variable of the environment changes the result."""
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
                after = _attempt(renderer, request)
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
            found = _attempt(renderer, case.request(renderer, policy=policy))
            _PATHS.hold(
                isinstance(found, (RenderResult, RenderError)),
                "an optional file may be absent (None)",
                f"{case.name}: {found!r}",
            )

    # --- rendering ---

    def test_renders_every_resource(self) -> None:
        """Exactly the resources of each case come out, each once."""
        renderer = self._new()
        for case in self.cases():
            found = [_named(manifest) for manifest in renderer.render(case.request(renderer)).manifests]
            given = Counter(name for name in found if name is not None)
            wanted = Counter(case.resources)
            missing, more = sorted((wanted - given).elements()), sorted((given - wanted).elements())
            _RENDER.hold(
                given == wanted,
                "no resource is dropped, added or doubled",
                f"{case.name}: missing {missing}, too many {more}",
            )

    def test_manifests_are_single_documents(self) -> None:
        """Each manifest is bytes of one YAML document, its separator apart."""
        renderer = self._new()
        for case in self.cases():
            manifest: Any
            for manifest in _rendered(renderer, case).manifests:
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
            for manifest in _rendered(renderer, case).manifests:
                _MANIFEST.hold(
                    _safe(manifest.path),
                    "a manifest's path is relative, without . and ..",
                    f"{case.name}: {manifest.path!r}",
                )

    def test_every_layout_takes_the_manifests(self) -> None:
        """The layouts helm, flat and file can write them."""
        renderer = self._new()
        for case in self.cases():
            manifests = _rendered(renderer, case).manifests
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
        """Of a renderer that explains: repetitions are the rendering, and each difference gets an answer."""
        renderer = self._new()
        if not isinstance(renderer, Explaining):
            return
        for case in self.cases():
            request = case.request(renderer)
            made = renderer.render(request).manifests
            again = [each.manifests for each in renderer.repetitions(request, made)]
            _EXPLAIN.hold(bool(again), "repetitions renders at least once more", f"{case.name}: it gave nothing")
            for each in again:
                _EXPLAIN.equal(each, made, "what is the same each time is the same when it is rendered again")
            planted = [Difference(manifest.path, "", "planted", "value", "a", "b") for manifest in made]
            answers = [*renderer.explain(request, planted), *renderer.suspects(request, made)]
            fitting = len(answers) >= len(planted) and all(one is None or isinstance(one, Cause) for one in answers)
            _EXPLAIN.hold(fitting, "each difference gets a Cause or None", f"{case.name}: {answers!r}"[:400])

    def test_the_request_is_left_alone(self) -> None:
        """Rendering changes nothing of its request."""
        renderer = self._new()
        for case in self.cases():
            request = case.request(renderer)
            before = copy.deepcopy(request)
            renderer.render(request)
            _REQUEST.equal(_parts(request), _parts(before), "a request is frozen, its mappings too")

    def test_renders_in_threads_at_once(self) -> None:
        """Threads that share one renderer get what each asked for."""
        renderer = self._new()
        requests = [case.elsewhere(f"stage-{n}").request(renderer) for case in self.cases() for n in range(2)]
        expected = [renderer.render(request) for request in requests]
        switching = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            with ThreadPoolExecutor(_THREADS) as pool:
                found = list(pool.map(lambda request: _attempt(renderer, request), requests * _ROUNDS))
        finally:
            sys.setswitchinterval(switching)
        wrong = next((one for one, right in zip(found, expected * _ROUNDS, strict=True) if one != right), None)
        _RENDERER.hold(
            wrong is None, "it must be thread-safe", f"a thread got what another asked for, or failed: {wrong!r}"[:400]
        )

    def test_it_can_be_closed_and_used_again(self) -> None:
        """Prepare and close may come in any order, any number of times."""
        renderer = self._new()
        case = self.cases()[0]
        first = renderer.render(case.request(renderer))
        renderer.prepare(0)
        renderer.prepare(3)
        renderer.close()
        renderer.close()
        renderer.prepare(1)
        again = _attempt(renderer, case.request(renderer))
        renderer.close()
        _LIFE.hold(again == first, "the next render after close starts what it needs", f"it gave {again!r}"[:400])

    def test_what_cannot_be_rendered_is_a_render_error(self) -> None:
        """A broken package gives RenderError that names stage and renderer."""
        renderer = self._new()
        for case in self.broken():
            with _RENDER.raises(
                RenderError, f"{case.name}: a package that cannot be rendered raises RenderError"
            ) as raised:
                renderer.render(case.request(renderer))
            data = raised.error.data
            _RENDER.hold(data.get("stage") == case.stage, "RenderError's data names the stage", f"{case.name}: {data}")


def _lacking(renderer: object) -> str:
    about = ("name", "package_types", "default_options", "effective_options", "fingerprint", "policy_paths")
    lacking = [name for name in (*about, "prepare", "render", "close") if not hasattr(renderer, name)]
    return f"{type(renderer).__name__} lacks {', '.join(lacking)}"


def _safe(path: object) -> bool:
    if not isinstance(path, str) or not path.isprintable() or "\\" in path:
        return False
    return all(part not in ("", ".", "..") and part.casefold() != ".git" for part in path.split("/"))


def _rendered(renderer: Renderer, case: RenderCase) -> RenderResult:
    found = renderer.render(case.request(renderer))
    _RENDER.hold(isinstance(found, RenderResult), "it gives a RenderResult", f"{case.name}: {type(found).__name__}")
    return found


def _attempt(renderer: Renderer, request: RenderRequest) -> RenderResult | Exception:
    try:
        return renderer.render(request)
    except Exception as error:  # noqa: BLE001 (whatever a renderer raises is compared with what it should have given)
        return error


def _named(manifest: Manifest) -> str | None:
    try:
        found = resource_of(manifest)
    except FreightError as error:
        _MANIFEST.broken("a manifest is one YAML document", error.message)
    return None if found is None else f"{found.kind}/{found.name}"


def _parts(request: RenderRequest) -> Any:
    return request, dict(request.policy), dict(request.options)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return {key: _plain(value[key]) for key in sorted(value)} if hasattr(value, "keys") else value


def _decoys(root: Path, case: RenderCase) -> None:
    files = {**{file.path: file.data for file in case.files}, **case.policy, "values.yaml": b"replicas: 99\n"}
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _lock(options: Any) -> RenderLock:
    return RenderLock(
        app="sample",
        stage="test",
        freight=LockedFreight("git-" + "1" * 40, "1" * 40, "2" * 40),
        policy=LockedPolicy("3" * 40),
        render=LockedRender("sample", "sample", "1", "file", options),
        manifests="4" * 40,
    )
