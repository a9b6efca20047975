"""Answers that could not be scored: whether groups differ in them, and what they may hide."""

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from divergent_bench.analysis.statistics.effects import Effect
from divergent_bench.analysis.statistics.intervals import wilson
from divergent_bench.analysis.statistics.means import weights
from divergent_bench.analysis.statistics.strata import Group

_TOLERANCE = 1e-7  # equal probabilities may differ by rounding
_PRIOR = 4.0  # answers, about z^2 as in the Wilson interval


class Association(NamedTuple):
    """An odds ratio, infinite where only one group has failures, and the p value of it being 1."""

    odds_ratio: float
    p: float


def compare_scorable(a: Group, b: Group) -> Association | None:
    """Test whether the share of scorable answers differs, within strata that have answers of both.

    The odds ratio of Mantel and Haenszel, above 1 where `a` is scorable more often, and the exact
    two-sided p of the number of scorable answers of `a`, given those of both in each stratum. For
    one stratum this is Fisher's exact test. None if every answer was scorable, or none. Mantel, N.
    & Haenszel, W. (1959). Journal of the National Cancer Institute 22, 719-748. Agresti, A. (2013).
    Categorical Data Analysis, 3rd edition, section 7.3.5 (exact test).
    """
    good_a, good_b, n_a, n_b = a.scorable, b.scorable, a.answers, b.answers
    good, n = good_a + good_b, n_a + n_b
    if good.sum() in (0, n.sum()):
        return None
    concordant = float((good_a * (n_b - good_b) / n).sum())
    discordant = float((good_b * (n_a - good_a) / n).sum())
    ratio = concordant / discordant if discordant else np.inf if concordant else np.nan
    lowest = np.maximum(0, good - n_b)
    chances = [
        hypergeom.pmf(np.arange(low, min(k, m) + 1), size, k, m)
        for low, k, m, size in zip(
            lowest.tolist(), good.tolist(), n_a.tolist(), n.tolist(), strict=True
        )
    ]
    chance = reduce(np.convolve, chances)
    seen = chance[int((good_a - lowest).sum())]
    p = float(chance[chance <= seen * (1 + _TOLERANCE)].sum())
    return Association(ratio, min(p, 1.0))


def risk_difference(a: Group, b: Group) -> Effect:
    """Give the share of scorable answers of `a` less that of `b`, within strata, -1 to 1.

    Strata are weighted as by Mantel and Haenszel. The interval joins the Wilson intervals of both
    groups as Newcombe's does, which it is for one stratum; with several, each group counts as the
    number of answers that gives a plain share the variance of its weighted one. Newcombe, R. G.
    (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890 (method 10).
    """
    shares = weights(a.answers, b.answers)
    (p_a, low_a, high_a), (p_b, low_b, high_b) = (
        _weighted_share(group, shares) for group in (a, b)
    )
    value = p_a - p_b
    return Effect(
        value,
        value - float(np.hypot(p_a - low_a, high_b - p_b)),
        value + float(np.hypot(high_a - p_a, p_b - low_b)),
    )


def worst_case(a: Group, b: Group, lowest: float, highest: float) -> tuple[float, float]:
    """Bound the difference of means, whatever the missing scores between two values might be.

    In strata that have answers of both, weighted by all of these: the difference ``a - b`` in
    points when every missing score of `a` is the lowest and of `b` the highest, and the other way
    round. Manski, C. F. (2003). Partial Identification of Probability Distributions, chapter 1.
    """
    shares = weights(a.answers, b.answers)

    def mean(group: Group, missing: float) -> float:
        filled = group.given.totals + missing * (group.answers - group.scorable)
        return float(shares @ (filled / group.answers))

    return mean(a, lowest) - mean(b, highest), mean(a, highest) - mean(b, lowest)


def _weighted_share(group: Group, shares: NDArray[np.float64]) -> tuple[float, float, float]:
    """Give a weighted share of scorable answers and its Wilson interval."""
    rates = group.scorable / group.answers
    share = float(shares @ rates)
    scale = shares**2 / group.answers
    size = 1 / float(scale.sum())
    if 0 < group.scorable.sum() < group.answers.sum():
        # Each stratum moved a little towards all, as 0 or 1 of few answers is not certain.
        near = (group.scorable + _PRIOR * share) / (group.answers + _PRIOR)
        size = share * (1 - share) / float(scale @ (near * (1 - near)))
    low, high = wilson(share * size, size)
    return share, float(low), float(high)
