"""The tables of a run on disk.

Missing values are empty fields and nothing else, so that a strategy called ``none`` or a model
called ``NA`` stays what it is.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from divergent_bench.analysis.tables.columns import LISTS, TABLES, measures_in
from divergent_bench.analysis.tables.facts import rows_of
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing


def read_table(name: str, path: str | Path) -> pd.DataFrame:
    """Read a table of a run, by its name in `TABLES`, from CSV.

    It has the columns of the table, in their order and of their types, then those of what tasks
    measure that are there; further ones are left out.

    Raises
    ------
    UserError
        If the file is absent, lacks a column, or holds a value that cannot be read as its type.
    """
    path, columns = Path(path), TABLES[name]
    known = columns | {column: measure.dtype for column, measure in measures_in(name).items()}
    try:
        table = pd.read_csv(
            path,
            usecols=lambda column: column in known,
            dtype=known,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8",
        )
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; run the workflow to make it") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot be read as a table of this program ({error}); "
            "delete the file and run the workflow again to make it anew"
        ) from error
    if absent := [column for column in columns if column not in table.columns]:
        raise UserError(
            f"{path}: column {', '.join(absent)} is missing; "
            "delete the file and run the workflow again to make it anew"
        )
    return table[[column for column in known if column in table.columns]]


def records(table: pd.DataFrame, lists: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of a table as data for JSON.

    What is missing is None; what is joined by | (`LISTS` and the columns `lists`) is a list, and so
    is `left_out`.
    """

    def decoded(column: str, value: Any) -> Any:
        if column in LISTS or column in lists:
            return [] if pd.isna(value) else value.split("|")
        if column == "left_out":
            return [] if pd.isna(value) else json.loads(value)
        return None if pd.isna(value) else value

    return [{key: decoded(key, value) for key, value in row.items()} for row in rows_of(table)]


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` as CSV, whole or not at all; the same table gives the same bytes."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
