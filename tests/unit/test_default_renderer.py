"""Without ``renderer:`` a package type's own renderer is taken, whatever else is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from freightlib.errors import PluginError, ProjectError
from freightlib.plugins.default_renderer import default_renderer
from freightlib.plugins.hooks import hookimpl
from freightlib.plugins.registry import Plugin, registry
from freightlib.rendering.builtin.copy import CopyRenderer

Install = Callable[..., None]


@pytest.fixture
def install() -> Iterator[Install]:
    added: list[str] = []

    def add(distribution: str, *names: str, package_type: str, problem: str | None = None) -> None:
        added.append(f"{distribution}-{len(added)}")
        plugin = Plugin(added[-1], distribution, "1")
        if problem is not None:
            registry().fail(plugin, problem)
            return
        kinds = {"package_types": frozenset({package_type})}
        offers: list[Any] = [type("Mine", (CopyRenderer,), {"name": name, **kinds})() for name in names]
        registry().add(type("Module", (), {"freightlib_renderers": hookimpl(lambda self: offers)})(), plugin)

    yield add
    for name in added:
        registry().remove(name)


def test_the_built_in_one_wins(install: Install, freight_app: Callable[..., Any]) -> None:
    app = freight_app()
    assert app.promote()[0].outcome == "promoted"
    install("acme", "another", package_type="plain")
    install("freightlib-plain", "a-third", package_type="plain")
    assert default_renderer("plain") == "copy"
    assert app.promote()[0].outcome == "unchanged"


@pytest.mark.parametrize(("kind", "name"), [("helm", "helm-template"), ("kustomize", "kustomize")])
def test_the_first_party_plugin_wins(kind: str, name: str, install: Install) -> None:
    install("acme", "another", package_type=kind)
    assert default_renderer(kind) == name


@pytest.mark.parametrize("distribution", ["freightlib-jsonnet", "FreightLib_Jsonnet", "freightlib.jsonnet"])
def test_a_type_of_a_plugin_has_its_own(distribution: str, install: Install) -> None:
    assert default_renderer("jsonnet") is None
    install("acme", "another", package_type="jsonnet")
    assert default_renderer("jsonnet") == "another"
    install(distribution, "jsonnet", package_type="jsonnet")
    assert default_renderer("jsonnet") == "jsonnet"


def test_of_two_others_none_is_taken(install: Install) -> None:
    install("acme", "one", package_type="jsonnet")
    install("bolts", "two", package_type="jsonnet")
    assert default_renderer("jsonnet") is None


def test_another_does_not_stand_in_for_one_that_is_broken(install: Install) -> None:
    install("acme", "another", package_type="jsonnet")
    install("freightlib-jsonnet", package_type="jsonnet", problem="ImportError: no luck")
    with pytest.raises(PluginError, match="freightlib-jsonnet 1: ImportError: no luck"):
        default_renderer("jsonnet")


def test_nor_for_one_that_lacks_a_member(install: Install) -> None:
    install("acme", "another", package_type="jsonnet")
    plugin = Plugin("half", "freightlib-jsonnet", "1")
    half = type("Half", (), {"name": "jsonnet"})()
    registry().add(type("Module", (), {"freightlib_renderers": hookimpl(lambda self: [half])})(), plugin)
    try:
        with pytest.raises(PluginError, match="freightlib_renderers: the renderer jsonnet lacks package_types"):
            default_renderer("jsonnet")
    finally:
        registry().remove("half")


def test_what_may_be_named_is_listed(install: Install, freight_app: Callable[..., Any]) -> None:
    app = freight_app()
    install("acme", "one", package_type="plain")
    text = app.gitops.files()["freightlib.yaml"].decode().replace('"render": {}', '"render": {"renderer": "onne"}')
    app.gitops.commit({"freightlib.yaml": text})
    with pytest.raises((PluginError, ProjectError), match="did you mean 'one'"):
        app.promote()
