"""What the built-in gates share: how a wrong option is told, and a marker in words.

>>> from freightlib.promotion.gates.options import wrong
>>> wrong("soak", "time", "is missing", "write time: 24h").data["path"]
'gates.soak.time'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from freightlib.errors import ProjectError
from freightlib.models import PROJECT_FILE, Marker
from freightlib.models.text import one_line


def wrong(gate: str, option: str, problem: str, hint: str) -> ProjectError:
    """The error for an option of a gate that is not as it must be."""
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
    """What a gate without options says of them."""

    name: str

    def effective_options(self, options: Mapping[str, Any], /) -> Mapping[str, Any]:
        """It has none. Raises ProjectError."""
        only(self.name, options, ())
        return {}


def told(marker: Marker) -> str:
    """When, by whom and why a marker was set, as far as it says: to be put behind a word."""
    when = f" at {marker.when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if marker.when else ""
    by = f" by {one_line(marker.by, 200)}" if marker.by else ""
    return f"{when}{by}" + (f": {one_line(marker.reason, 200)}" if marker.reason else "")
