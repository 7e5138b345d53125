"""Tables: aligned text in a pipe, fitted to the width (by rich) on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from freightlib.cli.output import Style, safe, styled

_RICH = {
    Style.PLAIN: "",
    Style.BOLD: "bold",
    Style.DIM: "dim",
    Style.GOOD: "green",
    Style.BAD: "bold red",
    Style.WARN: "yellow",
    Style.NAME: "cyan",
    Style.REMOVED: "red",
}

Cell = str | tuple[str, Style]


def _parts(cell: Cell) -> tuple[str, Style]:
    text, style = cell if isinstance(cell, tuple) else (cell, Style.PLAIN)
    return safe(text).replace("\n", " "), style


def full(columns: Sequence[str], rows: Sequence[Sequence[Cell]], colour: bool) -> None:
    """Print every row on one line, whatever its length."""
    lines = [[(name.upper(), Style.BOLD) for name in columns], *([_parts(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index][0]) for line in lines) for index in range(len(columns))]
    for line in lines:
        padded = [
            styled(text, style, colour) + " " * (width - len(text))
            for (text, style), width in zip(line, widths, strict=True)
        ]
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def fitted(columns: Sequence[str], rows: Sequence[Sequence[Cell]], colour: bool) -> None:
    """Print rows fitted to the terminal: cells that do not fit are folded."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name.upper(), overflow="fold")
    for row in rows:
        table.add_row(*(Text(text, style=_RICH[style]) for text, style in map(_parts, row)))
    Console(no_color=not colour, highlight=False, soft_wrap=False).print(table)
