"""Tells the user of plugins that are not loaded, whatever the verb."""

from __future__ import annotations

import sys


def warn_of_plugins() -> None:
    """Print a line on stderr for each plugin that was found to be broken, unless the verb has told of it."""
    loaded = sys.modules.get("freightlib.plugins.registry")
    if loaded is None or not loaded.registry.cache_info().currsize:
        return  # the verb needed no plugin
    found = loaded.registry()
    if found.reported or not found.problems:
        return
    from freightlib.cli.style import Style, styled, wants_colour
    from freightlib.models.text import visible

    label = styled("warning:", Style.WARN, wants_colour(sys.stderr))
    for problem in found.problems:
        sys.stderr.write(f"{label} {visible(' '.join(problem.split()))} (see: freight plugins)\n")
