"""How results are printed: text for people, JSON for programs, colours only where they are wanted.

``NO_COLOR`` (https://no-color.org) and ``FORCE_COLOR`` (https://force-color.org) are honoured, in this order.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import attrs

from freightlib.cli.style import Style, styled, wants_colour

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def short(tag_or_id: str | None) -> str:
    """A tag or object id cut to twelve hex digits, for tables; a dash for ``None``."""
    if not tag_or_id:
        return "-"
    prefix, dash, digits = tag_or_id.rpartition("-")
    return f"{prefix}{dash}{digits[:12]}"


def moment(when: datetime | None) -> str:
    """A time in UTC, to the minute, for tables."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if when else "-"


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def camel(name: str) -> str:
    """``package_type`` as ``packageType``: the keys of JSON output are those of the YAML records."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def plain(value: Any) -> Any:
    """A result as plain JSON values: attrs values become objects with camelCase keys, times RFC 3339 in UTC."""
    if attrs.has(type(value)):
        return {camel(item.name): plain(getattr(value, item.name)) for item in attrs.fields(type(value))}
    if isinstance(value, Mapping):
        return {_whole(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return _leaf(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, Enum):
        return _leaf(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, int | float | None) else _whole(str(value))


def _whole(text: str) -> str:
    """``text`` with U+FFFD for what stands for a byte that is no UTF-8: no strict parser takes half a pair."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def dump(document: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    # ASCII only: every terminal, locale and parser takes it
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


@attrs.frozen
class Output:
    """Where a verb prints. ``line`` is text for people, and silent with ``--json``; ``quiet`` leaves results only."""

    as_json: bool = False
    quiet: bool = False

    @property
    def colour(self) -> bool:
        """Whether stdout gets colours."""
        return not self.as_json and wants_colour(sys.stdout)

    def styled(self, text: str, style: Style) -> str:
        """``text`` made safe, in a style when stdout gets colours."""
        from freightlib.models.text import visible

        return styled(visible(text), style, self.colour)

    def line(self, text: str = "", style: Style = Style.PLAIN) -> None:
        """Print a line, unless asked for JSON. ``text`` with a style is made safe; pieces come from ``styled``."""
        if not self.as_json:
            sys.stdout.write(f"{styled(text, style, self.colour)}\n")

    def remark(self, text: str) -> None:
        """Print a line that ``--quiet`` leaves out."""
        if not self.quiet:
            self.line(text, Style.DIM)

    def warn(self, text: str) -> None:
        """Print a line on stderr that the user should see."""
        if not self.as_json:
            label = styled("warning:", Style.WARN, wants_colour(sys.stderr))
            from freightlib.models.text import visible

            sys.stderr.write(f"{label} {visible(text)}\n")

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str | tuple[str, Style]]],
        expendable: Sequence[str] = (),
    ) -> None:
        """Print rows under column headings: in full, or fitted to a terminal's width.

        Columns that are ``expendable`` are left out, in this order, where the terminal is too narrow for all.
        """
        if self.as_json:
            return
        from freightlib.cli.tables import fitted, full

        if sys.stdout.isatty():
            fitted(columns, rows, self.colour, expendable)
        else:
            full(columns, rows, self.colour)
