"""The leaderboard: models by mean score; people and baselines in place, without a rank."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pandas as pd

from divergent_bench.analysis.summaries import chosen_norms
from divergent_bench.analysis.tables import rows_of, task_of
from divergent_bench.base.names import percent
from divergent_bench.instrument.norms import percentile_as_text, space_statement
from divergent_bench.instrument.tasks import find_task
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.wording import (
    MISSING,
    Row,
    banner,
    in_table,
    mean_with_interval,
    missing,
    number,
)

_MEAN: Final = "mean [95 % CI]"
_RAW: Final = "raw mean"
_APART: Final = 0.005  # points; nearer, two means are written alike


def leaderboard(rankings: Mapping[str, pd.DataFrame], *, name: str, note: str = "") -> str:
    """Write ``leaderboard.md`` of rankings by `rank_models`, under the `name` of the benchmark.

    They are by task; the name of one stands above its ranking where there are several.
    """
    space = space_statement(str(next(iter(rankings.values()))["space"].iloc[0]))
    parts = [
        banner(note),
        f"# Leaderboard: {markdown.escape(name)}",
        f"{markdown.escape(space)}.",
    ]
    for task, ranking in rankings.items():
        parts += [f"## {find_task(task).title}"] if len(rankings) > 1 else []
        parts.append(ranking_table(ranking))
    return "\n\n".join(part for part in parts if part) + "\n"


def ranking_table(ranking: pd.DataFrame, name: Callable[[str, str], str] = in_table) -> str:
    """Write the leaderboard as a table with the lines that say how to read it.

    `name` writes a label, as for `leaderboard_rows`.
    """
    header, rows = leaderboard_rows(ranking, name, spread=True)
    notes = [
        "Means of the scorable answers: for models, each cell (strategy and temperature) that all "
        "of them share has the same weight, or where they share none each strategy or temperature. "
        "In square brackets are 95 % t intervals, none for fewer than three answers. Only language "
        "models have a rank."
    ]
    if _RAW in header:
        notes.append("The raw mean is over all answers, however often which prompt was asked.")
    if norms := chosen_norms(ranking):
        people = [f"{norm.n:,} people of {norm.label}" for norm in norms]
        notes.append(f"Percentiles are among the {' and the '.join(people)}, in the same space.")
    if ranking["failed_gate"].any():
        gate = task_of(ranking).gate
        notes.append(
            "Names in brackets have no rank: their answers were not shown to be "
            f"{gate.failing if gate else ''}."
        )
    if ranking["rank_low"].notna().any():
        notes.append(
            "In round brackets are ranks that hold for all models at once with 95 % confidence."
        )
    table = markdown.table(header, rows, f"rl{'r' * (len(header) - 2)}")
    return f"{table}\n\n{' '.join(notes)}"


def leaderboard_rows(
    ranking: pd.DataFrame,
    name: Callable[[str, str], str],
    *,
    sd: bool = False,
    spread: bool = False,
) -> tuple[list[str], Sequence[Sequence[str]]]:
    """Return the header and the rows of the leaderboard.

    `name` writes a label, given it and what it is the label of: model, people or baseline. With
    `sd` standard deviations stand in the place of ranks and percentiles, with `spread` these and
    medians beside them.
    """
    norms = chosen_norms(ranking)
    percentiles = [f"percentile, {norm.label}" for norm in norms]
    if len(norms) == 1:
        percentiles = ["percentile"]  # the notes name the people
    if sd:
        columns = ["model", _MEAN, "SD", "scorable", "different lists"]
    else:
        columns = ["rank", "model", _MEAN, "scorable", "different lists", *percentiles]
        columns[3:3] = ["SD", "median"] * spread
    if ((ranking["raw_mean"] - ranking["mean"]).abs() >= _APART).any():
        columns.insert(columns.index(_MEAN) + 1, _RAW)
    rows = []
    for row in rows_of(ranking):
        who = name(row["label"], row["kind"])
        cells = {
            "rank": rank_cell(row),
            "model": f"({who})" if row["failed_gate"] else who,
            _MEAN: mean_with_interval(row),
            _RAW: number(row["raw_mean"]),
            "SD": number(row["sd"]),
            "median": number(row["median"]),
            "scorable": f"{row['n_scorable']:,}/{row['n']:,} ({percent(row['scorable_share'])}%)",
            "different lists": f"{row['n_unique_lists']:,}",
        }
        places = [percentile_text(row[f"percentile_{norm.name}"]) for norm in norms]
        cells |= dict(zip(percentiles, places, strict=True))
        rows.append([cells[column] for column in columns])
    return columns, rows


def rank_cell(row: Row) -> str:
    """Write a rank with the range that holds for all models at once; empty where there is none."""
    if missing(row["rank"]):
        return ""
    if missing(row["rank_low"]):
        return str(row["rank"])
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"{row['rank']} ({low})" if low == high else f"{row['rank']} ({low} to {high})"


def percentile_text(value: float, digits: int = 0) -> str:
    """Write a percentile among people, where there is one."""
    return MISSING if missing(value) else percentile_as_text(value, digits)
