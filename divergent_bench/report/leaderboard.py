"""The leaderboard: models by mean score, baselines apart."""

from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.norms import space_statement
from divergent_bench.report import markdown
from divergent_bench.summaries import chosen_norms


def leaderboard(ranking: pd.DataFrame, *, name: str) -> str:
    """Write ``leaderboard.md``.

    Parameters
    ----------
    ranking
        As `divergent_bench.summaries.rank_models` gives it.
    name
        Of the benchmark, from the config.
    """
    return f"# Leaderboard: {markdown.escape(name)}\n\n{ranking_table(ranking)}\n"


def ranking_table(ranking: pd.DataFrame) -> str:
    """Write the leaderboard as a table with the lines that say how to read it."""
    space = str(ranking["space"].iloc[0])
    norms = chosen_norms(ranking)
    header = ["rank", "model", "mean [95 % CI]", "scorable", "unique lists"]
    header += [f"percentile, {norm.label}" for norm in norms]
    rows = []
    for row in ranking.to_dict("records"):
        label = markdown.escape(row["label"])
        cells = [
            "" if pd.isna(row["rank"]) else str(row["rank"]),
            f"*{label}* (baseline)" if row["baseline"] else label,
            mean_with_interval(row),
            f"{row['n_scorable']:,}/{row['n']:,} ({row['scorable_share']:.0%})",
            f"{row['n_unique_lists']:,}",
        ]
        cells += [_percentile(row[f"percentile_{norm.name}"]) for norm in norms]
        rows.append(cells)
    table = markdown.table(header, rows, "rl" + "r" * (len(header) - 2))
    return (
        f"{markdown.escape(space_statement(space))}.\n\n{table}\n\n"
        "Mean over the scorable answers of all conditions of a model; interval by bootstrap over "
        "unique lists, none for a single list. Baselines are no language models and have no rank. "
        "A rank is an order of means, not a test: see tests.csv."
    )


def mean_with_interval(row: dict[Any, Any]) -> str:
    """Write a mean and its interval; ``n/a`` where nothing is scorable."""
    if pd.isna(row["mean"]):
        return "n/a"
    if pd.isna(row["mean_low"]):
        return f"{row['mean']:.2f}"
    return f"{row['mean']:.2f} [{row['mean_low']:.2f}, {row['mean_high']:.2f}]"


def _percentile(value: float) -> str:
    if np.isnan(value):
        return "n/a"
    return ">= 99.9" if value >= 99.9 else "<= 0.1" if value <= 0.1 else f"{value:.0f}"
