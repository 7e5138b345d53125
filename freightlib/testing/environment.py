"""Isolates tests from the developer's machine: they see none of its git, cluster or engine configuration.

from freightlib.testing import isolate

@pytest.fixture(autouse=True)
def _isolated(monkeypatch, tmp_path_factory):
    isolate(monkeypatch, tmp_path_factory.mktemp("home"))
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

_FOREIGN: Final = ("GIT_", "HELM_", "KUBE", "XDG_", "SSH_", "LC_")
_ALSO: Final = ("LANGUAGE", "NO_COLOR", "FORCE_COLOR", "GPG_AGENT_INFO")


def isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Isolate this process until ``patch`` is undone.

    HOME is ``home``, git reads only the configuration of the repository and never prompts, the time zone is UTC, the
    locale is C.UTF-8.
    """
    for name in [*os.environ]:
        if name.startswith(_FOREIGN) or name in _ALSO:
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        patch.setenv(f"XDG_{kind}_HOME", str(home / f".{kind.lower()}"))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        patch.setenv(name, os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GIT_TERMINAL_PROMPT", "0")
    patch.setenv("TZ", "UTC")
    patch.setenv("LC_ALL", "C.UTF-8")
