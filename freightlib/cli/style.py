"""Colours for terminals, and text that is safe to print."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TextIO


class Style(StrEnum):
    """The style of a piece of text, by its meaning; the value is the SGR code."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    GOOD = "32"
    BAD = "1;31"
    WARN = "33"
    NAME = "36"
    REMOVED = "31"


def wants_colour(stream: TextIO) -> bool:
    """Return True if ``stream`` gets colours."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, style: Style, colour: bool) -> str:
    """Return ``text`` in a style, or unchanged without ``colour``."""
    return f"\x1b[{style.value}m{text}\x1b[0m" if colour and style.value and text else text
