"""Whether the ranking of models depends on the semantic space."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.ranks import ranks_of
from divergent_bench.analysis.tables import MODEL, SAMPLE, are_compared, table_of

TAU: Final = "kendall_tau_b"
CONCORDANCE: Final = "kendall_w"
REPLICATES: Final = 500
_TAILS: Final = (0.025, 0.975)

Floats = NDArray[np.float64]


def compare_spaces(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare the orders in which the semantic spaces put the models.

    Models are ranked by the mean of their scorable answers over all conditions. Baselines take no
    part, nor does a model without a scorable answer in some space.

    The table ``agreement`` has Kendall's tau-b (-1 to 1) for each pair of spaces, then Kendall's W
    (0 to 1) over all spaces, whose `space_a` is ``all`` and whose `space_b` is missing, each with a
    95 % interval: percentiles of 500 replicates that draw the answers of each model. Values are
    missing with fewer than two models or where a space puts all models level. No row with a single
    space.
    """
    competing = scores[are_compared(scores["provider"])]
    names = [str(space) for space in scores["space"].unique()]
    if len(names) < 2:
        return table_of([], "agreement")
    wide = competing.pivot_table("score", SAMPLE, "space", observed=True, dropna=False).reindex(
        columns=names
    )
    by_model = [
        group.to_numpy()
        for _, group in wide.groupby(level=MODEL, observed=True)
        if group.notna().any().all()
    ]
    rng = np.random.default_rng(0)
    means = np.array([np.nanmean(each, axis=0) for each in by_model]).reshape(-1, len(names))
    drawn = np.array([_drawn_means(each, rng) for each in by_model])
    pairs: list[tuple[str, str | None, str, list[int]]] = [
        (names[i], names[j], TAU, [i, j]) for i, j in combinations(range(len(names)), 2)
    ]
    pairs.append(("all", None, CONCORDANCE, list(range(len(names)))))
    rows: list[dict[str, Any]] = []
    for a, b, measure, columns in pairs:
        compute = tau_b if measure == TAU else concordance
        row: dict[str, Any] = {"space_a": a, "space_b": b, "measure": measure}
        if len(means) > 1:
            replicates = [compute(list(drawn[:, r, columns].T)) for r in range(REPLICATES)]
            row["value"] = compute(list(means[:, columns].T))
            if np.isfinite(replicates).any():
                row["low"], row["high"] = np.nanquantile(replicates, _TAILS)
        rows.append(row | {"n_models": len(means)})
    return table_of(rows, "agreement")


def _drawn_means(scores: Floats, rng: np.random.Generator) -> Floats:
    """Return the means of replicates that draw the answers of a model: (R, spaces)."""
    n = len(scores)
    times = rng.multinomial(n, np.full(n, 1 / n), REPLICATES)
    with np.errstate(invalid="ignore"):  # no mean where nothing drawn was scorable
        return np.asarray((times @ np.nan_to_num(scores)) / (times @ np.isfinite(scores)))


def tau_b(ratings: Sequence[Floats]) -> float:
    """Return Kendall's tau-b of two ratings of the same things; NaN where one is level."""
    a, b = (np.sign(np.subtract.outer(rating, rating)) for rating in ratings)
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale else float("nan")


def concordance(ratings: Sequence[Floats]) -> float:
    """Return Kendall's W of ratings of the same things, each of shape (n,), corrected for ties.

    It is 0 (no agreement) to 1 (the same order); NaN for fewer than two things or raters, or when
    every rater puts all things level. Kendall, M. G. & Gibbons, J. D. (1990). Rank Correlation
    Methods, 5th edition, chapter 6.
    """
    m, n = len(ratings), len(ratings[0]) if ratings else 0
    if m < 2 or n < 2:
        return float("nan")
    ranks = np.array([ranks_of(rating) for rating in ratings])
    totals = ranks.sum(axis=0)
    ties = sum(
        int((counts**3 - counts).sum())
        for counts in (np.unique(rank, return_counts=True)[1] for rank in ranks)
    )
    most = (m**2 * (n**3 - n) - m * ties) / 12
    return float(((totals - totals.mean()) ** 2).sum() / most) if most else float("nan")
