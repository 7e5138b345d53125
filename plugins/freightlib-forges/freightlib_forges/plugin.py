"""The plugin freightlib finds through the entry point. The clients of the forges are loaded when one is asked."""

from __future__ import annotations

from collections.abc import Iterable

from freightlib.plugins import Forge, hookimpl

freightlib_api = 1


@hookimpl
def freightlib_forges() -> Iterable[Forge]:
    """Gitea is what Forgejo was: both have the one interface."""
    # not before a forge is asked for: every verb loads this module
    from freightlib_forges.forgejo import ForgejoForge
    from freightlib_forges.github import GithubForge
    from freightlib_forges.gitlab import GitlabForge

    return [
        GithubForge(),
        GitlabForge(),
        ForgejoForge("forgejo", ("FORGEJO_TOKEN", "GITEA_TOKEN"), "https://codeberg.org"),
        ForgejoForge("gitea", ("GITEA_TOKEN", "FORGEJO_TOKEN"), "https://gitea.com"),
    ]
