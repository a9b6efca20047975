"""Groups by stratum, written as scores."""

import numpy as np

from divergent_bench.analysis.statistics.strata import Group, ListCounts, Units


def units(*by_stratum):
    """Make units: the scores of one stratum after the other."""
    scores = np.concatenate([np.asarray(scores, dtype=float) for scores in by_stratum])
    strata = np.repeat(np.arange(len(by_stratum)), [len(scores) for scores in by_stratum])
    return Units(strata, scores, np.ones(len(scores), dtype=np.int64))


def lists(*by_stratum, counts=None):
    """Make lists, each of its own: the scores of one stratum after the other, and their counts."""
    found = units(*by_stratum)
    counts = found.counts if counts is None else np.array(counts)
    numbers = np.arange(len(found.scores))
    return ListCounts.gather(numbers, found.strata, found.scores, counts, len(by_stratum))


def asked(scorable, answers):
    """Make a group from how many of its answers in each stratum were scorable."""
    given = lists(*(np.full(n, 80.0) for n in scorable))
    return Group("a", given, np.array(answers))
