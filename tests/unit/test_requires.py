"""``requires`` of the project file: what is missing, too old or not loaded stops every verb, and says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import freightlib
from freightlib.documents import read_project, schema, write_project
from freightlib.errors import FreightError, PluginError, ProjectError
from freightlib.models import App, Package, Project, Requires, Stage
from freightlib.plugins.registry import Plugin, registry
from freightlib.plugins.requires import check_requires

Call = Callable[..., Any]
SHOP = {"shop": App("shop", Package("plain", "k8s"), stages={"test": Stage("test")})}


@pytest.fixture
def acme() -> Iterator[Call]:
    def add(version: str = "1.2", problem: str | None = None) -> None:
        plugin = Plugin("acme", "freightlib-acme", version)
        if problem is None:
            registry().add(type("Module", (), {})(), plugin)
        else:
            registry().fail(plugin, problem)

    yield add
    registry().remove("acme")


def project(requires: Any) -> bytes:
    apps = {"shop": {"package": {"type": "plain", "path": "k8s"}, "stages": {"test": {"from": "warehouse"}}}}
    return json.dumps({"apps": apps, "requires": requires}).encode()


NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
VERSIONS = st.lists(
    st.builds("".join, st.tuples(st.sampled_from([">=", "<", "==", "!=", "~=", "<="]), st.just("1.4"))), max_size=3
).map(",".join)


@given(st.builds(Requires, st.none() | VERSIONS, st.dictionaries(NAMES, VERSIONS, max_size=3)))
def test_it_round_trips_and_fits_its_schema(requires: Requires) -> None:
    made = Project(SHOP, requires=None if requires == Requires() else requires)
    data = write_project(made)
    assert read_project(data) == made
    jsonschema.validate(YAML(typ="safe", pure=True).load(data), schema("freightlib"))


@pytest.mark.parametrize("nothing", [None, {}, {"freightlib": None}, {"plugins": None}])
def test_nothing_is_required(nothing: Any) -> None:
    assert read_project(project(nothing)).requires is None


WRONG: Mapping[str, tuple[Any, str]] = {
    "no specifier": ({"freightlib": "0.1"}, "requires.freightlib: '0.1' names no versions"),
    "words": ({"plugins": {"helm": "the newest"}}, "requires.plugins.helm: 'the newest' names no versions"),
    "a number": ({"plugins": {"helm": 1}}, "requires.plugins.helm: '1' names no versions"),
    "nothing": ({"plugins": {"helm": None}}, "requires.plugins.helm: expected text, not nothing"),
    "a list": ({"plugins": ["helm"]}, "requires.plugins: expected a mapping, not a list"),
    "no plugin": ({"plugins": {}}, "requires.plugins: names no plugin"),
    "another key": ({"plugin": {}}, "requires.plugin: unknown key; did you mean 'plugins'?"),
    "no name": ({"plugins": {"a b": ">=1"}}, "'a b' cannot be a plugin's name"),
    "text": (">=1", "requires: expected a mapping"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case: str) -> None:
    given_, told = WRONG[case]
    with pytest.raises(ProjectError) as caught:
        read_project(project(given_))
    assert told in str(caught.value)


def test_a_newer_freightlib_is_asked_for_before_keys_are_unknown() -> None:
    text = project({"freightlib": ">=99"}).replace(b'"stages"', b'"stageSets": {}, "stages"')
    with pytest.raises(ProjectError, match="the project requires >=99") as caught:
        read_project(text)
    assert "stageSets: unknown key" in caught.value.hint
    with pytest.raises(ProjectError, match="stageSets: unknown key"):
        read_project(text.replace(b">=99", b">=0.1"))


@pytest.mark.parametrize("name", ["acme", "freightlib-acme", "freightlib_acme"])
def test_a_plugin_goes_by_both_of_its_names(name: str, acme: Call) -> None:
    with pytest.raises(PluginError, match=f"requires the plugin {name}, which is not installed"):
        check_requires(Requires(plugins={name: ">=1"}))
    acme()
    check_requires(Requires(plugins={name: ">=1"}))
    with pytest.raises(PluginError, match=r"in a version >=2, and freightlib-acme 1.2 is installed"):
        check_requires(Requires(plugins={name: ">=2"}))


def test_a_pre_release_counts(acme: Call) -> None:
    acme("2.0rc1")
    check_requires(Requires(plugins={"acme": ">=1"}))


def test_one_that_is_not_loaded(acme: Call) -> None:
    acme(problem="ImportError: no luck")
    with pytest.raises(PluginError, match=r"which is not loaded: freightlib-acme 1.2: ImportError: no luck"):
        check_requires(Requires(plugins={"acme": ""}))


def test_freightlib_itself() -> None:
    check_requires(Requires(">=0.1"))
    with pytest.raises(ProjectError, match=r"requires freightlib <0.1, and this is") as caught:
        check_requires(Requires("<0.1"))
    assert caught.value.data["path"] == "requires.freightlib"


VERBS: Mapping[str, Callable[[Any], Any]] = {
    "status": lambda app: freightlib.status(app.gitops.path),
    "verify": lambda app: freightlib.verify(app.gitops.path),
    "render": lambda app: app.render(),
    "promote": lambda app: app.promote(),
    "auto": lambda app: freightlib.promote_auto(app.gitops.path),
    "publish": lambda app: app.release({"a.yaml": "kind: A\n"}),
    "audit": lambda app: freightlib.audit(app.gitops.path, ["test"]),
    "mark": lambda app: freightlib.mark_blocked(app.gitops.path, [app.tag], reason="x"),
    "prune": lambda app: freightlib.prune(app.gitops.path, keep=1, dry_run=True),
    "log": lambda app: list(freightlib.log(app.gitops.path, "test")),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_stops(verb: str, freight_app: Call, acme: Call) -> None:
    app = freight_app()
    app.promote()
    text = json.loads(app.gitops.files()["freightlib.yaml"])
    app.gitops.commit({"freightlib.yaml": json.dumps({**text, "requires": {"plugins": {"acme": ">=1"}}})})
    with pytest.raises(PluginError, match="the project requires the plugin acme"):
        VERBS[verb](app)
    acme()
    try:
        VERBS[verb](app)
    except FreightError as error:
        assert "requires" not in error.message  # noqa: PT017


def test_what_an_old_file_required_is_history(freight_app: Call) -> None:
    """The audit of what was promoted then is not stopped by what the project file asked for then."""
    app = freight_app()
    text = json.loads(app.gitops.files()["freightlib.yaml"])
    app.gitops.commit({"freightlib.yaml": json.dumps({**text, "requires": {"freightlib": ">=0.1"}})})
    app.promote()
    app.gitops.commit({"freightlib.yaml": json.dumps(text)})
    assert freightlib.audit(app.gitops.path, ["test"]).ok
