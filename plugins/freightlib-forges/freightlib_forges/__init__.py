"""Pull requests of reviewed stages on GitHub, GitLab, Forgejo and Gitea.

>>> from freightlib.plugins.registry import registry
>>> sorted(registry().forges())
['forgejo', 'gitea', 'github', 'gitlab', 'none']
"""

from freightlib_forges.base import OgrForge

__all__ = ["OgrForge"]
