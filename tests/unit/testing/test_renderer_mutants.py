"""Renderers with one fault each, and the check of the suite that tells."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from freightlib.models import Manifest, RenderResult
from freightlib.plugins.contracts import Cause, Difference, Fingerprint, PolicyPath, RenderRequest
from freightlib.rendering.builtin.copy import CopyRenderer
from freightlib.testing import RenderCase, RendererSuite, sample_package, sample_resources
from tests.unit.testing.judge import broken

POLICY = "apps/sample/values.yaml"


class Sound(CopyRenderer):
    """As copy, with an option and a policy file: what every mutant starts from."""

    name = "sound"
    default_options = frozenset({"namespace"})

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        known = {name: value for name, value in options.items() if name not in ("namespace", "labels")}
        super().effective_options(known)
        return {"namespace": options.get("namespace", "default"), "labels": dict(options.get("labels", {}))}

    def policy_paths(self, _: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        return [PolicyPath(POLICY, optional=True)]

    def render(self, request: RenderRequest, /) -> RenderResult:
        policy = request.policy[POLICY] or b""
        made = super().render(request)
        return RenderResult([*made.manifests, Manifest("policy.yaml", b"# " + policy.strip() + b"\n")])


class Reorders(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        made = list(super().render(request).manifests)
        self.turn = 1 - getattr(self, "turn", 0)
        return RenderResult(made[:: -1 if self.turn else 1])


class Explains(Sound):
    """Sound, and explaining: no mutant by itself."""

    def suspects(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Sequence[Cause]:
        return []

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        yield self.render(request)

    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        return [None for _ in differences]


class RepeatsOtherwise(Explains):
    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        yield RenderResult(self.render(request).manifests[1:])


class RepeatsNothing(Explains):
    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        return iter(())


class ExplainsTooLittle(Explains):
    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        return []


class Drops(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        return RenderResult(super().render(request).manifests[1:])


class Doubles(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        made = super().render(request).manifests
        return RenderResult([Manifest(f"more/{made[0].path}", made[0].data), *made])


class WritesOutside(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        return RenderResult(
            Manifest(f"../{each.path}", each.data, each.separator) for each in super().render(request).manifests
        )


class Absolute(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        return RenderResult(
            Manifest(f"/{each.path}", each.data, each.separator) for each in super().render(request).manifests
        )


class Chance(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        made = super().render(request).manifests
        return RenderResult([*made, Manifest("salt.yaml", f"# {random.random()}\n".encode())])


class Glues(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        made = super().render(request).manifests
        return RenderResult([Manifest("all.yaml", b"---\n".join(each.data for each in made))])


class OpensFiles(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        found = Path("values.yaml")
        data = found.read_bytes() if found.exists() else b""
        return RenderResult([*super().render(request).manifests, Manifest("v.yaml", b"# " + data)])


class AsksForMore(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        request.policy.get("apps/sample/secret.yaml")
        return super().render(request)


class ReadsEnvironment(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        note = f"# {os.environ.get('REPLICAS', '1')}\n".encode()
        return RenderResult([*super().render(request).manifests, Manifest("e.yaml", note)])


class ReadsTimeZone(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        note = f"# {os.getenv('TZ')}\n".encode()
        return RenderResult([*super().render(request).manifests, Manifest("e.yaml", note)])


class Connects(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect_ex("/nowhere/at-all")
        return super().render(request)


class ChangesPolicy(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        made = super().render(request)
        request.policy[POLICY] = b"changed"  # type: ignore[index]
        return made


class ChangesOptions(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        request.options["labels"]["stage"] = request.stage
        return super().render(request)


class ChangesItsInput(Sound):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        made = super().effective_options(options)
        options["labels"]["x"] = "y"  # type: ignore[index]
        return made


class Unchecked(Sound):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return {"namespace": "default", "labels": {}, **options}


class Grows(Sound):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        made = super().effective_options(options)
        return {**made, "namespace": f"{made['namespace']}-x"}


class Unlockable(Sound):
    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return {**super().effective_options(options), "labels": {1: "one"}}


class Shares(Sound):
    """Keeps the request where another thread may replace it."""

    def render(self, request: RenderRequest, /) -> RenderResult:
        self.now = request
        time.sleep(0.002)
        return super().render(self.now)


class ClosesForGood(Sound):
    def close(self) -> None:
        self.closed = True

    def render(self, request: RenderRequest, /) -> RenderResult:
        if getattr(self, "closed", False):
            raise ValueError("I/O operation on closed file")
        return super().render(request)


class Moody(Sound):
    def fingerprint(self, _: Mapping[str, Any], /) -> Fingerprint:
        return Fingerprint("mood", str(random.random()))


class Nameless(Sound):
    name = "My Renderer"


class Unpackaged(Sound):
    package_types = frozenset({"jar"})


class Escapes(Sound):
    def policy_paths(self, _: Mapping[str, Any], /) -> Sequence[PolicyPath]:
        return [PolicyPath(POLICY, optional=True), PolicyPath("../secrets.yaml", optional=True)]


class NeedsOptional(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        assert (request.policy[POLICY] or b"") is not None
        request.policy[POLICY].strip()  # type: ignore[union-attr]
        return super().render(request)


class RaisesAnything(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        if "broken.yaml" in {file.path for file in request.package}:
            raise KeyError("broken.yaml")
        return super().render(request)


class Promises(Sound):
    default_options = frozenset({"namespace", "releaseName"})

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return super().effective_options({name: options[name] for name in options if name != "releaseName"})


class Clashes(Sound):
    def render(self, request: RenderRequest, /) -> RenderResult:
        return RenderResult([*super().render(request).manifests, Manifest("WEB.yaml", b"# nothing\n")])


class Suite(RendererSuite):
    kind: type[Sound] = Sound

    def make_renderer(self) -> Sound:
        return self.kind()

    def cases(self) -> Sequence[RenderCase]:
        return [
            RenderCase(
                name,
                sample_package("plain", name),
                sample_resources(name),
                package_type="plain",
                policy={POLICY: name.encode()},
                options={"labels": {}},
            )
            for name in ("sample", "other")
        ]

    def broken(self) -> Sequence[RenderCase]:
        return [RenderCase("broken", {"broken.yaml": b"a: {b"}, package_type="plain")]


MUTANTS: dict[type[Sound], str] = {
    Reorders: "renders_the_same_every_time",
    RepeatsOtherwise: "what_it_renders_again_is_the_same",
    RepeatsNothing: "what_it_renders_again_is_the_same",
    ExplainsTooLittle: "what_it_renders_again_is_the_same",
    Drops: "renders_every_resource",
    Doubles: "renders_every_resource",
    WritesOutside: "manifest_paths_are_safe",
    Absolute: "manifest_paths_are_safe",
    Chance: "renders_the_same_every_time",
    Glues: "manifests_are_single_documents",
    OpensFiles: "reads_no_files_beside_its_request",
    AsksForMore: "reads_only_declared_policy",
    ReadsEnvironment: "reads_no_environment_variables",
    ReadsTimeZone: "reads_no_environment_variables",
    Connects: "reads_no_files_beside_its_request",
    ChangesPolicy: "the_request_is_left_alone",
    ChangesOptions: "the_request_is_left_alone",
    ChangesItsInput: "options_given_are_left_alone",
    Unchecked: "effective_options_are_checked",
    Grows: "effective_options_are_a_fixed_point",
    Unlockable: "effective_options_fit_the_lock",
    Shares: "renders_in_threads_at_once",
    ClosesForGood: "it_can_be_closed_and_used_again",
    Moody: "fingerprint_names_engine_and_version",
    Nameless: "it_says_what_it_is",
    Unpackaged: "it_says_what_it_is",
    Escapes: "policy_paths_are_safe",
    NeedsOptional: "an_absent_optional_policy_file_is_no_accident",
    Promises: "default_options_are_options",
    Clashes: "every_layout_takes_the_manifests",
    RaisesAnything: "what_cannot_be_rendered_is_a_render_error",
}


@pytest.mark.parametrize("kind", [Sound, Explains])
def test_the_sound_renderer_breaks_no_rule(kind: type[Sound], tmp_path: Path) -> None:
    suite = Suite()
    suite.kind = kind
    assert broken(suite, tmp_path) == {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_caught_by_name(mutant: type[Sound], tmp_path: Path) -> None:
    suite = Suite()
    suite.kind = mutant
    found = broken(suite, tmp_path, f"test_{MUTANTS[mutant]}")
    (said,) = found.values()
    assert "  rule of: " in said
    assert "  found: " in said


@pytest.mark.parametrize("mutant", [Drops, Shares, ReadsEnvironment, Unchecked], ids=lambda mutant: mutant.__name__)
def test_a_fault_breaks_its_own_rule_and_no_other(mutant: type[Sound], tmp_path: Path) -> None:
    suite = Suite()
    suite.kind = mutant
    assert [*broken(suite, tmp_path)] == [f"test_{MUTANTS[mutant]}"]


def test_every_check_of_the_suite_catches_a_mutant() -> None:
    checks = {name.removeprefix("test_") for name in dir(RendererSuite) if name.startswith("test_")}
    assert checks == {*MUTANTS.values()}
