"""How many examples a property test draws."""

from __future__ import annotations

from typing import Final

import hypothesis

#: The profile of every run but ``nox -s fuzz``: always the same examples.
STABLE: Final = "stable"
#: The profile of ``nox -s fuzz``: other examples each time, and more of them.
FUZZ: Final = "fuzz"
_MORE: Final = 5


def examples(usually: int) -> int:
    """The number of examples for a test of which the profile's own number would take too long."""
    return usually * _MORE if hypothesis.settings.get_current_profile_name() == FUZZ else usually
