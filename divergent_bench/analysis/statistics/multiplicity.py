"""Adjustment of p values, and of intervals, for the number of tests."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from divergent_bench.analysis.statistics.cells import Floats
from divergent_bench.design.analysis_plan import ALPHA

HOLM: Final = "holm"
BENJAMINI_HOCHBERG: Final = "benjamini-hochberg"


def adjust(p: Sequence[float] | Floats, method: str) -> Floats:
    """Return the adjusted p values of a family of tests.

    `HOLM` bounds the chance of any false claim (Scandinavian Journal of Statistics 1979, 6, 65-70),
    `BENJAMINI_HOCHBERG` the share of false claims (Journal of the Royal Statistical Society B 1995,
    57, 289-300).
    """
    values = np.asarray(p, dtype=float)
    size, order = len(values), np.argsort(values, kind="stable")
    ranked = values[order]
    if method == HOLM:
        stepped = np.maximum.accumulate(ranked * np.arange(size, 0, -1))
    else:
        stepped = np.minimum.accumulate((ranked * size / np.arange(1, size + 1))[::-1])[::-1]
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def interval_alpha(adjusted: Floats, method: str) -> float:
    """Return the alpha of intervals that leave 0 out exactly where a test of the family rejects.

    With R of m tests rejected it is R / m of 5 % for Benjamini-Hochberg: intervals of which 5 % at
    most of those that are told of miss their parameter (Benjamini & Yekutieli 2005, Journal of the
    American Statistical Association 100, 71-81). For Holm it is 5 % over the m - R tests that were
    left when it stopped, which is the last comparison it made.
    """
    size, rejected = len(adjusted), int((adjusted <= ALPHA).sum())
    if method == HOLM:
        return ALPHA / max(size - rejected, 1)
    return ALPHA * max(rejected, 1) / size
