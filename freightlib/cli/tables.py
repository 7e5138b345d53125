"""Prints tables: aligned text in a pipe, fitted to the width (by rich) on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from freightlib.cli.style import Style, styled

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
    from freightlib.models.text import visible

    return visible(text).replace("\n", " "), style


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


def fitted(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], colour: bool, expendable: Sequence[str] = ()
) -> None:
    """Print rows fitted to the terminal: expendable columns are left out first, then cells are folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color=not colour, highlight=False, soft_wrap=False)
    kept = _kept(columns, rows, console.width, expendable)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index in kept:
        table.add_column(columns[index].upper(), overflow="fold")
    for row in rows:
        parts = [_parts(row[index]) for index in kept]
        table.add_row(*(Text(text, style=_RICH[style]) for text, style in parts))
    console.print(table)


def _kept(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], width: int, expendable: Sequence[str]
) -> Sequence[int]:
    """Return the indexes of the columns to print."""
    widths = [max(map(len, (name, *(_parts(row[at])[0] for row in rows)))) for at, name in enumerate(columns)]
    kept = list(range(len(columns)))
    for name in expendable:
        if sum(widths[at] + 2 for at in kept) <= width + 2:
            break
        kept.remove(columns.index(name))
    return kept
