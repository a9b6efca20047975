"""Measure the divergent thinking of language models with the Divergent Association Task."""

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from pathlib import Path

    from divergent_bench.analysis.loading import Tables

__version__ = "0.2.0"


def load(directory: "str | Path") -> "Tables":
    """Read the tables of a run as data frames.

    Parameters
    ----------
    directory
        Of the results: ``results/NAME``, or ``results/NAME/partial`` of an unfinished run.

    Returns
    -------
    Tables
        A dict of the tables that are there: ``scores`` (a row per sample and semantic space),
        ``words``, ``summary``, ``tests``, ... ``describe(name)`` tells the unit and the meaning of
        each column of a table, as docs/reference/tables.md does: scores and means are in points,
        shares from 0 to 1, prices in USD, times in s.

    Raises
    ------
    UserError
        When there are no scores, or a table cannot be read.

    Examples
    --------
    >>> run = divergent_bench.load("results/demo")
    >>> run["summary"][["model", "n", "mean"]]
    >>> run.describe("summary")
    """
    from divergent_bench.analysis.loading import load as read  # pandas is slow to import

    return read(directory)
