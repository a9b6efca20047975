"""Simulated answers whose true means are known: independent draws from a few lists or from many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma, norm

from divergent_bench.analysis.statistics.cells import Level
from tests.helpers.cells import level
from tests.helpers.scores import scores_table

SD = 4.0
_MANY = 2_000


@dataclass(frozen=True)
class Lists:
    """The lists that a model may answer with: how probable each is, and its score in points."""

    chances: NDArray[np.float64]
    scores: NDArray[np.float64]

    @cached_property
    def mean(self) -> float:
        """Mean score of an answer."""
        return float(self.chances @ self.scores)

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the score of an answer."""
        return float(np.sqrt(self.chances @ (self.scores - self.mean) ** 2))

    @cached_property
    def _up_to(self) -> NDArray[np.float64]:
        return np.cumsum(self.chances)[:-1]

    def around(self, mean: float, sd: float = SD) -> "Lists":
        """Move and stretch the scores to this mean and standard deviation, not rounded."""
        return replace(self, scores=mean + (self.scores - self.mean) * (sd / self.sd))

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> NDArray[np.int64]:
        """Draw the numbers of lists, each by its chance and independent of the others."""
        return np.searchsorted(self._up_to, rng.random(size), side="right")


def zipf(sign: float = 1.0) -> Lists:
    """Make 300 lists of which one is given in 20 % of answers; the more frequent, the lower.

    The sd is about 4 points. With the `sign` -1 it is the more frequent, the higher.
    """
    place = np.arange(1, 301)
    chances = 1 / place**1.1
    scores = sign * np.log(place) + np.random.default_rng(0).normal(0, 1.5, 300)
    return Lists(chances / chances.sum(), np.round(scores, 2)).around(78.0)


def _middles() -> NDArray[np.float64]:
    return (np.arange(_MANY) + 0.5) / _MANY


def _quantiles(scores: NDArray[np.float64]) -> Lists:
    return Lists(np.full(_MANY, 1 / _MANY), scores).around(78.0)


def skewed() -> Lists:
    """Make many lists, each as probable, whose scores have a left tail: skewness -1."""
    return _quantiles(-gamma.isf(_middles(), 4))


def normal() -> Lists:
    """Make many lists, each as probable, whose scores are normal."""
    return _quantiles(norm.ppf(_middles()))


def certain(score: float = 78.0) -> Lists:
    """Make the only list of a model that always gives the same answer."""
    return Lists(np.ones(1), np.array([score]))


SHAPES = {"zipf": zipf(), "skewed": skewed(), "normal": normal(), "certain": certain()}


def drawn_level(
    rng: np.random.Generator, lists: Lists, sizes: Sequence[int], shifts: ArrayLike = 0.0
) -> Level:
    """Draw so many answers in each cell; the mean of each is higher by its shift."""
    shifts = np.broadcast_to(shifts, len(sizes))
    return level(
        *(lists.scores[lists.draw(rng, n)] + up for n, up in zip(sizes, shifts, strict=True))
    )


def answers_table(
    rng: np.random.Generator,
    means: ArrayLike,
    lists: Lists,
    n: int | ArrayLike,
    scorable: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Draw a table of scores of a grid.

    `means` has the shape (models, strategies, temperatures), to which `n` and the chance of being
    `scorable` are broadcast. Models are a, b, c and so on, strategies s0, s1, temperatures 0, 1.
    """
    means = np.asarray(means, dtype=float)
    counts = np.broadcast_to(n, means.shape).ravel()
    chances = np.repeat(np.broadcast_to(scorable, means.shape).ravel(), counts)
    model, strategy, temperature = (
        np.repeat(each.ravel(), counts) for each in np.indices(means.shape)
    )
    numbers = lists.draw(rng, len(model))
    scores = np.repeat(means.ravel(), counts) + lists.scores[numbers] - lists.mean
    seen = rng.random(len(model)) < chances
    template = scores_table([{"score": 1.0}])
    table = template.loc[np.zeros(len(model), dtype=int)].reset_index(drop=True)
    table["model"] = pd.Categorical.from_codes(model, list("abcdefgh"))
    table["strategy"] = pd.Categorical.from_codes(strategy, ["s0", "s1", "s2", "s3"])
    words = pd.Series([f"{number:04}|b|c|d|e|f|g" for number in numbers.tolist()])
    return table.assign(
        temperature=temperature.astype(float),
        seed=np.arange(len(model)),
        score=np.where(seen, scores, np.nan),
        scored_words=words.where(seen),
    )
