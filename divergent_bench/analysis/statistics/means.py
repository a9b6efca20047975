"""Differences of mean scores within strata, with the uncertainty of repeated lists."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import t

from divergent_bench.analysis.statistics.intervals import LEVEL
from divergent_bench.analysis.statistics.strata import ListCounts

RESOLUTION = 1e-9  # points; smaller differences of scores are rounding
_NOTHING = 1e-12  # a share of a variance that is rounding


class Difference(NamedTuple):
    """A difference of means in points, its standard error and degrees of freedom.

    The latter are NaN where the lists do not tell: no variation, or single lists in all strata.
    """

    value: float
    se: float
    df: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the t interval, low and high."""
        half = float(t.isf((1 - level) / 2, self.df)) * self.se
        return self.value - half, self.value + half

    def t_test(self) -> tuple[float, float]:
        """Test whether there is a difference: t and its two-sided p value."""
        statistic = self.value / self.se
        return statistic, 2 * float(t.sf(abs(statistic), self.df))

    def equivalence(self, margin: float) -> tuple[float, float]:
        """Test whether the difference lies within `margin` points: two one-sided t tests.

        The t of the bound that is nearer, and the larger of the two p values. Schuirmann, D. J.
        (1987). Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
        """
        low, high = (self.value + margin) / self.se, (self.value - margin) / self.se
        p = max(t.sf(low, self.df), t.cdf(high, self.df))
        return min(low, high, key=abs), float(p)


def weights(n_a: NDArray[np.int64], n_b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weigh strata by ``n_a n_b / (n_a + n_b)``, to a sum of 1: those with both groups, the most.

    With as many answers in every stratum the weights are equal, so a stratified difference of
    means is the difference of the overall means.
    """
    raw = n_a * n_b / np.maximum(n_a + n_b, 1)
    return np.asarray(raw / raw.sum())


def mean_difference(a: ListCounts, b: ListCounts) -> Difference:
    """Give the mean score of `a` less that of `b`, within strata that each have an answer of both.

    Every answer counts in the means; what is independent are the unique lists, so the standard
    error is robust to clusters of equal lists, also across strata.

    A stratified mean is linear in the scores of the lists, so with ``C`` the matrix that turns
    scores into what each list adds to it, centred by stratum, ``|Cx|^2`` estimates its variance up
    to a factor that is known where lists vary alike, and ``tr(C^2)^2 / tr(C^4)`` are its degrees of
    freedom. The two groups combine as in Welch's test, which this is for one stratum of unrepeated
    lists. Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
    regression with multi-stage samples. Survey Methodology 28(2), 169-181.
    """
    shares = weights(a.n_by_stratum, b.n_by_stratum)
    mean_a, variance_a, df_a = _weighted_mean(a, shares)
    mean_b, variance_b, df_b = _weighted_mean(b, shares)
    variance = variance_a + variance_b
    if not variance > RESOLUTION**2:
        return Difference(mean_a - mean_b, np.nan, np.nan)
    df = variance**2 / (variance_a**2 / df_a + variance_b**2 / df_b)
    return Difference(mean_a - mean_b, float(np.sqrt(variance)), float(df))


def _weighted_mean(
    group: ListCounts, stratum_weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Give the weighted mean of the strata's means, its variance and degrees of freedom."""
    distinct, first, place = np.unique(group.lists, return_index=True, return_inverse=True)
    within = group.counts / group.n_by_stratum[group.strata]
    shares = csr_array((within, (group.strata, place)), shape=(group.n_strata, len(distinct)))
    scores = group.scores[first]
    centre = float(scores.mean())  # keeps rounding small
    means = shares @ (scores - centre)
    pull = shares.T @ stratum_weights  # of each list on the weighted mean

    def moment(power: int) -> NDArray[np.float64]:
        gram: NDArray[np.float64] = ((shares * pull**power) @ shares.T).toarray()
        return stratum_weights[:, None] * gram

    # C = diag(pull) - H'WH with H the shares and W the weights of the strata.
    added = pull * (scores - centre) - shares.T @ (stratum_weights * means)
    m0, m1, m2, m3 = (moment(power) for power in range(4))
    m00 = m0 @ m0
    trace_2 = (pull**2).sum() - 2 * np.trace(m1) + np.trace(m00)
    trace_4 = (
        (pull**4).sum()
        - 4 * np.trace(m3)
        + 4 * np.trace(m0 @ m2)
        + 2 * np.trace(m1 @ m1)
        - 4 * np.trace(m00 @ m1)
        + np.trace(m00 @ m00)
    )
    mean = centre + float(stratum_weights @ means)
    if trace_2 < _NOTHING * (pull**2).sum():
        return mean, np.nan, np.nan
    variance = (pull**2).sum() / trace_2 * (added**2).sum()
    return mean, float(variance), float(trace_2**2 / trace_4)
