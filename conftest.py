"""For every test of the core, the plugins and the docs: real tools, and nothing of the developer's machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pygit2
import pygit2.enums
import pytest

from tests import realtools
from tests.backends import backend
from tests.examples import FUZZ, STABLE

__all__ = ["backend"]

# As the developer has it: fetching a tool needs their proxies, pip configuration and cache.
_OWN_ENVIRONMENT = dict(os.environ)
_KEPT = {"FREIGHTLIB_TEST_TOOLS"}
_FOREIGN = ("GIT_", "HELM_", "KUBE", "FREIGHT", "XDG_", "SSH_", "LC_")

# The same examples in every run, so that a newcomer's first run is stable; nox -s fuzz draws others, and more.
hypothesis.settings.register_profile(STABLE, deadline=None, database=None, derandomize=True)
hypothesis.settings.register_profile(FUZZ, deadline=None, database=None, max_examples=1000, print_blob=True)
hypothesis.settings.load_profile(STABLE)


@pytest.fixture(scope="session", autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tests see an empty HOME, no git, Helm or cluster configuration, one time zone and one language."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if (name.startswith(_FOREIGN) and name not in _KEPT) or name in {"LANGUAGE", "NO_COLOR", "FORCE_COLOR"}:
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_TERMINAL_PROMPT", "0")
        patch.setenv("FREIGHTLIB_NETWORK_BUDGET", "0.5")  # no test waits for a network that is not there
        patch.setenv("TZ", "UTC")
        patch.setenv("LC_ALL", "C.UTF-8")
        # libgit2 looked HOME up when it was loaded, and reads none of git's variables
        for level in ("SYSTEM", "GLOBAL", "XDG", "PROGRAMDATA"):
            pygit2.settings.search_path[getattr(pygit2.enums.ConfigLevel, level)] = str(home)
        yield home


@pytest.fixture(scope="session")
def own_environment() -> dict[str, str]:
    """As the developer has it: what installs packages needs their proxies, pip configuration and cache."""
    return dict(_OWN_ENVIRONMENT)


@pytest.fixture(scope="session")
def helm4() -> Path:
    """The helm 4 program."""
    return realtools.tool("helm4", _OWN_ENVIRONMENT)


@pytest.fixture(scope="session")
def helm42() -> Path:
    """The helm program of the version that helm-python-sdk holds, to compare the two byte for byte."""
    return realtools.tool("helm42", _OWN_ENVIRONMENT)


@pytest.fixture(scope="session")
def helm3() -> Path:
    """The helm 3 program."""
    return realtools.tool("helm3", _OWN_ENVIRONMENT)


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The kubectl program, for ``kubectl kustomize``."""
    return realtools.tool("kubectl", _OWN_ENVIRONMENT)
