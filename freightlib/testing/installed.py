"""The suite for an installed plugin: ``freight plugins check NAME`` runs this file with pytest. Do not import it.

    FREIGHTLIB_CHECK=copy python -m pytest path/to/freightlib/testing/installed.py

``FREIGHTLIB_SUITE`` (module:Class) names the plugin's own suite, if it has one; so does an entry point with the
plugin's name in the group ``freightlib.suites``.
"""

from __future__ import annotations

import os
from importlib import import_module, metadata
from typing import Any, Final

from freightlib.git.contract import GitBackend
from freightlib.plugins.contracts import Gate, Renderer
from freightlib.plugins.registry import registry
from freightlib.testing import GateSuite, GitBackendSuite, RendererSuite

_NAME: Final = os.environ.get("FREIGHTLIB_CHECK", "")


def _suite(kind: type) -> Any:
    given = os.environ.get("FREIGHTLIB_SUITE")
    if given:
        module, _, name = given.partition(":")
        found = getattr(import_module(module), name)
        return found if issubclass(found, kind) else kind
    for entry in metadata.entry_points(group="freightlib.suites", name=_NAME):
        loaded = entry.load()
        if issubclass(loaded, kind):
            return loaded
    return kind


if _NAME in registry().renderers():

    class TestRenderer(_suite(RendererSuite)):  # type: ignore[misc]
        """The installed renderer."""

        def make_renderer(self) -> Renderer:
            """Return the plugin's object from the registry."""
            return registry().renderer(_NAME)


if _NAME in registry().backends():

    class TestGitBackend(_suite(GitBackendSuite)):  # type: ignore[misc]
        """The installed git backend."""

        def make_backend(self) -> GitBackend:
            """Return the plugin's object from the registry."""
            return registry().backend(_NAME)


if _NAME in registry().gates():

    class TestGate(_suite(GateSuite)):  # type: ignore[misc]
        """The installed gate."""

        def make_gate(self) -> Gate:
            """Return the plugin's object from the registry."""
            return registry().gate(_NAME)
