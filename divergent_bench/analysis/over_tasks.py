"""How models stand in several tasks: their ranks in each, and whether the orders are alike.

Scores of different tasks are not on one scale, and are never pooled or compared; ranks are.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from divergent_bench.analysis.statistics.agreement import tau_b
from divergent_bench.analysis.statistics.cells import Floats
from divergent_bench.analysis.statistics.ranks import ranks_of
from divergent_bench.analysis.tables import MODEL, rows_of, table_of

SPEARMAN: Final = "spearman_rho"
KENDALL: Final = "kendall_tau_b"
FEWEST_MODELS: Final = 3  # of two, an order is the same or the reverse by chance


def rank_in_tasks(rankings: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return where each model stands in each task: the table ``ranks``.

    The rankings are those of `summaries.rank_models` by task. People and baselines have no rank.
    """
    rows = (
        row | {"task": task}
        for task, ranking in rankings.items()
        for row in rows_of(ranking[ranking["rank"].notna()])
    )
    return table_of(rows, "ranks")


def correlate_tasks(rankings: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare the orders in which tasks put the models: the table ``task_agreement``.

    For each pair of tasks Spearman's rho and Kendall's tau-b (each -1 to 1) of the means of the
    models that both have ranked, baselines and people aside, and how many these are. Values are
    missing for fewer than three models, and where a task puts all of them level.
    """
    means = {
        task: ranking[ranking["rank"].notna()].set_index(MODEL)["mean"]
        for task, ranking in rankings.items()
    }
    rows: list[dict[str, Any]] = []
    for a, b in combinations(means, 2):
        both = pd.concat([means[a], means[b]], axis="columns", join="inner").to_numpy()
        for measure, compute in ((SPEARMAN, spearman), (KENDALL, tau_b)):
            row: dict[str, Any] = {"task_a": a, "task_b": b, "measure": measure}
            if len(both) >= FEWEST_MODELS:
                row["value"] = compute(list(both.T))
            rows.append(row | {"n_models": len(both)})
    return table_of(rows, "task_agreement")


def spearman(ratings: Sequence[Floats]) -> float:
    """Return Spearman's rho of two ratings of the same things; NaN where one is level.

    The correlation of their ranks, ties sharing the mean of theirs.
    """
    a, b = (ranks_of(rating) - ranks_of(rating).mean() for rating in ratings)
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale else float("nan")
