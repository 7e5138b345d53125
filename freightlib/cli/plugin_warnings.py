"""Warns the user of broken plugins, whatever the verb."""

from __future__ import annotations

import sys


def warn_of_plugins() -> None:
    """Print a line on stderr for each plugin that was found to be broken, unless the verb has listed it."""
    from freightlib.plugins.registry import problems_so_far, registry

    problems = problems_so_far()
    if not problems or registry().reported:
        return
    from freightlib.cli.style import Style, styled, wants_colour
    from freightlib.models.text import visible

    label = styled("warning:", Style.WARN, wants_colour(sys.stderr))
    for problem in problems:
        sys.stderr.write(f"{label} {visible(' '.join(problem.split()))} (see: freight plugins)\n")
