"""Pull requests of reviewed stages on GitHub, GitLab, Forgejo and Gitea.

>>> from freightlib import registry
>>> sorted(registry().forges())
['forgejo', 'gitea', 'github', 'gitlab', 'none']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freightlib_forges.base import OgrForge

__all__ = ["OgrForge"]


def __getattr__(name: str) -> Any:
    # lazy: every verb loads the plugin, and few ask for a forge
    if name in __all__:
        from freightlib_forges.base import OgrForge

        return OgrForge
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
