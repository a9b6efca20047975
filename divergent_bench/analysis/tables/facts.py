"""Facts about a row of a table, as codes; sentences are made of them last.

Code decides by these columns only. The columns ``note`` and ``adjustment`` say some of them in
words for people; code shows these two at most.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from divergent_bench.analysis.tables.columns import TABLES

_Row = Mapping[Any, Any]  # of a table
_METHODS: Final = {"holm": "Holm", "benjamini-hochberg": "Benjamini-Hochberg"}


class Omission(StrEnum):
    """Why a row has no test or estimate, or why a level takes no part."""

    NO_ANSWER = "no_answer"
    NONE_SCORABLE = "none_scorable"
    ALL_SCORABLE = "all_scorable"
    NO_SCORE = "no_score"
    NO_COUNTERPART = "no_counterpart"
    INCOMPLETE = "incomplete"
    TOO_FEW_LEVELS = "too_few_levels"
    TOO_FEW_ANSWERS = "too_few_answers"
    SINGLE_ANSWERS = "single_answers"
    EQUAL_SCORES = "equal_scores"
    NO_VARIATION = "no_variation"
    CANNOT_REJECT = "cannot_reject"


class Unit(StrEnum):
    """What counts as one observation."""

    ANSWER = "answer"
    WORDING = "wording"
    STIMULUS = "stimulus"
    CELL = "cell"


class Computation(StrEnum):
    """How the p value of a permutation test was computed."""

    ALL = "all_permutations"
    RANDOM = "random_permutations"
    T = "t_distribution"


class LeftOut(NamedTuple):
    """A level that takes no part, and why."""

    factor: str
    level: str
    reason: Omission


_ROWS: Final[Mapping[Omission, str]] = {
    Omission.NO_ANSWER: "a level has no answer",
    Omission.NONE_SCORABLE: "no answer was scorable",
    Omission.ALL_SCORABLE: "every answer was scorable",
    Omission.NO_SCORE: "nothing to compare",
    Omission.TOO_FEW_LEVELS: "fewer than two levels to compare",
    Omission.TOO_FEW_ANSWERS: "too few answers for an estimate",
    Omission.SINGLE_ANSWERS: "a level has a single scorable answer",
    Omission.EQUAL_SCORES: "all scores are equal",
    Omission.NO_VARIATION: "in each cell a level gave one score only, so this holds for these "
    "prompts and has no interval",
    Omission.CANNOT_REJECT: "too few answers for this many comparisons: a single pair that differs "
    "could not be shown",
}
_LEVELS: Final[Mapping[Omission, str]] = {
    Omission.NO_ANSWER: "{level} has no answer",
    Omission.NONE_SCORABLE: "{level} has no scorable answer",
    Omission.TOO_FEW_ANSWERS: "{level} has a single scorable answer",
    Omission.NO_COUNTERPART: "no counterpart for {level}",
    Omission.INCOMPLETE: "{factor} {level}",
}


def encode_left_out(levels: Iterable[LeftOut]) -> str | None:
    """Write levels as the column ``left_out`` holds them: JSON, or nothing where there is none."""
    found = [each._asdict() for each in levels]
    return json.dumps(found, ensure_ascii=False) if found else None


def left_out(row: _Row) -> list[LeftOut]:
    """Return the levels that take no part in what a row tells."""
    found = json.loads(row["left_out"]) if _has(row, "left_out") else []
    return [LeftOut(each["factor"], each["level"], Omission(each["reason"])) for each in found]


def caveats(row: _Row, show: Callable[[str], str] = str) -> str:
    """Say what a reader of a row has to know: why it tells nothing, and what it leaves out.

    The row is of the tables of tests, power or variance; `show` writes the name of a level. Parts
    are joined by semicolons; empty where there is nothing to know.
    """
    parts = []
    reason = Omission(row["reason"]) if _has(row, "reason") else None
    if reason and reason in _ROWS:
        parts.append(_ROWS[reason])
    if levels := left_out(row):
        told = [
            _LEVELS[each.reason].format(factor=each.factor, level=show(each.level))
            for each in levels
        ]
        parts.append(f"left out: {', '.join(told)}")
    for side in ("a", "b"):
        if _has(row, f"n_unmatched_{side}") and (unmatched := row[f"n_unmatched_{side}"]):
            total, name = unmatched + row[f"n_{side}"], show(row[f"group_{side}"])
            parts.append(f"{unmatched:,} of {total:,} answers of {name} left out: no counterpart")
    if row.get("pooled"):
        factors = " and ".join(row["confounded_with"].split("|"))
        parts.append(f"pooled over conditions that differ: {factors} may explain the difference")
    return "; ".join(parts)


def adjustment(row: _Row) -> str:
    """Say how a p value was adjusted: ``Holm over 3``."""
    return f"{_METHODS[row['adjusted_by']]} over {row['adjusted_over']:,}"


def table_of(rows: Iterable[_Row], name: str) -> pd.DataFrame:
    """Make the table called `name` in `TABLES` of its rows; what these do not say is missing.

    A column of True and False has no missing values: what is not said there is False. ``note`` and
    ``adjustment`` are written here.
    """
    columns, written = TABLES[name], [{**row} for row in rows]
    if "note" in columns:
        for row in written:
            row["note"] = caveats(row) or None
            if _has(row, "adjusted_by"):
                row["adjustment"] = adjustment(row)
    return typed({column: [row.get(column) for row in written] for column in columns}, columns)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table by column, as values of Python; the opposite of `table_of`.

    Of columns whose type has a missing value of its own (``Int64``), what is missing is None. It is
    what ``to_dict("records")`` gives, in a quarter of the time.
    """
    names = [str(name) for name in table.columns]
    return [
        dict(zip(names, [None if value is pd.NA else value for value in row], strict=True))
        for row in table.to_numpy(dtype=object).tolist()
    ]


def typed(values: Mapping[str, Any], types: Mapping[str, str]) -> pd.DataFrame:
    """Make a table of columns of the types that `TABLES` has of it.

    It is made of arrays, which takes a fifth of the time that series or ``astype`` would.
    """
    return pd.DataFrame({column: _array(each, types[column]) for column, each in values.items()})


def _array(values: Any, dtype: Any) -> Any:
    if dtype in ("float64", "int64", "bool"):
        return np.array(values, dtype)
    return pd.Categorical(values) if dtype == "category" else pd.array(values, dtype)


def _has(row: _Row, column: str) -> bool:
    return bool(pd.notna(row.get(column)))
