"""The fixtures that the pytest plugin gives to plugin authors."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from freightlib.errors import PluginError
from freightlib.plugins.hooks import hookimpl
from freightlib.plugins.registry import registry
from freightlib.rendering.builtin.copy import CopyRenderer
from freightlib.testing import AppBuilder, RepositoryBuilder


def test_a_repository(freight_repo: RepositoryBuilder, freight_home: Path) -> None:
    made = freight_repo.commit({"a/b": "1", "c": b"2"})
    assert freight_repo.files(made) == {"a/b": b"1", "c": b"2"}
    assert freight_repo.files("main", "a") == {"b": b"1"}
    assert os.environ["HOME"] == str(freight_home)
    with pytest.raises(AssertionError, match="git no-such-verb"):
        freight_repo.git("no-such-verb")


def test_an_app_is_released_and_promoted(freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app(stages=["test", "production"])
    assert [one.outcome for one in app.promote("test", "production")] == ["promoted", "promoted"]
    assert sorted(app.deployed("production")) == ["freight.lock", "more/settings.yaml", "web.yaml"]
    first = app.tag
    assert app.release({"web.yaml": b"kind: A\n"}) != first
    assert app.render("test").files == {"web.yaml": b"kind: A\n"}


class Upper(CopyRenderer):
    name = "upper"


class Offers:
    @hookimpl
    def freightlib_renderers(self) -> list[Upper]:
        return [Upper()]


def test_a_plugin_that_is_not_installed(
    freight_plugin: Callable[[object], None], render_stage: Callable[..., Any]
) -> None:
    freight_plugin(Offers())
    made = render_stage({"a.yaml": "kind: A\n"}, render={"renderer": "upper"})
    assert made.lock.render.renderer == "upper"


def test_it_is_gone_after_the_test() -> None:
    with pytest.raises(PluginError, match="no renderer named 'upper'"):
        registry().renderer("upper")


def test_a_plugin_that_would_not_be_loaded_fails_its_test(freight_plugin):
    with pytest.raises(PluginError, match="would not be loaded: there is no hook 'freightlib_gate'"):
        freight_plugin(type("Plugin", (), {"freightlib_gate": lambda self: []})())
