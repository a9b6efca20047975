"""Whether a difference between two levels depends on the cell it is looked at in."""

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtri, stdtr

from divergent_bench.analysis.statistics.estimates import Estimate


class Interaction(NamedTuple):
    """A statistic and its p value."""

    statistic: float
    p: float


def heterogeneity(differences: Sequence[Estimate]) -> Interaction | None:
    """Test whether independent differences, two or more, are all the same.

    F of Welch's analysis of variance, whose variances are those of the differences. None where one
    has no standard error. Welch, B. L. (1951). On the comparison of several mean values.
    Biometrika 38, 330-336.
    """
    values, se, df = (np.array(each) for each in zip(*differences, strict=True))
    if not (se > 0).all():
        return None
    size, weights = len(values), 1 / se**2
    shares = weights / weights.sum()
    spread = float((weights * (values - shares @ values) ** 2).sum()) / (size - 1)
    excess = float(((1 - shares) ** 2 / df).sum())
    f = spread / (1 + 2 * (size - 2) / (size**2 - 1) * excess)
    return Interaction(f, float(fdtrc(size - 1, (size**2 - 1) / (3 * excess), f)))


def crossing(differences: Sequence[Estimate]) -> Interaction | None:
    """Test whether independent differences, two or more, have different signs.

    The smaller of the sums of squares of the positive and of the negative ones, each in standard
    errors; t values are turned into the normal ones of the same probability. None where one has no
    standard error. Gail, M. & Simon, R. (1985). Testing for qualitative interactions between
    treatment effects and patient subsets. Biometrics 41, 361-372.
    """
    values, se, df = (np.array(each) for each in zip(*differences, strict=True))
    if not (se > 0).all():
        return None
    z = np.maximum(ndtri(stdtr(df, -np.abs(values / se))), -38.0)  # beyond, the square is no number
    squares = z**2
    q = float(min(squares[values > 0].sum(), squares[values < 0].sum()))
    size = len(values)
    terms = [comb(size - 1, k) / 2 ** (size - 1) * chdtrc(k, q) for k in range(1, size)]
    return Interaction(q, float(sum(terms)) if q > 0 else 1.0)
