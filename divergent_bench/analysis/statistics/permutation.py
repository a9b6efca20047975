"""A permutation test of a difference of means: answers change places within cells."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import comb, prod
from typing import Final, NamedTuple

import numpy as np

from divergent_bench.analysis.statistics.cells import Floats, Level
from divergent_bench.analysis.statistics.estimates import RESOLUTION

REPLICATES: Final = 4_999
_KEPT_UP_TO: Final = 64  # answers; the ways to share out more would fill the memory
_TOLERANCE: Final = 1e-9  # equal statistics may differ by rounding


class Permutation(NamedTuple):
    """How far the studentised difference of permuted answers lies from 0."""

    t: float  # of the answers as they are, positive where the first is higher
    extreme: Floats  # |t| of all permutations, the largest first
    n: int  # how many permutations there were, the answers as they are among them
    exact: bool  # whether these were all

    @property
    def p(self) -> float:
        """The two-sided p value: the share of permutations at least as far from 0."""
        return int((self.extreme >= abs(self.t) * (1 - _TOLERANCE)).sum()) / self.n

    def critical(self, alpha: float) -> float:
        """Return the |t| beyond which p is at most `alpha`; infinite where it never is."""
        allowed = int(alpha * self.n + _TOLERANCE)
        found = float(self.extreme[allowed]) * (1 + _TOLERANCE)
        return found if self.extreme[0] > found else np.inf


def least_p(sizes: Sequence[tuple[int, int]]) -> float:
    """Return the smallest p that `permute` can give for levels of such sizes in each cell."""
    ways = prod(comb(n + m, n) for n, m in sizes)
    mirrored = 2 if all(n == m for n, m in sizes) else 1
    return max(mirrored / ways, 1 / (REPLICATES + 1))


def permute(a: Level, b: Level, weights: Floats) -> Permutation | None:
    """Test whether two levels differ in their mean over cells.

    The answers of each cell are shared out anew between the levels: in all ways where there are at
    most 4,999, else in 4,999 random ones beside the one that is there, so that p is never zero
    (Phipson & Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9, 39).
    Dividing by the standard error of each permutation keeps the level of the test where the levels
    differ in spread or size (Janssen 1997, Statistics & Probability Letters 36, 9-21; Chung &
    Romano 2013, Annals of Statistics 41, 484-507). None where a level has a single answer in some
    cell, so that there is no standard error.
    """
    sizes = list(zip(a.n.tolist(), b.n.tolist(), strict=True))
    if any(min(pair) < 2 for pair in sizes):
        return None
    ways = prod(comb(n + m, n) for n, m in sizes)
    exact = ways <= REPLICATES
    centre = float(np.concatenate([a.all_scores, b.all_scores]).mean())
    differences = variances = np.zeros(1)
    for cell, (n, m) in enumerate(sizes):
        scores = np.concatenate([a.scores[cell], b.scores[cell]]) - centre
        moments = np.column_stack([scores, scores**2])
        shared = _all(n, m) if exact else _random_ways(n, m, cell)
        of_a = shared @ moments
        of_b = moments.sum(axis=0) - of_a
        mean_a, mean_b = of_a[:, 0] / n, of_b[:, 0] / m
        spread = [
            np.maximum(of[:, 1] - size * mean**2, 0) / ((size - 1) * size)
            for of, size, mean in ((of_a, n, mean_a), (of_b, m, mean_b))
        ]
        change, variance = weights[cell] * (mean_a - mean_b), weights[cell] ** 2 * sum(spread)
        if exact and cell:  # every way of this cell with every way of those before
            differences = np.add.outer(differences, change).ravel()
            variances = np.add.outer(variances, variance).ravel()
        else:
            differences, variances = differences + change, variances + variance
    certain = variances < RESOLUTION**2
    t = differences / np.sqrt(np.where(certain, 1.0, variances))
    far = np.abs(differences) > RESOLUTION
    t = np.where(certain, np.where(far, np.copysign(np.inf, differences), 0.0), t)
    return Permutation(float(t[0]), np.sort(np.abs(t))[::-1], len(t), exact)


@lru_cache(maxsize=32)
def _all(n: int, m: int) -> Floats:
    """Return which of n + m answers the first level has, in every way: shape (ways, n + m)."""
    chosen = np.array(list(combinations(range(n + m), n)))  # the first is how they are
    shared = np.zeros((len(chosen), n + m))
    np.put_along_axis(shared, chosen, 1.0, axis=1)
    return shared


def _random_ways(n: int, m: int, cell: int) -> Floats:
    return _random(n, m, cell) if n + m <= _KEPT_UP_TO else _random.__wrapped__(n, m, cell)


@lru_cache(maxsize=32)
def _random(n: int, m: int, cell: int) -> Floats:
    """Return the same in random ways, how they are first; other ways in every cell."""
    as_they_are = np.arange(n + m) < n
    rng = np.random.default_rng([n, m, cell])
    drawn = rng.permuted(np.tile(as_they_are, (REPLICATES, 1)), axis=1)
    return np.vstack([as_they_are, drawn]).astype(np.float64)
