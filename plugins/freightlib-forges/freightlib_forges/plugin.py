"""The plugin freightlib finds through the entry point. The clients of the forges are loaded when one is asked."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.plugins.contracts import Forge
from freightlib.plugins.hooks import hookimpl
from freightlib_forges.forgejo import ForgejoForge
from freightlib_forges.github import GithubForge
from freightlib_forges.gitlab import GitlabForge


@hookimpl
def freightlib_forges() -> Iterable[Forge]:
    """Gitea is what Forgejo was: both have the one interface."""
    return [
        GithubForge(),
        GitlabForge(),
        ForgejoForge("forgejo", ("FORGEJO_TOKEN", "GITEA_TOKEN"), "https://codeberg.org"),
        ForgejoForge("gitea", ("GITEA_TOKEN", "FORGEJO_TOKEN"), "https://gitea.com"),
    ]
