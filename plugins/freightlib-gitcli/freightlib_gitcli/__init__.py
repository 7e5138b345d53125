"""A git backend for freightlib over the git program: the backend ``git``.

>>> from freightlib_gitcli import GitProgramBackend
>>> GitProgramBackend().name
'git'
"""

from __future__ import annotations

from freightlib_gitcli.backend import GitProgramBackend

__all__ = ["GitProgramBackend"]
