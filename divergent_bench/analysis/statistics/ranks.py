"""Rank tests within strata: one unit per unique list."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, kruskal, mannwhitneyu, norm, rankdata

from divergent_bench.analysis.statistics.strata import Units


class RankTest(NamedTuple):
    """A statistic by its name, and its p value."""

    name: str
    statistic: float
    p: float


def rank_sum(a: Units, b: Units) -> RankTest | None:
    """Test whether one of two groups scores higher: Mann-Whitney, by strata van Elteren.

    With one stratum U of `a`, its p exact for small groups without ties. With several Z, positive
    where `a` is higher: rank sums weighted by ``1 / (N + 1)``, their variance corrected for ties,
    normal approximation. None if no stratum has units of both. van Elteren, P. H. (1960). On the
    combination of independent two-sample tests of Wilcoxon. Bulletin of the International
    Statistical Institute 37, 351-361.
    """
    if not np.intersect1d(a.strata, b.strata).size:
        return None
    if len(np.union1d(a.strata, b.strata)) == 1:
        statistic, p = mannwhitneyu(a.scores, b.scores, alternative="two-sided")
        return RankTest("U", float(statistic), float(p))
    excess, covariance = _rank_sums([a, b])
    if covariance[0, 0] == 0:
        return RankTest("Z", 0.0, 1.0)
    z = excess[0] / np.sqrt(covariance[0, 0])
    return RankTest("Z", float(z), float(2 * norm.sf(abs(z))))


def rank_sums(groups: Sequence[Units]) -> RankTest | None:
    """Test whether some of several groups, two or more, score higher: Kruskal-Wallis, by strata.

    H, corrected for ties. With several strata it is the quadratic form in the rank sums that
    `rank_sum` uses, whose degrees of freedom are the rank of their covariance; for two groups H is
    the square of Z. None where all scores of each stratum are equal. Landis, J. R., Heyman, E. R. &
    Koch, G. G. (1978). Average partial association in three-way contingency tables. International
    Statistical Review 46, 237-254.
    """
    excess, covariance = _rank_sums(groups)
    if not covariance.any():
        return None
    if len(np.unique(np.concatenate([group.strata for group in groups]))) == 1:
        h, p = kruskal(*(group.scores for group in groups))
        return RankTest("H", float(h), float(p))
    inverse = np.linalg.pinv(covariance, hermitian=True, rcond=1e-9)
    df = np.linalg.matrix_rank(covariance, hermitian=True, rtol=1e-9)
    h = float(excess @ inverse @ excess)
    return RankTest("H", h, float(chi2.sf(h, df)))


def _rank_sums(groups: Sequence[Units]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum the ranks, divided by N + 1, less their expectation; and the covariance of the sums.

    Shapes (G,) and (G, G), summed over the strata.
    """
    owner = np.repeat(np.arange(len(groups)), [len(group.scores) for group in groups])
    strata = np.concatenate([group.strata for group in groups])
    scores = np.concatenate([group.scores for group in groups])
    excess = np.zeros(len(groups))
    covariance = np.zeros((len(groups), len(groups)))
    for stratum in np.unique(strata):
        here = strata == stratum
        size = int(here.sum())
        members = np.bincount(owner[here], minlength=len(groups))
        if size == members.max():  # one group only: nothing to compare
            continue
        ranks = (rankdata(scores[here]) - (size + 1) / 2) / (size + 1)
        excess += np.bincount(owner[here], weights=ranks, minlength=len(groups))
        spread = (ranks**2).sum() / (size - 1)
        covariance += spread * (np.diag(members) - np.outer(members, members) / size)
    return excess, covariance
