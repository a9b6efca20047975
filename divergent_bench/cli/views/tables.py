"""How commands print: tables, notes below them, and JSON."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # slow to import, and --help does without
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

_GAP: Final = 2  # characters between columns
_NARROWEST_COLUMN: Final = 12  # characters of one whose lines are broken
_PIPE_WIDTH: Final = 200


def text_table(
    columns: Sequence[str],
    rows: "Iterable[Sequence[str | Text]]",
    *,
    right: int = 0,
    width: int | None = None,
) -> "Table":
    """Return a table whose cells are shown as they are.

    So many of the last columns as `right` are short, such as numbers, and stand at the right. The
    first column has `width` characters at least.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        if place >= len(columns) - right:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold", min_width=None if place else width)
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return table


def fitting(table: "Table", width: int) -> "RenderableType":
    """Return a table as it is, or, where that would cut columns off, each row as a list of its own.

    So many characters as `width` are there.
    """
    from rich.console import Group
    from rich.text import Text

    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    needed = [
        _widest(cells)
        if column.no_wrap
        else min(_widest(cells), max(column.min_width or 0, _NARROWEST_COLUMN))
        for column, cells in zip(table.columns, columns, strict=True)
    ]
    if sum(needed) + _GAP * (len(needed) - 1) <= width:
        return table
    heads, *rows = zip(*columns, strict=True)
    lines = []
    for row in rows:
        told = [
            f"{' '.join(head.split())}: {' '.join(cell.split())}"
            for head, cell in zip(heads, row, strict=True)
            if cell
        ]
        lines += [Text(told[0]), *(Text(f"  {line}") for line in told[1:])]
    return Group(*lines)


def _widest(cells: Iterable[str]) -> int:
    return max(len(line) for cell in cells for line in cell.split("\n"))


def _console() -> "Console":
    from rich.console import Console

    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return Console(markup=False, emoji=False, highlight=False)
    # What reads from a pipe wants names in one piece. rich heeds both width and height, or neither.
    return Console(markup=False, emoji=False, highlight=False, width=_PIPE_WIDTH, height=1)


def print_table(table: "Table", notes: Iterable[str] = ()) -> None:
    """Print a table and notes below it."""
    console = _console()
    console.print(fitting(table, console.width))
    for note in notes:  # whole lines through a pipe, whole words on a terminal
        console.print(note, soft_wrap=not console.is_terminal)


def say(text: str) -> None:
    """Tell people something; the output belongs to what they asked for."""
    print(text, file=sys.stderr, flush=True)


def print_json(content: Any) -> None:
    """Print data as JSON, in ASCII: half a character, which UTF-8 cannot spell, stays an escape."""
    print(json.dumps(content, indent=2))
