"""Plugins are held to their contract: each member that is missing or wrong is named, with distribution and hook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import freightlib
from freightlib.errors import FreightError, PluginError, ProjectError, PromotionBlockedError
from freightlib.git.contract import GitBackend
from freightlib.models import Finding, ForgeSpec, Manifest, RenderResult, Severity
from freightlib.plugins.contract_checks import conform, flaw_in, members
from freightlib.plugins.contracts import (
    Fingerprint,
    Forge,
    Gate,
    GateResult,
    PolicyPath,
    PullRequest,
    Renderer,
    Transform,
)
from freightlib.plugins.hooks import Specs, hookimpl
from freightlib.plugins.mismatches import MismatchError
from freightlib.plugins.offers import item_of
from freightlib.plugins.registry import Plugin, Registry, registry

ACME = Plugin("acme", "freightlib-acme", "1.2")
REQUEST = PullRequest(1, "https://forge/1", "head", "base", "0" * 40, "open", "title", "body")


class SoundRenderer:
    name = "acme"
    package_types = frozenset({"plain"})
    default_options = frozenset[str]()

    def effective_options(self, options: Any, /) -> Any:
        return options

    def fingerprint(self, options: Any, /) -> Any:
        return Fingerprint("acme", "1")

    def policy_paths(self, options: Any, /) -> Any:
        return [PolicyPath("a", optional=True)]

    def prepare(self, renders: int, /) -> None: ...

    def render(self, request: Any, /) -> Any:
        return RenderResult([Manifest("a", b"kind: A\n")])

    def close(self) -> None: ...


class SoundTransform:
    name = "acme"
    version = "1"

    def effective_options(self, options: Any, /) -> Any:
        return options

    def transform(self, request: Any, /) -> Any:
        return [Manifest("a", b"kind: A\n")]


class SoundGate:
    name = "acme"
    for_policy = False

    def effective_options(self, options: Any, /) -> Any:
        return options

    def evaluate(self, request: Any, /) -> Any:
        return GateResult(True, "fine")


class SoundForge:
    name = "acme"
    reviews = True

    def find(self, place: Any, head: str, base: str, /) -> Any:
        return None

    def open(self, place: Any, wanted: Any, /) -> Any:
        return REQUEST

    def update(self, place: Any, number: int, wanted: Any, /) -> Any:
        return REQUEST

    def close(self, place: Any, number: int, /) -> Any:
        return REQUEST

    def reviewed(self, place: Any, number: int, /) -> Any:
        return REQUEST

    def merge(self, place: Any, number: int, head_commit: str, /) -> None: ...


class SoundBackend:
    name = "acme"

    def accepts(self, location: str, /) -> Any:
        return False

    def open(self, location: str, /, *, push: bool = False, objects_only: Any = ()) -> Any:
        return registry().backend("libgit2").open(location)

    def init(self, path: str, /, *, bare: bool = False, branch: str = "main") -> Any:
        return registry().backend("libgit2").init(path)


SOUND: Mapping[str, type] = {
    "freightlib_renderers": SoundRenderer,
    "freightlib_transforms": SoundTransform,
    "freightlib_gates": SoundGate,
    "freightlib_forges": SoundForge,
    "freightlib_git_backends": SoundBackend,
}
OFFERING = [name for name in vars(Specs) if name.startswith("freightlib_") and name in SOUND]
MEMBERS = [(hook, member.name) for hook in OFFERING for member in members(item_of(hook))]
ATTRIBUTES = [(hook, one.name) for hook in OFFERING for one in members(item_of(hook)) if not one.calls]
METHODS = [(hook, one.name) for hook in OFFERING for one in members(item_of(hook)) if one.calls]
ANSWERING = [
    (hook, one.name)
    for hook in OFFERING
    for one in members(item_of(hook))
    if one.calls and one.hint not in (None, type(None))
]


@pytest.fixture
def plug() -> Iterator[Callable[..., Registry]]:
    def add(hook: str, answer: Callable[..., Any]) -> Registry:
        plugin = type("Plugin", (), {hook: hookimpl(answer)})()
        registry().add(plugin, ACME)
        return registry()

    yield add
    registry().remove("acme")


def kind_of(value: object) -> str:
    return type(value).__name__


def offering(offer: Any) -> Callable[..., Any]:
    def offers(self: object) -> Any:
        return [offer]

    return offers


def looked_up(found: Registry, hook: str) -> Any:
    kind = hook.removeprefix("freightlib_").removeprefix("git_").removesuffix("s")
    return getattr(found, kind)("acme")


@pytest.mark.parametrize("hook", OFFERING)
def test_a_sound_offer_is_taken_and_stays_what_it_is(hook: str, plug: Callable[..., Registry]) -> None:
    offer = SOUND[hook]()
    found = looked_up(plug(hook, offering(offer)), hook)
    assert isinstance(found, SOUND[hook])
    assert item_of(hook) is GitBackend or isinstance(found, item_of(hook))
    assert repr(found) == repr(offer)
    assert looked_up(registry(), hook) is found
    assert registry().problems == []


@pytest.mark.parametrize("hook", OFFERING)
def test_every_built_in_and_every_plugin_here_fits(hook: str) -> None:
    found = registry()
    kinds = {"freightlib_git_backends": found.backends}
    offers = kinds.get(hook, getattr(found, hook.removeprefix("freightlib_"), None))
    assert offers is not None
    assert {name: flaw_in(offer, item_of(hook)) for name, offer in offers().items()} == dict.fromkeys(offers())


@pytest.mark.parametrize(("hook", "member"), MEMBERS)
def test_a_missing_member_is_named(hook: str, member: str, plug: Callable[..., Registry]) -> None:
    without = type("Lacks", (), {name: value for name, value in vars(SOUND[hook]).items() if name != member})
    found = plug(hook, offering(without()))
    kinds = {"copy", "none", "blocked", "common-labels", "libgit2"}
    if member != "name":
        with pytest.raises(PluginError) as caught:
            looked_up(found, hook)
        assert str(caught.value).startswith(f"freightlib-acme 1.2: {hook}: the ")
        assert f"acme lacks {member}" in caught.value.message
        assert caught.value.data["distribution"] == "freightlib-acme"
    else:
        with pytest.raises(PluginError, match=f"freightlib-acme 1.2: {hook}: the .* lacks name"):
            looked_up(found, hook)
    assert [problem for problem in found.problems if f"{hook}: the " in problem and f"lacks {member}" in problem]
    # the others are there all the same
    assert (
        kinds & {*found.renderers(), *found.forges(), *found.gates(), *found.transforms(), *found.backends()} == kinds
    )


@pytest.mark.parametrize(("hook", "member"), ATTRIBUTES)
@pytest.mark.parametrize(
    "value", [None, 7, ["plain"], "", property(lambda self: 1 / 0)], ids=lambda value: type(value).__name__
)
def test_an_attribute_of_another_type_is_named(
    hook: str, member: str, value: Any, plug: Callable[..., Registry]
) -> None:
    wrong = type("Wrong", (SOUND[hook],), {member: value})
    if value == "" and member == "version":
        return  # a text as any other
    found = plug(hook, offering(wrong()))
    with pytest.raises(PluginError) as caught:
        looked_up(found, hook)
    told = str(caught.value)
    assert f"freightlib-acme 1.2: {hook}: the " in told
    assert member in told or (member == "name" and "empty name" in told)


@pytest.mark.parametrize(("hook", "member"), METHODS)
def test_a_method_that_cannot_be_called_so_is_named(hook: str, member: str, plug: Callable[..., Registry]) -> None:
    async def later(self: object, *arguments: object, **named: object) -> None: ...

    for value in (7, None, lambda: None, lambda self, a, b, c, d, e: None, later):
        wrong = type("Wrong", (SOUND[hook],), {member: value})
        found = plug(hook, offering(wrong()))
        with pytest.raises(PluginError, match=f"freightlib-acme 1.2: {hook}: the .* acme .*{member}"):
            looked_up(found, hook)
        registry().remove("acme")


def arguments_of(hook: str, member: str) -> list[Any]:
    (count, _), *_ = next(one.calls for one in members(item_of(hook)) if one.name == member)
    return [ForgeSpec()] * count if hook == "freightlib_forges" else ["somewhere"] * count


def raising(error: BaseException) -> Callable[..., Any]:
    def method(self: object, *arguments: object, **named: object) -> Any:
        raise error

    return method


@pytest.mark.parametrize(("hook", "member"), ANSWERING)
@pytest.mark.parametrize("answer", [7, "text", object(), [1], {1: 2}.keys()], ids=kind_of)
def test_an_answer_of_another_type_is_named(hook: str, member: str, answer: Any, plug: Callable[..., Registry]) -> None:
    wrong = type("Wrong", (SOUND[hook],), {member: lambda self, *arguments, **named: answer})
    offer = looked_up(plug(hook, offering(wrong())), hook)
    with pytest.raises(PluginError) as caught:
        getattr(offer, member)(*arguments_of(hook, member))
    assert caught.value.message.startswith(f"freightlib-acme 1.2: {hook}: {member} of the ")
    assert "acme failed: it answered" in caught.value.message
    assert caught.value.data["member"] == member


@pytest.mark.parametrize(("hook", "member"), METHODS)
@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), RecursionError(), AttributeError("no\nluck")])
def test_what_a_method_raises_is_told_as_the_plugins_fault(
    hook: str, member: str, error: BaseException, plug: Callable[..., Registry]
) -> None:
    wrong = type("Wrong", (SOUND[hook],), {member: raising(error)})
    offer = looked_up(plug(hook, offering(wrong())), hook)
    with pytest.raises(PluginError, match=f"freightlib-acme 1.2: {hook}: {member} of the .*{type(error).__name__}"):
        getattr(offer, member)(*arguments_of(hook, member))


NOT_YAML = [({"a": object()}, "a: object"), ({"a": {"b": [{1}]}}, r"a: b: \[0\]: set"), ({"a": {1: 2}}, "the key 1")]


@pytest.mark.parametrize("hook", ["freightlib_renderers", "freightlib_transforms", "freightlib_gates"])
@pytest.mark.parametrize(("answer", "told"), NOT_YAML, ids=["object", "set", "key"])
def test_options_that_no_lock_can_hold(hook: str, answer: Any, told: str, plug: Callable[..., Registry]) -> None:
    wrong = type("Wrong", (SOUND[hook],), {"effective_options": lambda self, options: answer})
    offer = looked_up(plug(hook, offering(wrong())), hook)
    with pytest.raises(PluginError, match=f"effective_options of the .* acme failed: it answered dict: .*{told}"):
        offer.effective_options({})


def test_errors_of_our_own_pass(plug: Callable[..., Registry]) -> None:
    error = ProjectError("unknown option", hint="", path="render.x")
    wrong = type("Wrong", (SoundRenderer,), {"effective_options": raising(error)})
    offer = looked_up(plug("freightlib_renderers", offering(wrong())), "freightlib_renderers")
    with pytest.raises(ProjectError) as caught:
        offer.effective_options({})
    assert caught.value is error


@pytest.mark.parametrize("answer", [None, 7, "text", {"a": 1}, object(), [None], ["acme"], [SoundRenderer]])
@pytest.mark.parametrize("hook", OFFERING)
def test_a_hook_that_offers_something_else(hook: str, answer: Any, plug: Callable[..., Registry]) -> None:
    found = plug(hook, lambda self: answer)
    with pytest.raises(PluginError, match=f"freightlib-acme 1.2: {hook}"):
        looked_up(found, hook)


@pytest.mark.parametrize("answer", [None, 7, "text", [1], [None]])
def test_codes_that_are_none(answer: Any, plug: Callable[..., Registry]) -> None:
    found = plug("freightlib_checks", lambda self: answer)
    assert "plaintext-secrets" in found.checks()
    assert [one for one in found.problems if "freightlib-acme 1.2: freightlib_checks of freightlib-acme failed" in one]


# --- through the verbs ----------------------------------------------------------------------------

Call = Callable[..., Any]
WRONG_RESULTS: dict[str, Any] = {
    "None": None,
    "a list": [Manifest("a", b"x\n")],
    "texts": RenderResult(["kind: A"]),  # type: ignore[list-item]
    "text for bytes": RenderResult([Manifest("a", "kind: A\n")]),  # type: ignore[arg-type]
    "notes": RenderResult([], notes=[1]),  # type: ignore[list-item]
}


@pytest.mark.parametrize("case", WRONG_RESULTS)
@pytest.mark.parametrize("stages", [["test"], ["test", "other"]], ids=["one stage", "two stages"])
def test_a_renderers_wrong_result(case: str, stages: list[str], freight_app: Call, plug: Call) -> None:
    wrong = type("Wrong", (SoundRenderer,), {"render": lambda self, request: WRONG_RESULTS[case]})
    plug("freightlib_renderers", offering(wrong()))
    app = freight_app(stages=stages, render={"renderer": "acme"})
    with pytest.raises(PluginError, match=r"freightlib-acme 1.2: freightlib_renderers: render of the renderer acme"):
        freightlib.render_stages(app.gitops.path, stages)


def test_a_renderer_of_two_members(freight_app: Call, plug: Call) -> None:
    """The case that ended in a bare AttributeError."""
    plug("freightlib_renderers", offering(type("Two", (), {"name": "acme", "package_types": frozenset({"plain"})})()))
    app = freight_app(render={"renderer": "acme"})
    with pytest.raises(PluginError, match=r"1.2: freightlib_renderers: the renderer acme lacks default_options"):
        app.promote()


class Guessing(SoundRenderer):
    """Renders something else each time, and explains it as ``answers`` say."""

    answers: Mapping[str, Any] = {}
    count = 0

    def render(self, request: Any, /) -> Any:
        Guessing.count += 1
        return RenderResult([Manifest("a", f"kind: A\nspec: {{a: {self.count}}}\n".encode())])

    def suspects(self, request: Any, manifests: Any, /) -> Any:
        return self.answers.get("suspects", [])

    def repetitions(self, request: Any, manifests: Any, /) -> Any:
        yield self.answers.get("repetitions") or self.render(request)

    def explain(self, request: Any, differences: Any, /) -> Any:
        return self.answers.get("explain", [None] * len(differences))


@pytest.mark.parametrize(
    ("member", "answer"),
    [
        ("suspects", None),
        ("suspects", ["now"]),
        ("repetitions", "text"),
        ("explain", 7),
        ("explain", ["now"]),
        ("explain", [None] * 7),
        ("explain", []),
    ],
)
def test_an_explaining_renderers_wrong_answer(member: str, answer: Any, freight_app: Call, plug: Call) -> None:
    wrong = type("Wrong", (Guessing,), {"answers": {member: answer}})
    plug("freightlib_renderers", offering(wrong()))
    app = freight_app(render={"renderer": "acme", "renderTwice": "always"})
    with pytest.raises(PluginError, match=f"1.2: freightlib_renderers: {member} of the renderer acme"):
        app.promote()


@pytest.mark.parametrize("answer", [7, "text", ["text"], [None], {"a": 1}, Finding("a", Severity.ERROR, "a", "b")])
def test_a_checks_wrong_answer(answer: Any, freight_app: Call, plug: Call) -> None:
    app = freight_app()
    plug("freightlib_check_rendering", lambda self, request: answer)
    with pytest.raises(PluginError, match=r"freightlib-acme 1.2: freightlib_check_rendering of freightlib-acme failed"):
        app.promote()


def test_a_finding_without_its_types(freight_app: Call, plug: Call) -> None:
    app = freight_app()
    plug("freightlib_check_rendering", lambda self, request: [Finding("a", "error", "a", "b")])  # type: ignore[arg-type]
    with pytest.raises(PluginError, match=r"\[0\].severity: str is not a Severity"):
        app.promote()


def test_a_check_may_answer_nothing_or_yield(freight_app: Call, plug: Call) -> None:
    def yields(self: object, request: Any) -> Iterator[Finding]:
        yield Finding("odd", Severity.WARNING, "a", "is odd")

    app = freight_app()
    plug("freightlib_check_rendering", yields)
    (made,) = app.promote()
    assert any("is odd" in note for note in made.notes)
    registry().remove("acme")
    plug("freightlib_check_rendering", lambda self, request: None)
    assert app.promote()[0].outcome == "unchanged"


@pytest.mark.parametrize("answer", [None, 7, ["text"], [b"kind: A\n"], {Manifest("a", b"a")}])
def test_a_transforms_wrong_answer(answer: Any, freight_app: Call, plug: Call) -> None:
    wrong = type("Wrong", (SoundTransform,), {"transform": lambda self, request: answer})
    plug("freightlib_transforms", offering(wrong()))
    app = freight_app(render={"transforms": [{"name": "acme"}]})
    with pytest.raises(PluginError, match=r"1.2: freightlib_transforms: transform of the transform acme failed"):
        app.promote()


def gated(app: Any) -> Any:
    project = json.loads(app.gitops.files("main")["freightlib.yaml"])
    project["apps"]["sample"]["gates"] = [{"name": "acme"}]
    app.gitops.commit({"freightlib.yaml": json.dumps(project)})
    return app


@pytest.mark.parametrize("answer", [None, True, "yes", GateResult("yes", "x"), GateResult(True, None)])  # type: ignore[arg-type]
def test_a_gates_wrong_answer_blocks_and_names_it(answer: Any, freight_app: Call, plug: Call) -> None:
    wrong = type("Wrong", (SoundGate,), {"evaluate": lambda self, request: answer})
    plug("freightlib_gates", offering(wrong()))
    app = gated(freight_app())
    with pytest.raises(PromotionBlockedError, match="the gate acme of freightlib-acme failed: TypeError") as caught:
        app.promote()
    assert "(freightlib_gates: evaluate)" in str(caught.value)


def test_a_gates_wrong_options(freight_app: Call, plug: Call) -> None:
    wrong = type("Wrong", (SoundGate,), {"effective_options": lambda self, options: None})
    plug("freightlib_gates", offering(wrong()))
    app = gated(freight_app())
    with pytest.raises(PluginError, match=r"1.2: freightlib_gates: effective_options of the gate acme failed"):
        app.promote()


def test_a_backends_wrong_repository(tmp_path: Any, plug: Call) -> None:
    class Half:
        location = "x"
        head = None

        def read_commit(self, commit: str) -> None: ...

    wrong = type("Wrong", (SoundBackend,), {"open": lambda self, location, push=False, objects_only=(): Half()})
    plug("freightlib_git_backends", offering(wrong()))
    with pytest.raises(
        PluginError, match=r"1.2: freightlib_git_backends: open of the git backend acme failed"
    ) as caught:
        freightlib.open_repository(tmp_path, backend="acme")
    assert "Half lacks address, ref, refs, resolve, read_tree" in caught.value.message


def test_no_plugin_is_asked_for_a_backend_that_is_not_needed(freight_app: Call, plug: Call) -> None:
    asked: list[str] = []
    plug("freightlib_git_backends", lambda self: asked.append("asked") or [])
    app = freight_app()
    assert freightlib.open_repository(app.gitops.path).head
    assert asked == []


@pytest.mark.parametrize("member", ["find", "open", "update", "close", "reviewed"])
def test_a_pull_request_without_its_types(member: str, plug: Call) -> None:
    broken = PullRequest("1", "u", "h", "b", "0" * 40, "open", "t", "b")  # type: ignore[arg-type]
    wrong = type("Wrong", (SoundForge,), {member: lambda self, *arguments: broken})
    plug("freightlib_forges", offering(wrong()))
    with pytest.raises(PluginError, match=f"{member} of the forge acme failed: it answered PullRequest: number: str"):
        getattr(registry().forge("acme"), member)(*arguments_of("freightlib_forges", member))


def test_installing_a_second_renderer_of_a_name_keeps_the_built_in_one(freight_app: Call, plug: Call) -> None:
    plug("freightlib_renderers", offering(type("Copy", (SoundRenderer,), {"name": "copy"})()))
    assert freight_app().promote()[0].lock.render.engine == "freightlib"
    assert any("freightlib-acme and freightlib both offer 'copy'" in problem for problem in registry().problems)


# --- values ---------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=5,
)
HINTS = [
    one.hint for protocol in (Renderer, Transform, Gate, Forge) for one in members(protocol) if one.hint is not None
]


@given(ANYTHING, st.sampled_from(HINTS))
def test_nothing_but_a_mismatch_comes_of_any_value(value: Any, hint: Any) -> None:
    try:
        made = conform(value, hint)
    except MismatchError as error:
        told = error.of(value)
    else:
        told = "it answered" if made is value or list(made) == list(value) else "another value"
    assert told.startswith("it answered")


@given(ANYTHING)
def test_whatever_a_hook_offers_is_taken_or_told(value: Any) -> None:
    found = registry()
    found.add(type("Plugin", (), {"freightlib_gates": hookimpl(lambda self: value)})(), ACME)
    try:
        assert "blocked" in found.gates()
        assert value in ([], (), {}) or found.problems or value == {}
        with pytest.raises(FreightError):
            found.gate("acme")
    finally:
        found.remove("acme")


def test_a_time_without_a_zone() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(MismatchError, match="until: it is a time without a time zone"):
        conform(GateResult(True, "x", until=naive), GateResult)
