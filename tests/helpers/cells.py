"""Levels by cell, made of their scores."""

import numpy as np

from divergent_bench.analysis.statistics.cells import Level


def level(*by_cell, wordings=None, drawn=False, answers=None):
    """Make a level of the scores in one cell after the other.

    `wordings` are those of the scores, by cell. Where they are `drawn`, all are of one strategy; if
    that is a number, of the strategy of this number. `answers` in each cell are as many as scores.
    """
    scores = tuple(np.asarray(each, dtype=float) for each in by_cell)
    if wordings is None:
        wordings = [np.zeros(len(each)) for each in scores]
    sizes = np.array([len(each) for each in scores], dtype=np.int64)
    stratum = -1 if drawn is False else int(drawn)
    return Level(
        "a",
        scores,
        tuple(np.asarray(each, dtype=np.int64) for each in wordings),
        sizes if answers is None else np.array(answers),
        np.full(len(scores), stratum),
    )


def alike(size):
    """Weigh so many cells alike."""
    return np.full(size, 1 / size)


def asked(scorable, answers):
    """Make a level of how many of its answers in each cell were scorable."""
    return level(*(np.full(n, 80.0) for n in scorable), answers=answers)
