"""Intervals for a proportion and for a mean over repeated lists.

Every figure imports them, so that they do without scipy.stats and statsmodels, a second to import.
"""

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divergent_bench.analysis.statistics.units import UniqueLists

LEVEL = 0.95
_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
REPLICATES = 2_000
_DRAWS_AT_ONCE = 4_000_000  # bounds the memory of the bootstrap, not its result


def wilson(
    successes: ArrayLike, trials: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the 95 % Wilson score interval of a proportion, low and high, 0 to 1.

    Wilson, E. B. (1927). JASA 22, 209-212.
    """
    x, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    centre = (x + _Z**2 / 2) / (n + _Z**2)
    half = _Z * np.sqrt(x * (n - x) / n + _Z**2 / 4) / (n + _Z**2)
    low, high = centre - half, centre + half
    # Rounding may leave the bounds of 0 and 1 a hair outside.
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def bootstrap_mean(lists: UniqueLists, *, seed: int = 0) -> tuple[float, float]:
    """Give the 95 % interval of the mean score in points, resampling unique lists.

    A list is drawn together with all its repetitions (cluster bootstrap; Davison & Hinkley 1997,
    Bootstrap Methods and their Application, section 3.8), so ten copies of one list weigh as ten
    samples in the mean and as one in its uncertainty. The generator starts from `seed` at every
    call: an interval depends on its own lists only. Percentiles expanded for the effective number
    of lists, because the plain ones are too narrow for few of them: 80 % coverage with five lists,
    89 % with ten (Hesterberg 2015, The American Statistician 69(4), 371-386). Both bounds are NaN
    with fewer than two unique lists.
    """
    from scipy.special import ndtr, stdtrit  # a fifth of a second, and most figures do without

    size = len(lists)
    if size < 2:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    counts = lists.counts.astype(float)
    totals = lists.scores * counts
    unrepeated = bool((lists.counts == 1).all())
    means = np.empty(REPLICATES)
    step = max(1, _DRAWS_AT_ONCE // size)
    for start in range(0, REPLICATES, step):
        rows = min(step, REPLICATES - start)
        drawn = rng.integers(0, size, size=(rows, size), dtype=np.int32)
        samples = float(size) if unrepeated else counts[drawn].sum(axis=1)
        means[start : start + rows] = totals[drawn].sum(axis=1) / samples
    free = lists.effective_n - 1  # lists given unequally often tell less than as many equal ones
    tail = ndtr(np.sqrt(1 + 1 / free) * stdtrit(free, (1 - LEVEL) / 2))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
