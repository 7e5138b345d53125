"""What is rendered twice, when, and what a difference does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import freightlib
from freightlib.documents import read_lock
from freightlib.errors import ProjectError, RenderError, RenderingRefusedError
from freightlib.models import Manifest, RenderResult, Severity
from freightlib.plugins.contracts import Cause, Difference, RenderRequest
from freightlib.plugins.hooks import hookimpl
from freightlib.rendering.builtin.copy import CopyRenderer
from freightlib.rendering.compare import compare_renderings
from freightlib.rendering.twice import MOST_FINDINGS, render_twice
from freightlib.testing import AppBuilder
from tests.cli import call, document


class Dice(CopyRenderer):
    """Copies, and puts a number that is never the same in the place of ``DICE``."""

    name = "dice"

    thrown: Iterator[int]
    fails_at: int

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.thrown, self.fails_at = itertools.count(1), 0

    def render(self, request: RenderRequest, /) -> RenderResult:
        number = next(self.thrown)
        if number == self.fails_at:
            raise RenderError("the dice fell off the table", hint="throw again", stage=request.stage)
        rendered = super().render(request)
        return RenderResult(
            Manifest(each.path, each.data.replace(b"DICE", b"n%d" % number), each.separator)
            for each in rendered.manifests
        )


class Sure(Dice):
    """The same, and says that it threw dice."""

    name = "sure"
    cause = Cause("dice", "db.yaml", 3, "use no dice")

    def suspects(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Sequence[Cause]:
        return [self.cause] if any(b"DICE" in file.data for file in request.package) else []

    def repetitions(self, request: RenderRequest, manifests: Sequence[Manifest], /) -> Iterator[RenderResult]:
        yield from (self.render(request) for _ in range(3))

    def explain(self, request: RenderRequest, differences: Sequence[Difference], /) -> Sequence[Cause | None]:
        return [self.cause for _ in differences]


class Plugin:
    def __init__(self) -> None:
        self.dice, self.sure = Dice(), Sure()

    @hookimpl
    def freightlib_renderers(self) -> Sequence[Any]:
        return [self.dice, self.sure]


PLUGIN = Plugin()


@pytest.fixture
def plugin(freight_plugin: Callable[[object], None]) -> Plugin:
    freight_plugin(PLUGIN)
    for renderer in (PLUGIN.dice, PLUGIN.sure):
        renderer.start()
    return PLUGIN


RANDOM = {"db.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {pin: DICE, who: me}\n"}
STEADY = {"web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"}
QUIET = {"plaintextSecrets": "off"}


def found_in(app: AppBuilder, **options: Any) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in freightlib.render(app.gitops.path, "test", **options).findings]


PIN = ("nondeterministic", "the Secret db: stringData.pin differs when rendered again")


def test_it_is_found_when_asked_for(plugin: Plugin, freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app(RANDOM, render={"renderer": "dice", "checks": QUIET})
    assert found_in(app) == []
    assert found_in(app, check_deterministic=True) == [PIN]


@pytest.mark.parametrize(
    ("mode", "dice", "sure"), [("never", 0, 0), ("suspected", 0, 1), ("new", 1, 1), ("always", 1, 1), (None, 0, 1)]
)
def test_when_stages_are_rendered_twice(
    mode: str | None, dice: int, sure: int, plugin: Plugin, freight_app: Callable[..., AppBuilder]
) -> None:
    for renderer, wanted in (("dice", dice), ("sure", sure)):
        for package in (RANDOM, STEADY):
            app = freight_app(package, render={"renderer": renderer, "checks": QUIET, "renderTwice": mode})
            expected = wanted if package is RANDOM else 0
            assert len(app.render().findings) == expected
            (made,) = app.promote()
            assert len(made.notes) == expected


@pytest.mark.parametrize(("mode", "renders"), [("never", 1), ("suspected", 2), ("new", 4), ("always", 4)])
def test_what_is_suspected_is_rendered_once_more_and_what_is_asked_for_as_often_as_it_takes(
    mode: str, renders: int, plugin: Plugin, freight_app: Callable[..., AppBuilder]
) -> None:
    app = freight_app(RANDOM, render={"renderer": "sure", "checks": QUIET, "renderTwice": mode})
    app.render()
    assert next(plugin.sure.thrown) == renders + 1


def test_the_cause_is_named(plugin: Plugin, freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app(RANDOM, render={"renderer": "sure", "checks": QUIET})
    (found,) = app.render().findings
    assert (found.severity, found.path, found.hint) == (Severity.WARNING, "db.yaml", "use no dice")
    assert found.message == f"{PIN[1]}: likely dice in db.yaml, line 3"
    assert found.data == {
        "resource": "Secret db",
        "fields": ["stringData.pin"],
        "difference": "value",
        "function": "dice",
        "template": "db.yaml",
        "line": 3,
    }


def test_no_value_is_told(plugin: Plugin, freight_app: Callable[..., AppBuilder]) -> None:
    package = {"db.yaml": RANDOM["db.yaml"].replace("DICE", "hunter2-DICE"), "a.yaml": "kind: A\nx: hunter2-DICE\n"}
    app = freight_app(package, render={"renderer": "sure", "checks": QUIET})
    made = app.render()
    assert len(made.findings) == 2
    assert "hunter2" not in repr((made.findings, made.notes))
    assert "hunter2" not in repr(compare_renderings([Manifest("a", b"a: hunter2")], [Manifest("a", b"a: hunter3")]))


def test_refuse_stops_the_promotion_before_anything_is_written(
    plugin: Plugin, freight_app: Callable[..., AppBuilder]
) -> None:
    app = freight_app(RANDOM, render={"renderer": "sure", "checks": {**QUIET, "nondeterministic": "refuse"}})
    before = app.gitops.git("for-each-ref"), app.gitops.git("count-objects", "-v")
    with pytest.raises(RenderingRefusedError, match=r"db\.yaml: the Secret db: stringData.pin differs") as caught:
        app.promote()
    assert caught.value.hint == "use no dice"
    assert [found.code for found in caught.value.data["report"].errors] == ["nondeterministic"]
    assert (app.gitops.git("for-each-ref"), app.gitops.git("count-objects", "-v")) == before


def test_off_renders_once_unless_it_is_asked_for(plugin: Plugin, freight_app: Callable[..., AppBuilder]) -> None:
    checks = {**QUIET, "nondeterministic": "off"}
    app = freight_app(RANDOM, render={"renderer": "sure", "checks": checks, "renderTwice": "always"})
    assert found_in(app) == []
    assert next(plugin.sure.thrown) == 2
    assert len(found_in(app, check_deterministic=True)) == 1


def test_a_stage_that_is_settled_is_checked_when_asked_for_and_stays_as_it_is(
    plugin: Plugin, freight_app: Callable[..., AppBuilder]
) -> None:
    app = freight_app(RANDOM, render={"renderer": "dice", "checks": QUIET})
    app.promote()
    held = app.gitops.git("rev-parse", "stage/test")
    (made,) = app.promote()
    assert (made.outcome, made.notes) == ("unchanged", ())
    (made,) = app.promote(check_deterministic=True)
    assert (made.outcome, made.commit, made.changes) == ("unchanged", None, ())
    assert made.notes == (f"db.yaml: {PIN[1]}",)
    assert made.lock == read_lock(app.deployed()["freight.lock"])
    assert app.gitops.git("rev-parse", "stage/test") == held


def test_a_second_rendering_that_fails_is_a_finding(plugin: Plugin, freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app(STEADY, render={"renderer": "dice"})
    plugin.dice.fails_at = 2
    ((code, message),) = found_in(app, check_deterministic=True)
    assert code == "nondeterministic"
    assert message.endswith("rendering the same inputs again failed: the dice fell off the table")


class Shaky:
    """A transform that is no function of its manifests."""

    name, version = "shaky", "1"

    def __init__(self) -> None:
        self.calls = itertools.count()

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        return {}

    def transform(self, request: Any, /) -> Sequence[Manifest]:
        call = next(self.calls)
        return [Manifest(each.path, each.data + b"call: %d\n" % call, each.separator) for each in request.manifests]


class ShakyPlugin:
    @hookimpl
    def freightlib_transforms(self) -> Sequence[Any]:
        return [Shaky()]


def test_a_transform_that_differs_is_found_too(
    freight_plugin: Callable[[object], None], freight_app: Callable[..., AppBuilder]
) -> None:
    freight_plugin(ShakyPlugin())
    app = freight_app(STEADY, render={"transforms": [{"name": "shaky"}]})
    assert found_in(app, check_deterministic=True) == [
        ("nondeterministic", "the Service web: call differs when rendered again")
    ]


def test_the_copy_renderer_is_deterministic(freight_app: Callable[..., AppBuilder]) -> None:
    assert found_in(freight_app(), check_deterministic=True) == []


def test_there_is_an_end_to_findings(plugin: Plugin) -> None:
    files = {f"f{n:03}.yaml": f"kind: A\nx: DICE{n}\n" for n in range(MOST_FINDINGS + 20)}
    made = RenderResult(Manifest(path, text.encode()) for path, text in files.items())
    others = iter([RenderResult(Manifest(each.path, each.data + b"y: 1\n") for each in made.manifests)])

    class Other(Dice):
        def render(self, request: RenderRequest, /) -> RenderResult:
            return next(others)

    found = render_twice(Other(), None, made, "always", made.manifests, lambda each: each)  # type: ignore[arg-type]
    assert len(found) == MOST_FINDINGS + 1
    assert found[-1].message == "20 more differences like these, the first in f100.yaml"


def test_a_wrong_setting_is_named(render_stage: Callable[..., Any]) -> None:
    with pytest.raises(ProjectError, match="'sometimes' is not a value of renderTwice") as caught:
        render_stage(render={"renderTwice": "sometimes"})
    assert "never, suspected, new, always" in caught.value.hint


def test_the_command_line(
    plugin: Plugin, freight_app: Callable[..., AppBuilder], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = freight_app(RANDOM, render={"renderer": "sure", "checks": QUIET, "renderTwice": "never"})
    repo = ("--repo", app.gitops.path)
    assert call(capsys, "render", "test", *repo)[0] == 0
    status, _, told = call(capsys, "render", "test", *repo, "--check-deterministic")
    assert status == 1
    assert "warning: test: db.yaml: the Secret db: stringData.pin differs" in told
    assert "use no dice" in told
    status, out, _ = call(capsys, "render", "test", *repo, "--check-deterministic", "--out", tmp_path / "out", "--json")
    assert status == 1
    assert [found["code"] for found in document("render", out)["stages"][0]["findings"]] == ["nondeterministic"]
    status, _, told = call(capsys, "promote", "test", *repo, "--check-deterministic")
    assert (status, "stringData.pin differs" in told) == (0, True)
