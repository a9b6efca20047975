"""Simulated experiments whose true differences are known: repeated lists, ties, skewed scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma, norm

from divergent_bench.analysis.statistics.strata import Group, ListCounts

SD = 4.0
# Around 0 with that sd. DAT scores have a long left tail: the skewness of a gamma of shape 4 is 1.
_DRAW = {
    "normal": lambda rng, size: rng.normal(0, SD, size),
    "skewed": lambda rng, size: SD * (2 - rng.gamma(4, 0.5, size)),
}
_BELOW = {
    "normal": lambda score: norm.cdf(score / SD),
    "skewed": lambda score: gamma.sf(2 - score / SD, 4, scale=0.5),
}


@dataclass(frozen=True)
class Experiment:
    """The answers of a balanced grid: arrays of shape (models, strategies, temperatures, n).

    Attributes
    ----------
    scores
        Rounded to 0.1; NaN for an unscorable answer.
    lists
        Which list; equal numbers mean the same words.
    """

    scores: NDArray[np.float64]
    lists: NDArray[np.int64]

    def groups(self, axis: int = 0) -> list[Group]:
        """Give the levels along an axis, the other two as strata, without a table in between."""
        levels, n = self.scores.shape[axis], self.scores.shape[-1]
        scores, lists = (
            np.moveaxis(each, axis, 0).reshape(levels, -1, n) for each in (self.scores, self.lists)
        )
        n_strata = scores.shape[1]
        strata = np.repeat(np.arange(n_strata), n)
        found = []
        for level in range(levels):
            seen = ~np.isnan(scores[level].ravel())
            given = ListCounts.gather(
                lists[level].ravel()[seen],
                strata[seen],
                scores[level].ravel()[seen],
                np.ones(seen.sum(), dtype=np.int64),
                n_strata,
            )
            found.append(Group(str(level), given, np.full(n_strata, n)))
        return found

    def table(self) -> pd.DataFrame:
        """Give what the analysis reads of a table of scores; models are called a, b, c and so on.

        Strategies are s0, s1 and so on, temperatures 0, 1 and so on.
        """
        models, strategies, temperatures, _ = (
            each.ravel() for each in np.indices(self.scores.shape)
        )
        words = pd.Series([f"{number:06}|b|c|d|e|f|g" for number in self.lists.ravel().tolist()])
        unscorable = np.isnan(self.scores.ravel())
        return pd.DataFrame(
            {
                "space": pd.Categorical.from_codes(np.zeros_like(models), ["wordnet"]),
                "provider": pd.Categorical.from_codes(np.zeros_like(models), ["openai"]),
                "model": pd.Categorical.from_codes(models, list("abcdef")),
                "strategy": pd.Categorical.from_codes(strategies, ["s0", "s1", "s2"]),
                "temperature": temperatures.astype(float),
                "score": self.scores.ravel(),
                "scored_words": words.mask(unscorable),
            }
        )


def experiment(
    rng: np.random.Generator,
    shifts: ArrayLike,
    *,
    shape: str,
    n: int = 24,
    new: float | Sequence[float] = 0.6,
    shared: float = 0.1,
    scorable: ArrayLike = 1.0,
) -> Experiment:
    """Draw answers.

    Parameters
    ----------
    rng
        Source of everything random.
    shifts
        By how much the mean of each condition is above 78 points, shape (models, strategies,
        temperatures).
    shape
        Of the scores of a condition: ``normal`` or ``skewed``, sd `SD`.
    n
        Answers of each condition.
    new
        Chance, of all models or of each, that an answer is a new list and not the one before it:
        lists are given a geometric number of times.
    shared
        Chance that a list is one of the same model and strategy at the temperature before.
    scorable
        Chance that an answer can be scored; broadcast to the shape of `shifts`.
    """
    means = 78 + np.asarray(shifts, dtype=float)
    size = (*means.shape, n)
    scores = np.round(means[..., None] + _DRAW[shape](rng, size), 1)
    lists = np.arange(scores.size).reshape(size)
    for later in range(1, size[2]):
        again = rng.random((*size[:2], n)) < shared
        for each in (scores, lists):
            each[:, :, later] = np.where(again, each[:, :, later - 1], each[:, :, later])

    starts = rng.random(size) < np.broadcast_to(new, len(means))[:, None, None, None]
    starts[..., 0] = True
    given = np.cumsum(starts, axis=-1) - 1
    scores, lists = (np.take_along_axis(each, given, axis=-1) for each in (scores, lists))
    seen = rng.random(size) < np.broadcast_to(scorable, means.shape)[..., None]
    return Experiment(np.where(seen, scores, np.nan), lists)


def shifts(
    models: Sequence[float], strategies: Sequence[float], temperatures: Sequence[float]
) -> NDArray[np.float64]:
    """Add up effects of the levels, in points, to shifts of the conditions."""
    return np.add.outer(np.add.outer(models, strategies), temperatures)


def true_delta(shape: str, shift: float) -> float:
    """Give Cliff's delta of scores that are `shift` points above others, all rounded to 0.1."""
    edges = np.arange(-60, 60, 0.1) + 0.05
    others, higher = np.diff(_BELOW[shape](edges)), np.diff(_BELOW[shape](edges - shift))
    below = np.cumsum(others) - others
    return float(higher @ (below - (1 - below - others)))
