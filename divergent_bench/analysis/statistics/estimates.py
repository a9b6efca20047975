"""Estimates that are sums over cells, with their standard errors: means, differences, slopes.

Every one of them is a linear combination of the means of cells. What is independent are the answers
to a fixed wording, and the wordings where these are drawn (`cells`).
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from divergent_bench.analysis.statistics.cells import Floats, Level
from divergent_bench.analysis.statistics.intervals import LEVEL

RESOLUTION: Final = 1e-9  # points; smaller differences of scores are rounding


class Estimate(NamedTuple):
    """A value, its standard error and degrees of freedom.

    Both are NaN where the answers do not tell: a single one in a cell. The error is 0 where the
    scores of each cell are equal; there are no degrees of freedom then.
    """

    value: float
    se: float
    df: float

    @property
    def certain(self) -> bool:
        """Whether all scores of each cell are equal."""
        return self.se == 0

    @property
    def t(self) -> float:
        """The value in standard errors; infinite where these are 0 and it is not."""
        if self.certain:
            return float(np.copysign(np.inf, self.value)) if self.value else 0.0
        return self.value / self.se

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the t interval, low and high; NaN where there is none."""
        if self.certain or np.isnan(self.se):
            return np.nan, np.nan
        half = -float(stdtrit(self.df, (1 - level) / 2)) * self.se
        return self.value - half, self.value + half

    def p(self) -> float:
        """Return the two-sided p value of the value being 0."""
        return 2 * float(stdtr(self.df, -abs(self.t)))

    def equivalence(self, margin: float) -> tuple[float, float]:
        """Test whether the value lies within `margin` points: two one-sided t tests.

        The t of the bound that is nearer, and the larger of the two p values. Schuirmann, D. J.
        (1987). Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
        """
        low, high = (self.value + margin) / self.se, (self.value - margin) / self.se
        p = max(stdtr(self.df, -low), stdtr(self.df, high))
        return min(low, high, key=abs), float(p)


class Term(NamedTuple):
    """A cell of a level, and how often its mean counts."""

    times: float
    level: Level
    cell: int


def combination(terms: Iterable[Term]) -> Estimate:
    """Sum the means of cells, each so many times.

    Answers to fixed wordings: the variance of a mean is that of the answers, divided by their
    number, with one degree of freedom less than these. Drawn wordings: each gives one value, the
    sum over its terms, whose mean over the wordings is what the terms add; the variance is that of
    these values (paired where two levels saw the same wordings), with one degree of freedom less
    than there are wordings. Degrees of freedom of the sum: Satterthwaite, F. E. (1946). Biometrics
    Bulletin 2, 110-114; for two cells it is Welch's.
    """
    parts = []
    drawn: dict[int, list[Term]] = {}
    for term in terms:
        times, level, cell = term
        if level.strata[cell] >= 0:
            drawn.setdefault(int(level.strata[cell]), []).append(term)
        else:
            n = int(level.n[cell])
            variance = times**2 * level.variances[cell] / n if n else np.nan
            parts.append(Estimate(times * level.means[cell], variance, n - 1))
    parts += [_over_wordings(each) for each in drawn.values()]
    value, variance = (float(sum(each)) for each in list(zip(*parts, strict=True))[:2])
    if abs(value) < RESOLUTION:
        value = 0.0
    if np.isnan(variance) or variance < RESOLUTION**2:
        return Estimate(value, np.nan if np.isnan(variance) else 0.0, np.nan)
    df = variance**2 / sum(each.se**2 / each.df for each in parts if each.df > 0)
    return Estimate(value, float(np.sqrt(variance)), float(df))


def _over_wordings(terms: Sequence[Term]) -> Estimate:
    """Sum terms of one stratum of wordings; the second entry is the variance, not its root."""
    by_term = [term.level.wording_means(term.cell) for term in terms]
    common = set(by_term[0]).intersection(*by_term[1:])
    values = np.array(
        [
            sum(term.times * means[wording] for term, means in zip(terms, by_term, strict=True))
            for wording in sorted(common)
        ]
    )
    if len(values) < 2:
        return Estimate(float(values.sum()) if len(values) else np.nan, np.nan, 0)
    return Estimate(float(values.mean()), float(values.var(ddof=1)) / len(values), len(values) - 1)


def mean(level: Level, weights: Floats) -> Estimate:
    """Return the mean of a level over cells, in points."""
    return combination(Term(weight, level, cell) for cell, weight in enumerate(weights.tolist()))


def difference(a: Level, b: Level, weights: Floats) -> Estimate:
    """Return the mean of `a` over cells less that of `b`, in points."""
    return combination(_terms(a, b, weights, range(len(weights))))


def difference_over_cells(a: Level, b: Level, weights: Floats) -> Estimate:
    """Return the mean difference of two levels over cells, these being what is independent.

    For single answers in each cell, which do not say how answers vary: the differences of the cells
    do, with what they differ by in truth among it.
    """
    values = a.means - b.means
    value, size = float(weights @ values), len(values)
    if size < 2:
        return Estimate(value, np.nan, np.nan)
    variance = size / (size - 1) * float(weights**2 @ (values - value) ** 2)
    return Estimate(value, float(np.sqrt(variance)), size - 1)


def independent_differences(
    a: Level, b: Level, weights: Floats
) -> list[tuple[list[int], Estimate]]:
    """Return the difference in each cell, or in the cells of one stratum of wordings together.

    These are independent of each other. There is a single one where the two levels are asked in
    wordings of their own.
    """
    groups: dict[object, list[int]] = {}
    paired = bool((a.strata == b.strata).all())
    for cell, stratum in enumerate(a.strata.tolist()):
        key = None if not paired else ("cell", cell) if stratum < 0 else ("wordings", stratum)
        groups.setdefault(key, []).append(cell)
    return [
        (cells, combination(_terms(a, b, weights / weights[cells].sum(), cells)))
        for cells in groups.values()
    ]


def _terms(a: Level, b: Level, weights: Floats, cells: Iterable[int]) -> list[Term]:
    return [
        Term(sign * float(weights[cell]), level, cell)
        for cell in cells
        for sign, level in ((1, a), (-1, b))
    ]
