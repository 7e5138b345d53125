"""Colours for terminals, and text that is safe to print."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TextIO


class Style(StrEnum):
    """What a piece of text means; the value is its SGR code."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    GOOD = "32"
    BAD = "1;31"
    WARN = "33"
    NAME = "36"
    REMOVED = "31"


def wants_colour(stream: TextIO) -> bool:
    """Whether ``stream`` shall get colours."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, style: Style, colour: bool) -> str:
    """``text`` in a style, or as it is."""
    return f"\x1b[{style.value}m{text}\x1b[0m" if colour and style.value and text else text
