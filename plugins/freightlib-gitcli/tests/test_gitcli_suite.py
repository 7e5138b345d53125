"""The backend ``git`` keeps the rules of git backends."""

from __future__ import annotations

from freightlib_gitcli.backend import GitProgramBackend

from freightlib.testing import GitBackendSuite


class TestGitProgram(GitBackendSuite):
    def make_backend(self) -> GitProgramBackend:
        return GitProgramBackend()
