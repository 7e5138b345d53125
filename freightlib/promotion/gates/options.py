"""Helpers of the built-in gates: errors for wrong options, and the text of a marker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from freightlib.errors import ProjectError
from freightlib.models import PROJECT_FILE, Marker
from freightlib.models.text import one_line


def wrong(gate: str, option: str, problem: str, hint: str) -> ProjectError:
    """Make the error for a wrong option of a gate."""
    return ProjectError(
        f"{PROJECT_FILE}: the gate {gate}: {option} {problem}",
        hint=hint,
        document=PROJECT_FILE,
        path=f"gates.{gate}.{option}",
    )


def only(gate: str, options: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise ProjectError for an option that the gate does not have."""
    names = tuple(known)
    for option in options:
        if option not in names:
            raise wrong(gate, option, "is not known", f"it takes {', '.join(names) or 'no options'}")


class Optionless:
    """A base class for gates without options."""

    name: str

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Return no options. Raises ProjectError for any option that is given."""
        only(self.name, options, ())
        return {}


def details(marker: Marker) -> str:
    """Return when, by whom and why a marker was set, as far as it says; the text is appended to another."""
    when = f" at {marker.when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if marker.when else ""
    by = f" by {one_line(marker.by, 200)}" if marker.by else ""
    return f"{when}{by}" + (f": {one_line(marker.reason, 200)}" if marker.reason else "")
