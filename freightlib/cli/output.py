"""Prints results: text for people, JSON for programs, colours only if they are wanted.

It respects ``NO_COLOR`` (https://no-color.org) and ``FORCE_COLOR`` (https://force-color.org), in this order.
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
    """Shorten a tag or object id to twelve hex digits, for tables; return a dash for ``None``."""
    if not tag_or_id:
        return "-"
    prefix, dash, digits = tag_or_id.rpartition("-")
    return f"{prefix}{dash}{digits[:12]}"


def moment(when: datetime | None) -> str:
    """Format a time in UTC, to the minute, for tables; return a dash for ``None``."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if when else "-"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def camel(name: str) -> str:
    """Return ``packageType`` for ``package_type``: JSON output has the keys of the YAML records."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def plain(value: Any) -> Any:
    """Convert a result to JSON values: attrs values become objects with camelCase keys, times RFC 3339 in UTC."""
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
    """Replace surrogates (bytes that are not UTF-8) with U+FFFD: strict JSON parsers refuse a lone surrogate."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def dump(document: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    # ASCII only: every terminal, locale and parser can read it
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


@attrs.frozen
class Printer:
    """The output of a verb. With ``as_json``, ``line`` prints nothing; with ``quiet``, only results are printed."""

    as_json: bool = False
    quiet: bool = False

    @property
    def colour(self) -> bool:
        """True if stdout gets colours."""
        return not self.as_json and wants_colour(sys.stdout)

    def styled(self, text: str, style: Style) -> str:
        """Escape ``text`` for a terminal, and style it if stdout gets colours."""
        from freightlib.models.text import visible

        return styled(visible(text), style, self.colour)

    def line(self, text: str = "", style: Style = Style.PLAIN) -> None:
        """Print a line, but nothing with ``--json``. Pass untrusted text through ``styled``, which escapes it."""
        if not self.as_json:
            sys.stdout.write(f"{styled(text, style, self.colour)}\n")

    def remark(self, text: str) -> None:
        """Print a line that ``--quiet`` suppresses."""
        if not self.quiet:
            self.line(text, Style.DIM)

    def warn(self, text: str) -> None:
        """Print a warning on stderr."""
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
        """Print rows under column headings: in full, or fitted to the width of a terminal.

        If the terminal is too narrow, the ``expendable`` columns are left out, in this order.
        """
        if self.as_json:
            return
        from freightlib.cli.tables import fitted, full

        if sys.stdout.isatty():
            fitted(columns, rows, self.colour, expendable)
        else:
            full(columns, rows, self.colour)
