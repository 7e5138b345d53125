"""The conformance suite of freightlib, on this backend."""

from __future__ import annotations

from freightlib_gitcli import GitProgramBackend

from freightlib.testing import GitBackendSuite


class TestGitProgram(GitBackendSuite):
    def make_backend(self) -> GitProgramBackend:
        return GitProgramBackend()
