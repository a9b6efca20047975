"""The test that decides whether two levels differ in their mean."""

from collections.abc import Callable
from math import comb, prod
from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from divergent_bench.analysis.statistics.cells import Floats, Level
from divergent_bench.analysis.statistics.estimates import (
    Estimate,
    difference,
    difference_over_cells,
)
from divergent_bench.analysis.statistics.permutation import permute
from divergent_bench.analysis.tables.facts import Computation

FEW: Final = 25  # scorable answers of a level, below which the t distribution is not relied upon
_MOST: Final = 2_000  # answers that are permuted


class Decision(NamedTuple):
    """A difference of means, its test, and the interval of the same statistic."""

    estimate: Estimate
    t: float
    p: float
    computation: Computation
    critical: Callable[[float], float]  # |t| beyond which p is at most some alpha

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the interval that leaves 0 out exactly where p is at most alpha.

        It has no ends where no result could have such a p, nor where scores do not vary.
        """
        half = np.nan if self.estimate.certain else self.critical(alpha) * self.estimate.se
        if not np.isfinite(half):
            return np.nan, np.nan
        return self.estimate.value - half, self.estimate.value + half


def decide(a: Level, b: Level, weights: Floats, *, permuted: bool = False) -> Decision | None:
    """Test whether two levels differ in their mean over cells.

    The difference over its standard error, with the degrees of freedom of Welch and Satterthwaite;
    for levels of fewer than 25 answers in all, or where `permuted`, compared with its permutations.
    Drawn wordings are not permuted. Where the scores of one level are equal in each cell, answers
    of the other are not exchangeable with them: of both tests the one with the larger p. Where the
    scores of each cell are equal the p value is that of the permutations, counted. Single answers
    in each cell are compared cell by cell. None where there is no standard error: a level has a
    single answer in all.
    """
    estimate = difference(a, b, weights)
    if np.isnan(estimate.se):
        estimate = difference_over_cells(a, b, weights)
        if not estimate.se > 0:
            return None
        return Decision(estimate, estimate.t, estimate.p(), Computation.T, critical_t(estimate.df))
    if estimate.certain:
        return Decision(estimate, estimate.t, _p_of_constants(a, b), Computation.ALL, _never)
    by_t = Decision(estimate, estimate.t, estimate.p(), Computation.T, critical_t(estimate.df))
    few = min(a.n.sum(), b.n.sum()) < FEW
    drawn = bool((a.strata >= 0).any() or (b.strata >= 0).any())
    if drawn or not (few or permuted) or a.n.sum() + b.n.sum() > _MOST:
        return by_t
    found = permute(a, b, weights)
    if found is None:
        return by_t
    how = Computation.ALL if found.exact else Computation.RANDOM
    by_permutation = Decision(estimate, estimate.t, found.p, how, found.critical)
    if a.variances.any() and b.variances.any():
        return by_permutation
    return _stricter(by_permutation, by_t)


def _stricter(one: Decision, other: Decision) -> Decision:
    """Join two tests of an estimate: the larger p, and the wider interval."""
    stricter = max(one, other, key=lambda each: each.p)
    return stricter._replace(critical=lambda alpha: max(one.critical(alpha), other.critical(alpha)))


def critical_t(df: float) -> Callable[[float], float]:
    """Return how far from 0 a t value is beyond which its two-sided p is at most some alpha."""
    return lambda alpha: -float(stdtrit(df, alpha / 2))


def _never(_: float) -> float:
    return np.inf


def _p_of_constants(a: Level, b: Level) -> float:
    """Return the share of permutations that keep unequal scores of a cell apart, as they are."""
    shares = [
        (2 if n == m else 1) / comb(n + m, n)
        for n, m, of_a, of_b in zip(a.n.tolist(), b.n.tolist(), a.scores, b.scores, strict=True)
        if of_a[0] != of_b[0]
    ]
    return min(1.0, float(prod(shares)))
