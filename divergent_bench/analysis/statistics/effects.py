"""Effect sizes between two levels over cells, with 95 % intervals."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

from divergent_bench.analysis.statistics.cells import Floats, Level
from divergent_bench.analysis.statistics.estimates import Estimate
from divergent_bench.analysis.statistics.intervals import LEVEL

_TAIL = (1 - LEVEL) / 2
_Z = -float(ndtri(_TAIL))


class Effect(NamedTuple):
    """An effect size and its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Effect(np.nan, np.nan, np.nan)


def superiority(a: Level, b: Level, weights: Floats) -> Effect:
    """Give the probability that an answer of `a` scores higher than one of `b`, ties counted half.

    0 to 1, the mean over cells; with its interval, the half of that of `cliffs_delta` around 1/2.
    """
    return Effect(*((1 + value) / 2 for value in cliffs_delta(a, b, weights)))


def cliffs_delta(a: Level, b: Level, weights: Floats) -> Effect:
    """Give Cliff's delta, P(a > b) - P(a < b), -1 to 1, positive where `a` is higher.

    The mean over cells. Variance in a cell: that of a two-sample U-statistic, with the variances of
    the row and column means of the dominance matrix in the place of their expectations (Cliff 1996,
    Ordinal Methods for Behavioral Data Analysis, chapter 5). Where it cannot be estimated, because
    a level has one answer there or the two do not overlap, its bound ``(1 - delta^2) / min(n, m)``
    (Birnbaum & Klose 1957, Annals of Mathematical Statistics 28, 933-945), delta that of all cells.
    Interval asymmetric and inside [-1, 1] as in Feng & Cliff (2004, Journal of Modern Applied
    Statistical Methods 3(2), 322-332); if no cell overlaps, their bound from the size of the
    smaller level. Ranks give everything in O(n log n); no matrix of pairs is made.
    """
    found = [_delta(*pair) for pair in zip(a.scores, b.scores, strict=True)]
    deltas, variances = np.array(found).T
    delta = float(weights @ deltas)
    smaller = np.minimum(a.n, b.n)
    if abs(delta) > 1 - 1e-12:
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


def hedges_g(a: Level, b: Level, difference: Estimate) -> Effect:
    """Give Hedges' g: the `difference` of means in standard deviations, small-sample corrected.

    The standard deviation is that within cells, pooled. The interval adds its variance, ``g^2 / (2
    df)``, to that of the difference. Undefined where the answers of the cells do not vary, or are
    too few. Hedges, L. V. (1981). Journal of Educational Statistics 6(2), 107-128.
    """
    freedom = np.concatenate([a.n, b.n]) - 1
    variances = np.concatenate([a.variances, b.variances])
    df = int(freedom[freedom > 0].sum())
    squares = float(np.nansum(freedom * variances))
    if not difference.se > 0 or df < 2 or not squares > 0:
        return UNDEFINED
    correction = 1 - 3 / (4 * df - 1)
    sd = np.sqrt(squares / df)
    g = float(correction * difference.value / sd)
    variance = (correction * difference.se / sd) ** 2 + g**2 / (2 * df)
    half = -float(stdtrit(difference.df, _TAIL) * np.sqrt(variance))
    return Effect(g, g - half, g + half)


def _delta(a: Floats, b: Floats) -> tuple[float, float]:
    """Give Cliff's delta of a cell and its variance (NaN if not estimable)."""
    n, m = len(a), len(b)
    a_over_b, ties = _dominance(a, np.sort(b))
    b_over_a, _ = _dominance(b, np.sort(a))
    delta = float(a_over_b.mean())
    if min(n, m) == 1 or abs(delta) == 1:
        return delta, np.nan
    squares = n * m - ties - n * m * delta**2
    variance_pairs = squares / ((n - 1) * (m - 1))
    of_rows, of_columns = a_over_b.var(ddof=1), b_over_a.var(ddof=1)
    return delta, float(((m - 1) * of_rows + (n - 1) * of_columns + variance_pairs) / (n * m))


def _dominance(values: Floats, ordered: Floats) -> tuple[Floats, int]:
    """Share of `ordered` below minus above each value, and the number of tied pairs."""
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return (below + not_above - len(ordered)) / len(ordered), int((not_above - below).sum())
