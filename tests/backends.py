"""Runs what uses it with every git backend that is here, chosen as a user may choose: in the environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from freightlib.plugins.repositories import BACKEND

BACKENDS = ("libgit2", "git")


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The git backend that opens every repository of the test, in child processes too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BACKEND, request.param)
        yield request.param
