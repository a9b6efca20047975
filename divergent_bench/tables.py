"""The tables of a run: which columns they have, and how they are read and written.

Missing values are empty fields and nothing else, so that a strategy called ``none`` or a model
called ``NA`` stays what it is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from divergent_bench.errors import UserError
from divergent_bench.files import replacing
from divergent_bench.names import format_temperature
from divergent_bench.norms import NORMS

MODEL: Final = ["provider", "model"]
CONDITION: Final = [*MODEL, "strategy", "temperature"]
OUTCOMES: Final = ("ok", "refused", "filtered", "truncated", "empty")
SETTINGS: Final = ("temperature", "seed", "structured")  # requested; not every model takes them
BASELINE: Final = "baseline"  # the provider of the generators that are no language model

# Few distinct values become categories; free text and keys stay strings.
SCORES: Final[Mapping[str, str]] = {
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "outcome": "category",
    "score": "float64",
    "n_words": "int64",
    "n_valid": "int64",
    "scored_words": "str",
    "layout": "category",
    "flags": "str",
    "requested": "category",
    "sent": "category",
    "served_model": "category",
    "cost_usd": "float64",
    "latency_s": "float64",
    "digest": "str",
    "sample": "str",
}
WORDS: Final[Mapping[str, str]] = {
    "space": "category",
    "provider": "category",
    "model": "category",
    "strategy": "category",
    "temperature": "float64",
    "seed": "int64",
    "position": "int64",
    "raw": "str",
    "word": "str",
    "accepted": "bool",
    "scored": "bool",
    "reason": "category",
}
SUMMARY: Final[Mapping[str, str]] = {
    "space": "str",
    "provider": "str",
    "model": "str",
    "strategy": "str",
    "temperature": "float64",
    "n": "int64",
    **{f"n_{outcome}": "int64" for outcome in OUTCOMES},
    "n_scorable": "int64",
    "scorable_share": "float64",
    "scorable_low": "float64",
    "scorable_high": "float64",
    "n_unique_lists": "int64",
    "effective_n": "float64",
    "mean": "float64",
    "mean_low": "float64",
    "mean_high": "float64",
    "sd": "float64",
    "median": "float64",
    "min": "float64",
    "max": "float64",
    **{f"percentile_{norm}": "float64" for norm in NORMS},
    "cost_usd": "float64",
    "median_latency_s": "float64",
}
TESTS: Final[Mapping[str, str]] = {
    "space": "str",
    "test": "str",
    "factor": "str",
    "group_a": "str",
    "group_b": "str",
    "n_a": "Int64",
    "n_b": "Int64",
    "n_unique_a": "Int64",
    "n_unique_b": "Int64",
    "statistic": "float64",
    "effect_name": "str",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjustment": "str",
    "note": "str",
}


def read_scores(path: str | Path) -> pd.DataFrame:
    """Read ``scores.csv``: one row per sample and semantic space.

    Returns
    -------
    DataFrame
        The columns of `SCORES`, in that order; an unscorable sample has the score NaN.

    Raises
    ------
    UserError
        If the file is absent, lacks a column, or holds a value that cannot be read as its type.
    """
    return _read(Path(path), SCORES)


def read_words(path: str | Path) -> pd.DataFrame:
    """Read ``words.csv``: one row per word and semantic space, the columns of `WORDS`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), WORDS)


def read_summary(path: str | Path) -> pd.DataFrame:
    """Read ``summary.csv``: one row per condition and semantic space, the columns of `SUMMARY`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), SUMMARY)


def read_tests(path: str | Path) -> pd.DataFrame:
    """Read ``tests.csv``: one row per test or effect size, the columns of `TESTS`.

    Raises
    ------
    UserError
        As `read_scores`.
    """
    return _read(Path(path), TESTS)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` as CSV, whole or not at all; the same table gives the same bytes."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def primary_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the primary space, which is the first one named in the table.

    Raises
    ------
    UserError
        If the table has no row.
    """
    if scores.empty:
        raise UserError(
            "the table of scores has no row, so there is nothing to analyse: "
            "let the config ask for at least one sample"
        )
    primary = str(scores["space"].iloc[0])
    return scores.loc[scores["space"].eq(primary)]


def model_labels(table: pd.DataFrame) -> "pd.Series[str]":
    """Name the model of each row: ``model``, or ``provider/model`` where providers share a name."""
    models = table[MODEL].drop_duplicates().astype(str)
    shared = set(models.loc[models["model"].duplicated(keep=False), "model"])
    provider, model = table["provider"].astype(str), table["model"].astype(str)
    return model.where(~model.isin(shared), provider + "/" + model)


def temperature_label(temperature: float) -> str:
    """Write a temperature as people do; ``default`` where it was left to the model."""
    return format_temperature(None if pd.isna(temperature) else temperature)


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
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
