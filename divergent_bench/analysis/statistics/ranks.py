"""Rank tests within cells, on answers, corrected for ties."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from divergent_bench.analysis.statistics.cells import Floats, Integers, Level

_EXACT_BELOW = 50  # answers on each side, as in R's wilcox.test


class RankTest(NamedTuple):
    """A statistic by its name, and its p value."""

    name: str
    statistic: float
    p: float


def ranks_of(scores: Floats) -> Floats:
    """Rank scores from 1; equal ones share the mean of their ranks."""
    return np.asarray(pd.Series(scores).rank(), dtype=np.float64)


def rank_sum(a: Level, b: Level) -> RankTest | None:
    """Test whether one of two levels scores higher: Mann-Whitney; over several cells van Elteren.

    In one cell U of `a`, its p exact with fewer than 50 answers on each side and no ties, else by
    the normal approximation, corrected for ties and continuity. Over cells Z, positive where `a` is
    higher: rank sums weighted by ``1 / (N + 1)``. None where all scores of each cell are equal. van
    Elteren, P. H. (1960). On the combination of independent two-sample tests of Wilcoxon. Bulletin
    of the International Statistical Institute 37, 351-361.
    """
    excess, covariance = _rank_sums([a, b])
    if not covariance[0, 0] > 0:
        return None
    if len(a.scores) > 1:
        z = excess[0] / np.sqrt(covariance[0, 0])
        return RankTest("Z", float(z), 2 * float(ndtr(-abs(z))))
    (of_a,), (of_b,) = a.scores, b.scores
    n, m = len(of_a), len(of_b)
    ranks = ranks_of(np.concatenate([of_a, of_b]))
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    if max(n, m) < _EXACT_BELOW and len(np.unique(ranks)) == n + m:
        chances = _chances(n, m)
        p = 2 * float(chances[: int(min(u, n * m - u)) + 1].sum())
    else:
        size = n + m
        sd = np.sqrt(covariance[0, 0]) * (size + 1)
        p = 2 * float(ndtr(-max(abs(u - n * m / 2) - 0.5, 0) / sd))
    return RankTest("U", u, min(p, 1.0))


def rank_sums(levels: Sequence[Level]) -> RankTest | None:
    """Test whether some of several levels score higher: Kruskal-Wallis, or its like over cells.

    H, corrected for ties. Over cells it is the quadratic form in the rank sums of `rank_sum`, whose
    degrees of freedom are the rank of their covariance; for two levels H is the square of Z. None
    where all scores of each cell are equal. Landis, J. R., Heyman, E. R. & Koch, G. G. (1978).
    Average partial association in three-way contingency tables. International Statistical Review
    46, 237-254.
    """
    excess, covariance = _rank_sums(levels)
    if not covariance.any():
        return None
    inverse = np.linalg.pinv(covariance, hermitian=True, rcond=1e-9)
    sizes = np.abs(np.linalg.eigvalsh(covariance))
    df = np.count_nonzero(sizes > 1e-9 * sizes.max())
    h = float(excess @ inverse @ excess)
    return RankTest("H", h, float(chdtrc(df, h)))


def _rank_sums(levels: Sequence[Level]) -> tuple[Floats, Floats]:
    """Sum the ranks, divided by N + 1, less their expectation; and the covariance of the sums.

    Shapes (L,) and (L, L), summed over the cells.
    """
    excess, covariance = np.zeros(len(levels)), np.zeros((len(levels), len(levels)))
    for cell in range(len(levels[0].scores)):
        members: Integers = np.array([level.n[cell] for level in levels])
        size = int(members.sum())
        if size == members.max():  # one level only: nothing to compare
            continue
        owner = np.repeat(np.arange(len(levels)), members)
        scores = np.concatenate([level.scores[cell] for level in levels])
        ranks = (ranks_of(scores) - (size + 1) / 2) / (size + 1)
        excess += np.bincount(owner, weights=ranks, minlength=len(levels))
        spread = (ranks**2).sum() / (size - 1)
        covariance += spread * (np.diag(members) - np.outer(members, members) / size)
    return excess, covariance


@lru_cache(maxsize=64)
def _chances(n: int, m: int) -> Floats:
    """Return how probable each value of U is, 0 to n m, where nothing differs and nothing ties."""
    # Each way to choose n of the n + m ranks, by the sum of those chosen; a rank at a time.
    ways = np.zeros((n + 1, n * m + n * (n + 1) // 2 + 1))
    ways[0, 0] = 1.0
    for rank in range(1, n + m + 1):
        for chosen in range(min(n, rank), 0, -1):
            ways[chosen, rank:] += ways[chosen - 1, : ways.shape[1] - rank]
    counts = ways[n, n * (n + 1) // 2 :]
    return np.asarray(counts / counts.sum())
