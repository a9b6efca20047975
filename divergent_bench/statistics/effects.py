"""Effect sizes between two groups, with 95 % intervals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.stats.meta_analysis import effectsize_smd

from divergent_bench.statistics.intervals import LEVEL

_Z = float(norm.isf((1 - LEVEL) / 2))


class Effect(NamedTuple):
    """An effect size and its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Effect(np.nan, np.nan, np.nan)


def cliffs_delta(a: NDArray[np.float64], b: NDArray[np.float64]) -> Effect:
    """Give Cliff's delta, P(a > b) - P(a < b), -1 to 1, positive where `a` is higher.

    Parameters
    ----------
    a, b
        Scores of two independent groups, shapes (n,) and (m,), at least 2 each.

    Notes
    -----
    Variance of a two-sample U-statistic, with the variances of the row and column means of the
    dominance matrix in the place of their expectations (Cliff 1996, chapter 5). Interval
    asymmetric and inside [-1, 1] as in Feng & Cliff (2004); for groups that do not overlap, where
    that variance is zero, their bound from the size of the smaller group. Ranks give everything in
    O((n + m) log(n + m)); no matrix of pairs is made.

    References
    ----------
    Cliff, N. (1996). Ordinal Methods for Behavioral Data Analysis. Erlbaum.
    Feng, D. & Cliff, N. (2004). Monte Carlo evaluation of ordinal d with improved confidence
    interval. Journal of Modern Applied Statistical Methods 3(2), 322-332.
    """
    n, m = len(a), len(b)
    a_over_b, ties = _dominance(a, np.sort(b))
    b_over_a, _ = _dominance(b, np.sort(a))
    delta = float(a_over_b.mean())
    if abs(delta) == 1:
        smaller = min(n, m)
        bound = (smaller - _Z**2) / (smaller + _Z**2)
        return Effect(delta, *sorted((delta, delta * bound)))
    variance_a = float(a_over_b.var(ddof=1))
    variance_b = float(b_over_a.var(ddof=1))
    squares = n * m - ties - n * m * delta**2
    variance_pairs = squares / ((n - 1) * (m - 1))
    variance = ((m - 1) * variance_a + (n - 1) * variance_b + variance_pairs) / (n * m)
    centre = delta - delta**3
    spread = _Z * np.sqrt(variance) * np.sqrt((1 - delta**2) ** 2 + _Z**2 * variance)
    scale = 1 - delta**2 + _Z**2 * variance
    return Effect(
        delta,
        float(max(-1.0, (centre - spread) / scale)),
        float(min(1.0, (centre + spread) / scale)),
    )


def hedges_g(a: NDArray[np.float64], b: NDArray[np.float64]) -> Effect:
    """Give Hedges' g: difference of means in pooled standard deviations, small-sample corrected.

    Parameters
    ----------
    a, b
        Scores of two independent groups, at least 2 each.

    Returns
    -------
    Effect
        Undefined where neither group varies.

    References
    ----------
    Hedges, L. V. (1981). Journal of Educational Statistics 6(2), 107-128; normal interval with the
    variance that statsmodels uses for meta-analysis.
    """
    spread = (float(a.var(ddof=1)), float(b.var(ddof=1)))
    if max(spread) <= 1e-18 * max(1.0, float(np.abs(a).max()) ** 2):
        return UNDEFINED
    g, variance = effectsize_smd(
        a.mean(), np.sqrt(spread[0]), len(a), b.mean(), np.sqrt(spread[1]), len(b)
    )
    half = _Z * np.sqrt(variance)
    return Effect(float(g), float(g - half), float(g + half))


def _dominance(
    values: NDArray[np.float64], ordered: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Share of `ordered` below minus above each value, and the number of tied pairs."""
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return (below + not_above - len(ordered)) / len(ordered), int((not_above - below).sum())
