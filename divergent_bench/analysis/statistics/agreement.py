"""Whether the ranking of models depends on the semantic space."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata

from divergent_bench.analysis.tables import MODEL, are_compared, table_of

TAU: Final = "kendall_tau_b"
CONCORDANCE: Final = "kendall_w"


def compare_spaces(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare the orders in which the semantic spaces put the models.

    Models are ranked by the mean of their scorable answers over all conditions. Baselines take no
    part, nor does a model without a scorable answer in some space.

    The table ``agreement`` has Kendall's tau-b (-1 to 1) for each pair of spaces, then Kendall's W
    (0 to 1) over all spaces, whose `space_a` is ``all`` and whose `space_b` is missing. Values are
    missing with fewer than two models or where a space puts all models level. No row with a single
    space.
    """
    competing = scores[are_compared(scores["provider"])]
    means = competing.pivot_table("score", MODEL, "space", observed=True)
    means = means.reindex(columns=scores["space"].unique()).dropna()
    by_space = {str(space): means[space].to_numpy() for space in means.columns}
    rows: list[tuple[str, str | None, str, float]] = []
    for a, b in combinations(by_space, 2):
        several = len(means) > 1
        tau = kendalltau(by_space[a], by_space[b]).statistic if several else float("nan")
        rows.append((a, b, TAU, float(tau)))
    if rows:
        rows.append(("all", None, CONCORDANCE, concordance(list(by_space.values()))))
    names = ("space_a", "space_b", "measure", "value")
    told = (dict(zip(names, row, strict=True)) | {"n_models": len(means)} for row in rows)
    return table_of(told, "agreement")


def concordance(ratings: Sequence[NDArray[np.float64]]) -> float:
    """Return Kendall's W of ratings of the same things, each of shape (n,), corrected for ties.

    It is 0 (no agreement) to 1 (the same order); NaN for fewer than two things or raters, or when
    every rater puts all things level. Kendall, M. G. & Gibbons, J. D. (1990). Rank Correlation
    Methods, 5th edition, chapter 6.
    """
    m, n = len(ratings), len(ratings[0]) if ratings else 0
    if m < 2 or n < 2:
        return float("nan")
    ranks = np.array([rankdata(rating) for rating in ratings])
    totals = ranks.sum(axis=0)
    ties = sum(
        int((counts**3 - counts).sum())
        for counts in (np.unique(rank, return_counts=True)[1] for rank in ranks)
    )
    most = (m**2 * (n**3 - n) - m * ties) / 12
    return float(((totals - totals.mean()) ** 2).sum() / most) if most else float("nan")
