"""Answers that could not be scored: whether levels differ in them, and what they may hide."""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from divergent_bench.analysis.statistics.cells import Level
from divergent_bench.analysis.statistics.effects import Effect
from divergent_bench.analysis.statistics.intervals import wilson

_TOLERANCE = 1e-7  # equal probabilities may differ by rounding
_PRIOR = 4.0  # answers, about z^2 as in the Wilson interval


class Association(NamedTuple):
    """An odds ratio, infinite where only one level has failures, and the p value of it being 1."""

    odds_ratio: float
    p: float


def compare_scorable(a: Level, b: Level) -> Association | None:
    """Test whether the share of scorable answers differs, within cells that have answers of both.

    The odds ratio of Mantel and Haenszel, above 1 where `a` is scorable more often, and the exact
    two-sided p of the number of scorable answers of `a`, given those of both in each cell. For
    one cell this is Fisher's exact test. None if every answer was scorable, or none. Mantel, N.
    & Haenszel, W. (1959). Journal of the National Cancer Institute 22, 719-748. Agresti, A. (2013).
    Categorical Data Analysis, 3rd edition, section 7.3.5 (exact test).
    """
    good_a, good_b, n_a, n_b = a.n, b.n, a.answers, b.answers
    good, n = good_a + good_b, n_a + n_b
    if good.sum() in (0, n.sum()):
        return None
    concordant = float((good_a * (n_b - good_b) / n).sum())
    discordant = float((good_b * (n_a - good_a) / n).sum())
    ratio = concordant / discordant if discordant else np.inf if concordant else np.nan
    lowest = np.maximum(0, good - n_b)
    chances = [
        _hypergeometric(np.arange(low, min(k, m) + 1), size, k, m)
        for low, k, m, size in zip(
            lowest.tolist(), good.tolist(), n_a.tolist(), n.tolist(), strict=True
        )
    ]
    chance = reduce(np.convolve, chances)
    seen = chance[int((good_a - lowest).sum())]
    p = float(chance[chance <= seen * (1 + _TOLERANCE)].sum())
    return Association(ratio, min(p, 1.0))


def _hypergeometric(
    values: NDArray[np.int64], size: int, good: int, drawn: int
) -> NDArray[np.float64]:
    """Return how probable so many good ones are among those drawn, of `size` in all."""

    def log_choose(n: Any, k: Any) -> Any:
        return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)

    ways = log_choose(good, values) + log_choose(size - good, drawn - values)
    return np.asarray(np.exp(ways - log_choose(size, drawn)))


def risk_difference(a: Level, b: Level, weights: NDArray[np.float64]) -> Effect:
    """Give the share of scorable answers of `a` less that of `b`, mean over cells, -1 to 1.

    The interval joins the Wilson intervals of both levels as Newcombe's does, which it is for one
    cell; with several, each level counts as the number of answers that gives a plain share the
    variance of its mean one. Newcombe, R. G. (1998). Interval estimation for the difference between
    independent proportions. Statistics in Medicine 17, 873-890 (method 10).
    """
    (p_a, low_a, high_a), (p_b, low_b, high_b) = (_mean_share(level, weights) for level in (a, b))
    value = p_a - p_b
    return Effect(
        value,
        value - float(np.hypot(p_a - low_a, high_b - p_b)),
        value + float(np.hypot(high_a - p_a, p_b - low_b)),
    )


def bounds(
    a: Level, b: Level, weights: NDArray[np.float64], lowest: float, highest: float
) -> tuple[float, float]:
    """Bound the difference of means, whatever the missing scores between two values might be.

    Mean over cells: the difference ``a - b`` in points when every missing score of `a` is the
    lowest and of `b` the highest, and the other way round. Manski, C. F. (2003). Partial
    Identification of Probability Distributions, chapter 1.
    """

    def mean(level: Level, missing: float) -> float:
        totals = np.array([scores.sum() for scores in level.scores])
        filled = totals + missing * (level.answers - level.n)
        return float(weights @ (filled / level.answers))

    return mean(a, lowest) - mean(b, highest), mean(a, highest) - mean(b, lowest)


def _mean_share(level: Level, weights: NDArray[np.float64]) -> tuple[float, float, float]:
    """Give the mean share of scorable answers and its Wilson interval."""
    share = float(weights @ (level.n / level.answers))
    scale = weights**2 / level.answers
    size = 1 / float(scale.sum())
    if 0 < level.n.sum() < level.answers.sum():
        # Each cell moved a little towards all, as 0 or 1 of few answers is not certain.
        near = (level.n + _PRIOR * share) / (level.answers + _PRIOR)
        size = share * (1 - share) / float(scale @ (near * (1 - near)))
    low, high = wilson(share * size, size)
    return share, float(low), float(high)
