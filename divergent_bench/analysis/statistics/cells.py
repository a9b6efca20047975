"""Answers by level and cell, so that like is compared with like.

The levels are those of a factor; the cells are the combinations of the other factors. Two levels
are compared within the cells in which both have answers, each cell with the same weight.

An answer is one independent draw from what a model does with a prompt. Equal answers are ties, not
dependence: they count as often as they were given. What does make answers alike is the wording of
the prompt. Five or more wordings of a strategy are a sample of all that could have been used, and
the answers to one of them are a cluster. Fewer say nothing of others: each is a cell of its own,
which shares the weight of its strategy.

Where a task has stimuli, five or more of them are clusters in the same way, and wordings are left
aside. They are the same ones whatever the strategy, so that any two levels are compared stimulus by
stimulus. Fewer are cells of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.design import drawn_stimuli
from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.design.analysis_plan import FACTORS

_FIXED: Final = -1
STIMULI: Final = 0  # the stratum of drawn stimuli; those of the wordings of a strategy are above

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Level:
    """The answers at one level of a factor; arrays have an entry for each of the C cells."""

    name: str
    scores: tuple[Floats, ...]  # of the scorable answers in each cell, in points
    wordings: tuple[Integers, ...]  # of the same answers, or their stimuli where these are drawn
    answers: Integers  # in each cell, unscorable ones included
    # Equal numbers: the same wordings were drawn there. Negative: those that there are were asked.
    strata: Integers

    @cached_property
    def n(self) -> Integers:
        """Number of scorable answers in each cell."""
        return np.array([len(each) for each in self.scores], dtype=np.int64)

    @cached_property
    def means(self) -> Floats:
        """Mean score in each cell, NaN without a score."""
        return np.array([each.mean() if len(each) else np.nan for each in self.scores])

    @cached_property
    def variances(self) -> Floats:
        """Sample variance of the scores in each cell, NaN with fewer than two."""
        return np.array([each.var(ddof=1) if len(each) > 1 else np.nan for each in self.scores])

    @property
    def all_scores(self) -> Floats:
        """The scores in all cells."""
        return np.concatenate([np.empty(0), *self.scores])

    def wording_means(self, cell: int) -> dict[int, float]:
        """Return the mean score of each wording in a cell."""
        found, place = np.unique(self.wordings[cell], return_inverse=True)
        means = np.bincount(place, self.scores[cell]) / np.bincount(place)
        return dict(zip(found.tolist(), means.tolist(), strict=True))

    def within(self, cells: Mask) -> "Level":
        """Keep some cells."""
        kept = np.flatnonzero(cells).tolist()
        return Level(
            self.name,
            tuple(self.scores[cell] for cell in kept),
            tuple(self.wordings[cell] for cell in kept),
            self.answers[cells],
            self.strata[cells],
        )

    def pooled(self) -> "Level":
        """Put everything into one cell, as if there were no wordings; drawn stimuli stay."""
        clusters, stratum = np.zeros(int(self.n.sum()), dtype=np.int64), _FIXED
        if self.n.any() and (self.strata[self.n > 0] == STIMULI).all():
            clusters, stratum = np.concatenate(self.wordings), STIMULI
        answers = self.answers.sum(keepdims=True)
        return Level(self.name, (self.all_scores,), (clusters,), answers, np.array([stratum]))

    @property
    def empty(self) -> Omission | None:
        """Why it has no score; None if it has one."""
        if self.n.any():
            return None
        return Omission.NONE_SCORABLE if self.answers.any() else Omission.NO_ANSWER


@dataclass(frozen=True)
class Cells:
    """The answers along a factor."""

    factor: str
    by_level: dict[str, Level]  # in the order of the levels
    # A row per cell: the labels of the other factors, the `wording`, and few stimuli if any.
    settings: pd.DataFrame
    weights: Floats  # of each cell: 1, shared out among the wordings that are cells
    plain: Mask  # cells of the plain prompt, which those who are not asked in strategies had too
    unasked: frozenset[str]  # levels that have no strategy or temperature: people, baselines


class Matched(NamedTuple):
    """Two levels, or more, in the cells that they share."""

    levels: tuple[Level, ...]
    settings: pd.DataFrame  # of these cells
    weights: Floats  # of these cells, to a sum of 1
    unmatched: tuple[int, ...]  # answers of each that are left out, as the others have none there
    confounders: Sequence[str] = ()  # factors that may explain a difference across cells


def split(compared: pd.DataFrame, factor: str, names: Sequence[str], plain: str) -> Cells:
    """Split answers into the levels of a factor and the cells of the others.

    `compared` is as `design.answers` gives it; `plain` names the plain prompt, for which recorded
    answers to an unknown one stand as well. A level without an answer becomes one without any.
    """
    others = [other for other in FACTORS if other != factor]
    strategies = compared["strategy"].to_numpy()
    codes, known = pd.factorize(strategies, sort=True)
    stimuli = drawn_stimuli(compared)
    if stimuli is None:
        wordings = compared["wording"].to_numpy(dtype=np.int64)
        n_wordings = np.bincount(np.unique(wordings * len(known) + codes) % len(known))
        drawn = n_wordings >= FEWEST_CLUSTERS
        # Of two strategies, the wordings of one have nothing to do with those of the other.
        own_cell = np.where(drawn[codes] | (factor == "strategy"), 0, wordings)
        stratum = np.where(drawn, np.arange(len(known)) + STIMULI + 1, _FIXED)
    else:
        wordings, own_cell = stimuli, np.zeros_like(stimuli)
        stratum = np.full(len(known), STIMULI)
    keyed = compared[others].assign(wording=own_cell)
    if stimuli is None and compared["stimulus"].notna().any():
        keyed["stimulus"] = compared["stimulus"].astype(str)
    cells, firsts = _numbered(keyed)
    settings = keyed.iloc[firsts].reset_index(drop=True)
    combinations, _ = _numbered(settings[others])
    weights = 1 / np.bincount(combinations)[combinations]

    scores = compared["score"].to_numpy()
    order = np.lexsort((scores, cells))  # so that no result depends on the order of the rows
    size = len(settings)
    levels = {}
    members = pd.Index(names).get_indexer(pd.Index(compared[factor]))[order]
    for place, name in enumerate(names):
        mine = order[members == place]
        counts = np.bincount(cells[mine], minlength=size)
        strata = np.full(size, _FIXED)
        strata[cells[mine]] = stratum[codes[mine]]
        parts = np.split(mine, np.cumsum(counts)[:-1])
        scorable = [part[~np.isnan(scores[part])] for part in parts]
        levels[name] = Level(
            name,
            tuple(scores[part] for part in scorable),
            tuple(wordings[part] for part in scorable),
            counts,
            strata,
        )
    is_plain = (
        settings["strategy"].isin([plain, NOT_APPLICABLE]).to_numpy()
        if factor == "model"
        else np.zeros(size, dtype=bool)
    )
    unasked = frozenset(compared.loc[~compared["asked"].astype(bool), factor])
    return Cells(factor, levels, settings, weights, is_plain, unasked)


def _numbered(keys: pd.DataFrame) -> tuple[Integers, Integers]:
    """Give rows numbers, in the order of what they hold, and the first row of each number."""
    found = np.zeros(len(keys), dtype=np.int64)
    for name in keys:
        places, values = pd.factorize(keys[name], sort=True, use_na_sentinel=False)
        found = found * len(values) + places
    _, firsts, numbers = np.unique(found, return_index=True, return_inverse=True)
    return numbers, firsts


def match(cells: Cells, names: Sequence[str], count: Callable[[Level], Integers]) -> Matched:
    """Bring levels into the cells in which all have answers that `count` counts.

    People and baselines have no prompt of a model's: their answers stand beside those to the plain
    prompt. Without a cell in common everything is pooled; with some, the answers in the others are
    left out.
    """
    levels = [cells.by_level[name] for name in names]
    if {True, False} == {name in cells.unasked for name in names}:
        kept = [e if e.name in cells.unasked else e.within(cells.plain) for e in levels]
        left = tuple(
            int(count(a).sum() - count(b).sum()) for a, b in zip(levels, kept, strict=True)
        )
        return _in_one_cell(cells, kept, left)
    present = [count(level) > 0 for level in levels]
    shared = np.logical_and.reduce(present)
    if not shared.any():
        several = all(each.any() for each in present)
        found = confounders(cells, present) if several else []
        return _in_one_cell(cells, levels, (0,) * len(levels), found)
    return Matched(
        tuple(level.within(shared) for level in levels),
        cells.settings[shared],
        cells.weights[shared] / cells.weights[shared].sum(),
        tuple(int(count(level)[~shared].sum()) for level in levels),
    )


def by_wording(matched: Matched) -> Matched:
    """Split the cells of drawn wordings by these, where all levels saw the same ones.

    Rank tests compare answers to the same wording, and so speak of the wordings that were drawn.
    Cells without a common one are left out; where that is all of them, nothing is split.
    """
    strata = [level.strata for level in matched.levels]
    paired = np.logical_and.reduce([each == strata[0] for each in strata]) & (strata[0] >= 0)
    if not paired.any():
        return matched
    places: list[tuple[int, int | None]] = []
    for cell, is_paired in enumerate(paired.tolist()):
        common = [set(level.wordings[cell].tolist()) for level in matched.levels]
        shared = sorted(set.intersection(*common)) if is_paired else [None]
        places += [(cell, wording) for wording in shared]
    if not places:
        return matched
    cells = np.array([cell for cell, _ in places])
    sizes = np.bincount(cells, minlength=len(paired))
    fixed = np.full(len(places), _FIXED)

    def chosen(level: Level, cell: int, wording: int | None) -> Mask:
        return np.full(level.n[cell], True) if wording is None else level.wordings[cell] == wording

    levels = []
    for level in matched.levels:
        masks = [chosen(level, *place) for place in places]
        scores = tuple(level.scores[c][mask] for c, mask in zip(cells, masks, strict=True))
        wordings = tuple(level.wordings[c][mask] for c, mask in zip(cells, masks, strict=True))
        levels.append(Level(level.name, scores, wordings, np.array([*map(len, scores)]), fixed))
    weights = (matched.weights / np.maximum(sizes, 1))[cells]
    is_pooled = matched.settings.empty
    settings = matched.settings if is_pooled else matched.settings.iloc[cells]
    return matched._replace(
        levels=tuple(levels), settings=settings, weights=weights / weights.sum()
    )


def _in_one_cell(
    cells: Cells, levels: Sequence[Level], left: tuple[int, ...], found: Sequence[str] = ()
) -> Matched:
    pooled = tuple(level.pooled() for level in levels)
    return Matched(pooled, cells.settings[:0], np.ones(1), left, found)


def confounders(cells: Cells, present: Sequence[Mask]) -> list[str]:
    """Return the factors that differ between some levels when these are pooled over their cells.

    `present` has for each level a mask of the cells it has answers in, shape (C,).
    """
    settings = cells.settings.drop(columns="wording")
    found = {
        str(other): [set(labels[mask]) for mask in present] for other, labels in settings.items()
    }
    differ = [other for other, levels in found.items() if any(each != levels[0] for each in levels)]
    if not differ:  # only their combinations do
        differ = [other for other, levels in found.items() if len(levels[0]) > 1]
    return differ
