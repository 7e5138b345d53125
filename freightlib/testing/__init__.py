"""Tools for tests of plugins: conformance suites to subclass, builders of repositories, and a pytest plugin.

    from freightlib.testing import RendererSuite

    class TestMine(RendererSuite):
        def make_renderer(self):
            return Mine()

Install it with ``pip install 'freightlib[testing]'``. The pytest plugin has the fixtures ``freight_repo``,
``freight_app`` and ``render_stage`` (see ``freightlib.testing.plugin``). No other room uses pytest.

Public: plugin authors and your own tests may use the suites, the builders and the fixtures. The tests of freightlib
itself use the same builders for all their repositories.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freightlib.testing.apps import AppBuilder
    from freightlib.testing.cases import RenderCase
    from freightlib.testing.environment import isolate
    from freightlib.testing.gate_suite import GateSuite
    from freightlib.testing.git_suite import GitBackendSuite
    from freightlib.testing.objects import ObjectBuilder
    from freightlib.testing.program import git, git_bytes
    from freightlib.testing.projects import ProjectBuilder
    from freightlib.testing.renderer_suite import RendererSuite
    from freightlib.testing.repositories import RepositoryBuilder
    from freightlib.testing.samples import sample_package, sample_resources
    from freightlib.testing.streams import commit_stream, import_stream
    from freightlib.testing.writing import write_files

__all__ = [
    "AppBuilder",
    "GateSuite",
    "GitBackendSuite",
    "ObjectBuilder",
    "ProjectBuilder",
    "RenderCase",
    "RendererSuite",
    "RepositoryBuilder",
    "commit_stream",
    "git",
    "git_bytes",
    "import_stream",
    "isolate",
    "sample_package",
    "sample_resources",
    "write_files",
]

_PLACES = {
    "AppBuilder": "apps",
    "GateSuite": "gate_suite",
    "GitBackendSuite": "git_suite",
    "ObjectBuilder": "objects",
    "ProjectBuilder": "projects",
    "RenderCase": "cases",
    "RendererSuite": "renderer_suite",
    "RepositoryBuilder": "repositories",
    "commit_stream": "streams",
    "git": "program",
    "git_bytes": "program",
    "import_stream": "streams",
    "isolate": "environment",
    "sample_package": "samples",
    "sample_resources": "samples",
    "write_files": "writing",
}


def __getattr__(name: str) -> Any:
    # lazy: pytest imports this package in every run, because of the pytest plugin
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
