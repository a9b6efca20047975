"""Intervals for a proportion and for a mean.

Every figure imports them, so that they do without scipy.stats, half a second to import.
"""

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL: Final = 0.95
_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
FEWEST: Final = 3  # answers that an interval of their mean needs
FEWEST_CLUSTERS: Final = 5  # wordings, or stimuli, that are a sample of all there could be


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


def mean_interval(
    scores: NDArray[np.float64], clusters: NDArray[np.int64] | None = None
) -> tuple[float, float]:
    """Give the 95 % Student t interval of the mean of scores in points.

    Of scores to five `clusters` or more, wordings or stimuli, the means of these are what is
    independent. NaN with fewer
    than three scores, or where all are equal: then they do not say how far the next one may lie.
    """
    n = len(scores)
    if n < FEWEST or np.ptp(scores) == 0:
        return np.nan, np.nan
    from scipy.special import stdtrit  # a fifth of a second, and most figures do without

    units = scores
    if clusters is not None and len(known := np.unique(clusters)) >= FEWEST_CLUSTERS:
        units = np.array([scores[clusters == cluster].mean() for cluster in known])
    size = len(units)
    half = -float(stdtrit(size - 1, (1 - LEVEL) / 2)) * float(units.std(ddof=1)) / np.sqrt(size)
    centre = float(units.mean())
    return centre - half, centre + half
