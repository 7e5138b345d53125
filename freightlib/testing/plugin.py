"""The pytest plugin ``freightlib``: fixtures for plugin authors. Pytest loads it through its entry point.

    def test_it_renders(render_stage):
        made = render_stage({"web.yaml": "kind: Service"}, render={"renderer": "copy"})
        assert made.files == {"web.yaml": b"kind: Service"}

``freight_repo``, ``freight_app`` and ``render_stage`` work below the test's ``tmp_path``, isolated from the developer's
machine (``freight_home``). ``freight_plugin`` registers a plugin that is not installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

# ruff: noqa: ARG001  (a fixture takes effect when it is requested, even if its value is not used)

if TYPE_CHECKING:  # pytest loads this module in every run: import freightlib only when a fixture is used
    from freightlib.rendering.run import StageRendering
    from freightlib.testing.apps import AppBuilder
    from freightlib.testing.repositories import RepositoryBuilder

MakeApp: TypeAlias = "Callable[..., AppBuilder]"
RenderStage: TypeAlias = "Callable[..., StageRendering]"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for ``--strict-markers``."""
    from freightlib.testing.programs import MARKER_HELP

    config.addinivalue_line("markers", MARKER_HELP)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; all skipped tests of one program are one line of pytest's summary."""
    from freightlib.testing.programs import MARKER, missing_program

    wanted = [name for mark in item.iter_markers(MARKER) for name in mark.args]
    missing = missing_program(wanted)
    if missing is None:
        return
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.fixture
def freight_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty HOME, and no git, cluster or engine configuration: see ``freightlib.testing.isolate``."""
    from freightlib.testing.environment import isolate

    home = tmp_path_factory.mktemp("home")
    isolate(monkeypatch, home)
    return home


@pytest.fixture
def freight_repo(freight_home: Path, tmp_path: Path) -> RepositoryBuilder:
    """An empty git repository at ``tmp_path / "repo"``: see ``freightlib.testing.RepositoryBuilder``."""
    from freightlib.testing.repositories import RepositoryBuilder

    return RepositoryBuilder(tmp_path / "repo")


@pytest.fixture
def freight_app(freight_home: Path, tmp_path: Path) -> MakeApp:
    """A function that makes an app with two repositories and one release.

    It has the arguments of ``freightlib.testing.AppBuilder`` without the directory. Without a package it uses the
    sample of ``package_type``.
    """
    from freightlib.testing.apps import AppBuilder
    from freightlib.testing.samples import sample_package

    made: list[AppBuilder] = []

    def make(package: Mapping[str, str | bytes] | None = None, **options: Any) -> AppBuilder:
        chosen = sample_package(options.get("package_type", "plain")) if package is None else package
        made.append(AppBuilder(tmp_path / f"app-{len(made)}", chosen, **options))
        return made[-1]

    return make


@pytest.fixture
def render_stage(freight_app: MakeApp) -> RenderStage:
    """A function that renders a package for the stage ``test``, with the arguments of ``freight_app``.

    It returns a ``StageRendering``, made by the whole library.
    """

    def make(package: Mapping[str, str | bytes] | None = None, **options: Any) -> StageRendering:
        return freight_app(package, **options).render()

    return make


@pytest.fixture
def freight_plugin() -> Iterator[Callable[[object], None]]:
    """Register a plugin (a module or object with hook functions) until the test ends, as if it were installed.

    Raises PluginError for a plugin that would not be loaded.
    """
    from freightlib.errors import PluginError
    from freightlib.plugins.registry import Plugin, registry

    added: list[str] = []

    def add(plugin: object) -> None:
        name = f"test-{len(added)}-{getattr(plugin, '__name__', type(plugin).__name__)}"
        added.append(name)
        registry().add(plugin, Plugin(name, "the test", "0"))
        problem = registry().plugins[-1].problem
        if problem is not None:
            raise PluginError(f"the plugin would not be loaded: {problem}", plugin=name, distribution="the test")

    yield add
    for name in added:
        registry().remove(name)
