"""Effect sizes between two groups within strata, with 95 % intervals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from divergent_bench.analysis.statistics.intervals import LEVEL
from divergent_bench.analysis.statistics.means import Difference
from divergent_bench.analysis.statistics.strata import ListCounts, Units

_TAIL = (1 - LEVEL) / 2
_Z = float(norm.isf(_TAIL))


class Effect(NamedTuple):
    """An effect size and its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Effect(np.nan, np.nan, np.nan)


def cliffs_delta(a: Units, b: Units) -> Effect:
    """Give Cliff's delta, P(a > b) - P(a < b), -1 to 1, positive where `a` is higher.

    It is the mean of the strata that have units of both, weighted by ``n m / (n + m)``; undefined
    where there is none. Variance in a stratum: that of a two-sample U-statistic, with the variances
    of the row and column means of the dominance matrix in the place of their expectations (Cliff
    1996, Ordinal Methods for Behavioral Data Analysis, chapter 5). Where it cannot be estimated,
    because a group has one unit or the groups do not overlap, its bound ``(1 - delta^2) / min(n,
    m)`` (Birnbaum & Klose 1957, Annals of Mathematical Statistics 28, 933-945), delta that of all
    strata. Interval asymmetric and inside [-1, 1] as in Feng & Cliff (2004, Journal of Modern
    Applied Statistical Methods 3(2), 322-332); if no stratum overlaps, their bound from the size of
    the smaller group. Ranks give everything in O(n log n); no matrix of pairs is made.
    """
    strata = np.intersect1d(a.strata, b.strata)
    if not strata.size:
        return UNDEFINED
    found = [_delta(a.scores[a.strata == s], b.scores[b.strata == s]) for s in strata]
    deltas, variances, n, m = (np.array(column) for column in zip(*found, strict=True))
    weights = n * m / (n + m)
    weights /= weights.sum()
    delta = float(weights @ deltas)
    smaller = np.minimum(n, m)
    if (np.abs(deltas) == 1).all() and abs(delta) > 1 - 1e-12:
        size = float(smaller.sum())
        bound = (size - _Z**2) / (size + _Z**2)
        return Effect(np.sign(delta), *sorted((np.sign(delta), np.sign(delta) * bound)))
    variances = np.where(np.isnan(variances), (1 - delta**2) / smaller, variances)
    variance = float(weights**2 @ variances)
    centre = delta - delta**3
    spread = _Z * np.sqrt(variance) * np.sqrt((1 - delta**2) ** 2 + _Z**2 * variance)
    scale = 1 - delta**2 + _Z**2 * variance
    return Effect(
        delta,
        float(max(-1.0, (centre - spread) / scale)),
        float(min(1.0, (centre + spread) / scale)),
    )


def hedges_g(a: ListCounts, b: ListCounts, difference: Difference) -> Effect:
    """Give Hedges' g: the `difference` of means in standard deviations, small-sample corrected.

    The standard deviation is that of the answers around the mean of their group and stratum,
    pooled, unbiased for repeated lists: with shares h of the lists in their n answers the sum of
    squares is divided by ``n (1 - sum(h^2))``, which is n - 1 without repetition. Degrees of
    freedom are the effective number of lists, ``1 / sum(h^2)``, less 1, summed. The t interval adds
    the variance of the standard deviation, ``g^2 / (2 df)``, to that of the difference. Undefined
    where the lists of the strata do not vary, or are too few. Hedges, L. V. (1981). Journal of
    Educational Statistics 6(2), 107-128.
    """
    squares, size, df = (sum(parts) for parts in zip(_spread(a), _spread(b), strict=True))
    if np.isnan(difference.se) or df < 2:
        return UNDEFINED
    correction = 1 - 3 / (4 * df - 1)
    sd = np.sqrt(squares / size)
    g = float(correction * difference.value / sd)
    variance = (correction * difference.se / sd) ** 2 + g**2 / (2 * df)
    half = float(t.isf(_TAIL, difference.df) * np.sqrt(variance))
    return Effect(g, g - half, g + half)


def _delta(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float, int, int]:
    """Give Cliff's delta of a stratum, its variance (NaN if not estimable) and both sizes."""
    n, m = len(a), len(b)
    a_over_b, ties = _dominance(a, np.sort(b))
    b_over_a, _ = _dominance(b, np.sort(a))
    delta = float(a_over_b.mean())
    if min(n, m) == 1 or abs(delta) == 1:
        return delta, np.nan, n, m
    squares = n * m - ties - n * m * delta**2
    variance_pairs = squares / ((n - 1) * (m - 1))
    of_rows, of_columns = a_over_b.var(ddof=1), b_over_a.var(ddof=1)
    variance = float(((m - 1) * of_rows + (n - 1) * of_columns + variance_pairs) / (n * m))
    return delta, variance, n, m


def _dominance(
    values: NDArray[np.float64], ordered: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Share of `ordered` below minus above each value, and the number of tied pairs."""
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return (below + not_above - len(ordered)) / len(ordered), int((not_above - below).sum())


def _spread(group: ListCounts) -> tuple[float, float, float]:
    """Give the sum of squares within strata, what it is divided by, and degrees of freedom."""
    n, size = group.n_by_stratum, group.n_strata
    deviations = group.scores - (group.totals / n)[group.strata]
    shares = (group.counts / n[group.strata]) ** 2
    concentration = np.bincount(group.strata, weights=shares, minlength=size)
    return (
        float((group.counts * deviations**2).sum()),
        float((n * (1 - concentration)).sum()),
        float((1 / concentration - 1).sum()),
    )
