"""A git backend for freightlib over the git program: the backend ``git``.

>>> from freightlib_gitcli import GitProgramBackend
>>> GitProgramBackend().name
'git'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freightlib_gitcli.backend import GitProgramBackend

__all__ = ["GitProgramBackend"]


def __getattr__(name: str) -> Any:
    # lazy: every verb loads the plugin, and few ask for its backend
    if name in __all__:
        from freightlib_gitcli.backend import GitProgramBackend

        return GitProgramBackend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
