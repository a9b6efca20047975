"""Tables for a terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # rich is slow to import, and --help does without
    from rich.table import Table


def new_table(*columns: str, right: int = 0) -> "Table":
    """Return a table without rows, of which the last `right` columns hold numbers."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns[: len(columns) - right]:
        table.add_column(column, overflow="fold")
    for column in columns[len(columns) - right :]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def print_table(table: "Table") -> None:
    """Print a table; square brackets in it are text, not markup."""
    from rich.console import Console

    Console(markup=False).print(table)
