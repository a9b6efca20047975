"""A permutation test of a difference of means: unique lists change places within strata."""

from itertools import combinations
from math import comb, prod
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.means import RESOLUTION
from divergent_bench.analysis.statistics.strata import Units

REPLICATES: Final = 1_999
MOST_UNITS: Final = 2_000
_ALL_UP_TO: Final = 2_000  # ways to share out the lists, all of which are then gone through
_AT_ONCE: Final = 4_000_000  # bounds the memory, not the result
_TOLERANCE: Final = 1e-9  # equal statistics may differ by rounding


class Permutation(NamedTuple):
    """A studentised difference, its p value, and whether all permutations were gone through."""

    t: float
    p: float
    exact: bool


def permute(a: Units, b: Units, *, seed: int = 0) -> Permutation | None:
    """Test whether two groups differ in their mean score; t is positive where `a` is higher.

    Whole unique lists, with their repetitions, are shared out anew between the groups within each
    stratum: in all ways where there are at most 2,000, else in 1,999 random ones, for which p is
    never zero (Phipson & Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9,
    39). Dividing by the standard error of each permutation keeps the level of the test where the
    groups differ in spread or size (Janssen 1997, Statistics & Probability Letters 36, 9-21). None
    where no stratum has lists of both groups, or a group has a single list in each.
    """
    both = np.intersect1d(a.strata, b.strata)
    centre = float(np.concatenate([a.scores, b.scores]).mean())
    parts = [
        (_moments(a, stratum, centre), _moments(b, stratum, centre)) for stratum in both.tolist()
    ]
    sizes = [(len(of_a), len(of_b)) for of_a, of_b in parts]
    if all(n == 1 for n, _ in sizes) or all(m == 1 for _, m in sizes):
        return None
    totals = np.array([of_a.sum(axis=0) + of_b.sum(axis=0) for of_a, of_b in parts])
    observed = np.array([[of_a.sum(axis=0) for of_a, _ in parts]])
    t = float(_studentised(observed, totals)[0])
    ways = prod(comb(n + m, n) for n, m in sizes)
    exact = ways <= _ALL_UP_TO
    sums = _all_sums(parts) if exact else _random_sums(parts, np.random.default_rng(seed))
    extreme = int((np.abs(_studentised(sums, totals)) >= abs(t) * (1 - _TOLERANCE)).sum())
    p = extreme / ways if exact else (1 + extreme) / (1 + REPLICATES)
    return Permutation(t, p, exact)


_Parts = list[tuple[NDArray[np.float64], NDArray[np.float64]]]


def _moments(group: Units, stratum: int, centre: float) -> NDArray[np.float64]:
    """Give, per list, all that the statistic sums: counts and scores in their powers."""
    here = group.strata == stratum
    c, x = group.counts[here].astype(float), group.scores[here] - centre
    return np.column_stack([c, c * x, c**2, c**2 * x, c**2 * x**2, c**3])


def _all_sums(parts: _Parts) -> NDArray[np.float64]:
    """Sum the moments of the first group for every way to share out the lists."""
    by_stratum = []
    for of_a, of_b in parts:
        lists = np.concatenate([of_a, of_b])
        chosen = [list(each) for each in combinations(range(len(lists)), len(of_a))]
        by_stratum.append(lists[chosen].sum(axis=1))
    choices = np.indices([len(sums) for sums in by_stratum]).reshape(len(parts), -1)
    return np.stack([sums[choice] for sums, choice in zip(by_stratum, choices, strict=True)], 1)


def _random_sums(parts: _Parts, rng: np.random.Generator) -> NDArray[np.float64]:
    """Sum the moments of the first group for random ways to share out the lists."""
    sums = np.empty((REPLICATES, len(parts), 6))
    for place, (of_a, of_b) in enumerate(parts):
        lists = np.concatenate([of_a, of_b])
        labels = np.arange(len(lists)) < len(of_a)
        step = max(1, _AT_ONCE // len(lists))
        for start in range(0, REPLICATES, step):
            rows = min(step, REPLICATES - start)
            drawn = rng.permuted(np.tile(labels, (rows, 1)), axis=1)
            sums[start : start + rows, place] = drawn.astype(float) @ lists
    return sums


def _studentised(sums: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide differences of means by their standard errors, those of `means.mean_difference`.

    The moments of the first group have the shape (replicates, strata, 6), the totals (strata, 6).
    Each list is in one stratum.
    """
    groups = (sums, totals - sums)
    n_a, n_b = (group[..., 0] for group in groups)
    weights = n_a * n_b / (n_a + n_b)
    weights /= weights.sum(axis=1, keepdims=True)
    differences = np.zeros(len(sums))
    variances = np.zeros(len(sums))
    for sign, group in zip((1, -1), groups, strict=True):
        n, x, c2, c2x, c2x2, c3 = np.moveaxis(group, -1, 0)
        mean = x / n
        differences += sign * (weights * mean).sum(axis=1)
        h2, h3 = c2 / n**2, c3 / n**3
        spread = (weights**2 * (c2x2 - 2 * mean * c2x + mean**2 * c2) / n**2).sum(axis=1)
        factor = (weights**2 * h2).sum(axis=1) / (weights**2 * (h2 - 2 * h3 + h2**2)).sum(axis=1)
        variances += factor * spread
    certain = variances < RESOLUTION**2
    equal = np.abs(differences) < RESOLUTION
    t = differences / np.sqrt(np.where(certain, 1.0, variances))
    return np.where(certain, np.where(equal, 0.0, np.copysign(np.inf, differences)), t)
