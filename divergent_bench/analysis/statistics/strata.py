"""Groups of answers by stratum, so that like is compared with like.

The groups are the levels of a factor; the strata are the combinations of the other factors. Two
groups are compared within the strata that both have answers in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import FACTORS


class Units(NamedTuple):
    """The unique lists of a group, each in one stratum: arrays of one entry per list."""

    strata: NDArray[np.int64]
    scores: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class ListCounts:
    """How often a group gave each list in each stratum.

    The arrays have one entry per list and stratum, sorted by list; of the entries of a list the one
    with the highest count is first (ties: the first stratum).
    """

    lists: NDArray[np.int64]  # which list; equal numbers mean the same words
    strata: NDArray[np.int64]  # 0 to n_strata - 1
    scores: NDArray[np.float64]  # of the list, in points
    counts: NDArray[np.int64]  # how many answers gave it there, at least 1
    n_strata: int  # those without an answer included

    @classmethod
    def gather(
        cls,
        lists: NDArray[np.int64],
        strata: NDArray[np.int64],
        scores: NDArray[np.float64],
        counts: NDArray[np.int64],
        n_strata: int,
    ) -> "ListCounts":
        """Gather answers, or counts of them, in any order."""
        # Among equal words the score is equal but for rounding; the lowest makes it definite.
        order = np.lexsort((scores, strata, lists))
        starts = np.flatnonzero(_changes(lists[order]) | _changes(strata[order]))
        counts = np.add.reduceat(counts[order], starts) if len(starts) else counts
        first = order[starts]
        lists, strata, scores = lists[first], strata[first], scores[first]
        order = np.lexsort((strata, -counts, lists))
        return cls(lists[order], strata[order], scores[order], counts[order], n_strata)

    def within(self, strata: NDArray[np.bool_]) -> "ListCounts":
        """Keep some strata, by a mask of shape (n_strata,), and number them anew."""
        kept = strata[self.strata]
        numbers = np.cumsum(strata) - 1
        return ListCounts(
            self.lists[kept],
            numbers[self.strata[kept]],
            self.scores[kept],
            self.counts[kept],
            int(strata.sum()),
        )

    def pooled(self) -> "ListCounts":
        """Put everything into one stratum."""
        return ListCounts.gather(
            self.lists, np.zeros_like(self.strata), self.scores, self.counts, 1
        )

    def units(self) -> Units:
        """Count each list once, in the stratum where it was given most often."""
        first = np.flatnonzero(_changes(self.lists))
        totals = np.add.reduceat(self.counts, first) if len(first) else self.counts
        return Units(self.strata[first], self.scores[first], totals)

    @property
    def n_unique(self) -> int:
        """Number of unique lists."""
        return int(_changes(self.lists).sum())

    @property
    def n_by_stratum(self) -> NDArray[np.int64]:
        """Number of answers in each stratum, shape (n_strata,)."""
        found = np.bincount(self.strata, weights=self.counts, minlength=self.n_strata)
        return found.astype(np.int64)

    @property
    def totals(self) -> NDArray[np.float64]:
        """Sum of the scores in each stratum, shape (n_strata,)."""
        weights = self.counts * self.scores
        return np.bincount(self.strata, weights, self.n_strata).astype(np.float64)


@dataclass(frozen=True)
class Group:
    """The answers at one level of a factor, its `name`."""

    name: str
    given: ListCounts  # its scored lists
    answers: NDArray[np.int64]  # in each stratum, unscorable ones included, shape (S,)

    @property
    def scorable(self) -> NDArray[np.int64]:
        """Number of scorable answers in each stratum, shape (S,)."""
        return self.given.n_by_stratum

    def within(self, strata: NDArray[np.bool_]) -> "Group":
        """Keep some strata."""
        return Group(self.name, self.given.within(strata), self.answers[strata])

    def pooled(self) -> "Group":
        """Put everything into one stratum."""
        return Group(self.name, self.given.pooled(), self.answers.sum(keepdims=True))

    @property
    def degenerate(self) -> Omission | None:
        """Why its scores cannot be tested; None if they can."""
        if self.given.n_unique > 1:
            return None
        if self.given.n_unique:
            return Omission.ONE_LIST
        return Omission.NONE_SCORABLE if self.answers.any() else Omission.NO_ANSWER


@dataclass(frozen=True)
class Groups:
    """The answers along a factor."""

    factor: str
    by_level: dict[str, Group]  # in the order of the levels
    settings: pd.DataFrame  # the strata: a row each, the labels of the other factors as columns


class Matched(NamedTuple):
    """Two groups within the strata that they share; without any, pooled over all of them."""

    a: Group
    b: Group
    unmatched: tuple[int, int]  # answers of each that are left out, as the other has none there
    confounders: Sequence[str]  # factors that may explain a difference of pooled groups


def split(compared: pd.DataFrame, factor: str, names: Sequence[str]) -> Groups:
    """Split answers into the levels of a factor and the strata of the others.

    `compared` is as `design.answers` gives it, with the codes of `units.list_codes` as the column
    ``list``. A level without an answer becomes a group without any.
    """
    others = [other for other in FACTORS if other != factor]
    strata = compared.groupby(others, observed=True).ngroup().to_numpy(dtype=np.int64)
    settings = compared[others].drop_duplicates().sort_values(others, ignore_index=True)
    n_strata = len(settings)
    lists, scores = compared["list"].to_numpy(), compared["score"].to_numpy()
    rows = compared.groupby(factor, observed=True).indices
    groups = {}
    for name in names:
        mine = np.asarray(rows.get(name, []), dtype=np.int64)
        scored = mine[~np.isnan(scores[mine])]
        given = ListCounts.gather(
            lists[scored], strata[scored], scores[scored], np.ones_like(scored), n_strata
        )
        groups[name] = Group(name, given, np.bincount(strata[mine], minlength=n_strata))
    return Groups(factor, groups, settings)


def match(
    groups: Groups, a: Group, b: Group, count: Callable[[Group], NDArray[np.int64]]
) -> Matched:
    """Bring two of the groups into the strata in which both have answers that `count` counts.

    Without such a stratum everything is pooled; with some, the answers in the others are left out.
    """
    of_a, of_b = count(a), count(b)
    shared = (of_a > 0) & (of_b > 0)
    if not shared.any():
        both = of_a.any() and of_b.any()
        found = confounders(groups, [of_a > 0, of_b > 0]) if both else []
        return Matched(a.pooled(), b.pooled(), (0, 0), found)
    unmatched = (int(of_a[~shared].sum()), int(of_b[~shared].sum()))
    return Matched(a.within(shared), b.within(shared), unmatched, [])


def confounders(groups: Groups, present: Sequence[NDArray[np.bool_]]) -> list[str]:
    """Return the factors that differ between some of the groups when pooled over their strata.

    `present` has for each group a mask of the strata it has answers in, shape (S,).
    """
    settings = groups.settings
    found = {
        str(other): [set(labels[mask]) for mask in present] for other, labels in settings.items()
    }
    differ = [other for other, levels in found.items() if any(each != levels[0] for each in levels)]
    if not differ:  # only their combinations do
        differ = [other for other, levels in found.items() if len(levels[0]) > 1]
    return differ


def _changes(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell where a value differs from the one before it; the first always does."""
    return np.concatenate([np.ones(min(len(values), 1), dtype=bool), values[1:] != values[:-1]])
