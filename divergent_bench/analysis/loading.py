"""The tables of a run in Python: what `divergent_bench.load` returns."""

from pathlib import Path

import pandas as pd

from divergent_bench.analysis.tables import TABLES, data_dictionary, read_table
from divergent_bench.base.errors import UserError


class Tables(dict[str, pd.DataFrame]):
    """The tables of a run by name, each as a data frame: ``scores``, ``words``, ``summary``, ...

    Columns are of the types that `describe` tells; a missing value is NaN or NA.

    Attributes
    ----------
    directory
        Of the run.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(
            (name, read_table(name, file))
            for name in TABLES
            if (file := directory / f"{name}.csv").is_file()
        )
        self.directory = directory

    def describe(self, name: str) -> pd.DataFrame:
        """Return what the columns of a table mean: ``column``, ``type``, ``unit``, ``meaning``."""
        return data_dictionary(TABLES[name])


def load(directory: str | Path) -> Tables:
    """Read the tables of a run; see `divergent_bench.load`."""
    tables = Tables(Path(directory))
    if "scores" not in tables:
        raise UserError(
            f"{directory}: there are no scores; name the results of a run, results/NAME, in which "
            "samples were scored"
        )
    return tables
