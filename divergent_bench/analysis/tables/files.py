"""The tables of a run on disk.

Missing values are empty fields and nothing else, so that a strategy called ``none`` or a model
called ``NA`` stays what it is.
"""

from pathlib import Path

import pandas as pd

from divergent_bench.analysis.tables.columns import TABLES
from divergent_bench.base.errors import UserError
from divergent_bench.base.files import replacing


def read_table(name: str, path: str | Path) -> pd.DataFrame:
    """Read a table of a run.

    Parameters
    ----------
    name
        One of `divergent_bench.analysis.tables.TABLES`.
    path
        CSV.

    Returns
    -------
    DataFrame
        The columns of the table, in their order and of their types; further ones are left out.

    Raises
    ------
    UserError
        If the file is absent, lacks a column, or holds a value that cannot be read as its type.
    """
    path, columns = Path(path), TABLES[name]
    try:
        present = pd.read_csv(path, nrows=0, encoding="utf-8").columns
        absent = [name for name in columns if name not in present]
        if absent:
            raise UserError(
                f"{path}: column {', '.join(absent)} is missing; "
                "delete the file and run the workflow again to make it anew"
            )
        table = pd.read_csv(
            path,
            usecols=list(columns),
            dtype=dict(columns),
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
    return table.loc[:, list(columns)]


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` as CSV, whole or not at all; the same table gives the same bytes."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
