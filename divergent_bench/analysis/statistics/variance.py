"""How much of the variance of the scores each factor explains."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.design import answers, levels
from divergent_bench.analysis.statistics.units import UniqueLists, lists_by
from divergent_bench.analysis.tables import are_ranked, table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.design.analysis_plan import FACTORS

REPLICATES: Final = 1_000
WITHIN: Final = "within"
_TAILS: Final = (0.025, 0.975)
_DRAWS_AT_ONCE = 100_000  # what a processor keeps near; bounds the memory too

Floats = NDArray[np.float64]


class _Moments(NamedTuple):
    """Of conditions (last axis), in several replicates (first axis)."""

    mean: Floats  # score of the answers
    noise: Floats  # sampling variance of that mean
    within: Floats  # variance between the answers


def decompose_variance(scores: pd.DataFrame) -> pd.DataFrame:
    """Split the variance of the scores into factors, their interactions and what is left.

    Every condition weighs the same, whatever its number of answers (unweighted cell means), and the
    conditions of the grid are all that is spoken of (fixed effects). The mean square of the effects
    of a component is its variance, minus what sampling noise adds to it: r / N times the mean
    sampling variance of the means of the conditions, for a component with r degrees of freedom
    among N conditions (Searle, Casella & McCulloch 1992, Variance Components, chapters 2 and 4).
    Repeated lists are one observation: the sampling variance is that of a mean of clusters.
    ``within`` is the variance between answers of one condition, averaged over conditions, unbiased
    for repeated lists too.

    Baselines and people take no part: they read no strategy. Where combinations of levels have no
    scorable answer, levels are left out one at a time, each time the one that lacks the largest
    share of its combinations, until the grid is complete; `left_out` names them.

    Intervals are percentiles of 1,000 replicates that draw unique lists within conditions, each
    corrected for its own noise (rescaled and cluster bootstrap: Davison & Hinkley 1997, Bootstrap
    Methods and their Application, sections 2.3 and 3.8). The observed effects hold the noise once
    already; before more is added by drawing, each component is scaled down to its corrected
    variance. Where a true share is near its noise they hold it in 91 to 93 % of cases, at 0 in more
    than 95 %.

    The table ``variance`` has for every space, in the order of the scores, a row per factor with at
    least two levels, per interaction of these, and ``within``; none for a space without a scorable
    answer. A variance (points squared) can fall below 0, which counts as 0 in ``share`` (0 to 1),
    so that the share of ``within`` stays a little below 1 where no factor matters. Shares are
    missing where nothing varies.
    """
    rows: list[dict[str, Any]] = []
    for space in scores["space"].unique():
        compared = answers(scores[scores["space"] == space])
        sizes, lists, left_out = _complete_grid(compared[are_ranked(compared["provider"])])
        if lists:
            facts = {"space": str(space), "left_out": encode_left_out(left_out)}
            rows += [facts | row for row in _decompose(sizes, lists)]
    return table_of(rows, "variance")


def _complete_grid(
    compared: pd.DataFrame,
) -> tuple[dict[str, int], list[UniqueLists], list[LeftOut]]:
    """Give how many levels each factor keeps, the lists of each condition, and what is left out."""
    found = lists_by(compared, list(FACTORS))
    scorable = {key for key, lists in found.items() if len(lists)}
    # Recorded answers may have no strategy at all; the factor then has this one level.
    names = [levels(compared, factor) or [NOT_APPLICABLE] for factor in FACTORS]
    present = np.array([key in scorable for key in product(*names)])
    places = _kept_levels(present.reshape([len(each) for each in names]))
    kept = [[each[place] for place in at] for each, at in zip(names, places, strict=True)]
    left_out = [
        LeftOut(factor, name, Omission.INCOMPLETE)
        for factor, each, those_kept in zip(FACTORS, names, kept, strict=True)
        for name in each
        if name not in those_kept
    ]
    sizes = {factor: len(each) for factor, each in zip(FACTORS, kept, strict=True)}
    return sizes, [found[key] for key in product(*kept)], left_out


def _kept_levels(present: NDArray[np.bool_]) -> list[list[int]]:
    """Choose levels, by axis, all of whose combinations are present; none if nothing is."""
    if not present.any():
        return [[] for _ in present.shape]
    kept = [list(range(size)) for size in present.shape]
    while not (part := present[np.ix_(*kept)]).all():
        lacking = [
            (1 - row.mean(), len(kept[axis]), axis, place)
            for axis in range(part.ndim)
            for place, row in enumerate(np.moveaxis(part, axis, 0))
        ]
        _, _, axis, place = max(lacking)
        del kept[axis][place]
    return kept


def _decompose(n_levels: dict[str, int], lists: list[UniqueLists]) -> list[dict[str, Any]]:
    varied = {factor: size for factor, size in n_levels.items() if size > 1}
    sizes = tuple(varied.values())
    names = [effect for size in range(1, len(varied) + 1) for effect in combinations(varied, size)]
    effects = [tuple(list(varied).index(factor) for factor in effect) for effect in names]

    means = np.array([np.average(each.scores, weights=each.counts) for each in lists])
    observed = _stack([_moments(each, np.ones((1, len(each)))) for each in lists])
    observed = observed._replace(mean=means.reshape(1, -1))
    variances = _components(observed, sizes, effects)[0]
    shares = _shares(variances)

    rng = np.random.default_rng(0)
    drawn = _stack([_replicates(each, rng) for each in lists])
    centre = _without_noise(means.reshape(1, *sizes), variances, effects).reshape(1, -1)
    replicates = _components(drawn._replace(mean=centre + drawn.mean), sizes, effects)
    low, high = np.quantile(_shares(replicates), _TAILS, axis=0)

    return [
        {
            "component": component,
            "n_levels": "x".join(str(varied[factor]) for factor in factors) or "1",
            "variance": variances[place],
            "share": shares[place],
            "share_low": low[place],
            "share_high": high[place],
            "n_single_list": sum(len(each) == 1 for each in lists),
            "reason": None if varied else Omission.TOO_FEW_LEVELS,
        }
        for place, (component, factors) in enumerate(
            [*((":".join(effect), effect) for effect in names), (WITHIN, tuple(varied))]
        )
    ]


def _moments(lists: UniqueLists, times: Floats) -> _Moments:
    """Return the moments of a condition, shape (B,), its lists drawn so many `times`, (B, U).

    The mean is given as its distance from the mean of the condition.
    """
    counts = lists.counts.astype(float)
    distance = lists.scores - np.average(lists.scores, weights=counts)
    powers = np.stack([np.ones_like(distance), distance, distance**2], axis=1)
    n, total, squares = (times @ (counts[:, None] * powers)).T
    zeroth, first, second = (times @ (counts[:, None] ** 2 * powers)).T
    mean = total / n
    # Sum of the squared deviations of the lists from the mean, each as often as it was given.
    noise = _small_sample(lists) * (second - 2 * mean * first + mean**2 * zeroth) / n**2
    # Without repetitions this is the sample variance, with n - 1.
    return _Moments(mean, noise, squares / n - mean**2 + noise)


def _replicates(lists: UniqueLists, rng: np.random.Generator) -> _Moments:
    """Draw the lists of a condition again and again, and return the moments of each replicate.

    Drawing from U lists has (U - 1) / U of their variance, which is made up for.
    """
    size = len(lists)
    step = max(1, _DRAWS_AT_ONCE // size)
    parts = []
    for start in range(0, REPLICATES, step):
        rows = min(step, REPLICATES - start)
        drawn = rng.integers(0, size, size=(rows, size)) + size * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)
        parts.append(_moments(lists, times.astype(float)))
    mean, noise, within = (np.concatenate(each) for each in zip(*parts, strict=True))
    # No more than for two lists: one that is given nearly always would blow the replicates up.
    factor = min(_small_sample(lists), 2.0)
    return _Moments(mean * np.sqrt(factor), noise * factor, within * factor)


def _small_sample(lists: UniqueLists) -> float:
    """Make up for deviations from the mean of the lists themselves: U / (U - 1) if unrepeated.

    With shares h of independent lists, E sum(h**2 (x - mean)**2) is their variance times
    S2 - 2 S3 + S2**2, where Sk = sum(h**k); it should be S2.
    """
    if len(lists) < 2:
        return 0.0
    shares = lists.counts / lists.n_samples
    second, third = float((shares**2).sum()), float((shares**3).sum())
    return second / (second - 2 * third + second**2)


def _stack(moments: Sequence[_Moments]) -> _Moments:
    """Put conditions side by side: shape (B, N)."""
    return _Moments(*(np.stack(each, axis=1) for each in zip(*moments, strict=True)))


def _components(
    moments: _Moments, sizes: tuple[int, ...], effects: Sequence[tuple[int, ...]]
) -> Floats:
    """Return the variance of each component, ``within`` last: shape (B, effects + 1)."""
    means = moments.mean.reshape(-1, *sizes)
    noise = moments.noise.mean(axis=1)
    axes = tuple(range(1, means.ndim))
    variances = []
    for effect in effects:
        freedom = np.prod([sizes[axis] - 1 for axis in effect])
        square = (_effect(means, effect) ** 2).mean(axis=axes)
        variances.append(square - freedom / np.prod(sizes) * noise)
    return np.stack([*variances, moments.within.mean(axis=1)], axis=1)


def _effect(means: Floats, effect: tuple[int, ...]) -> Floats:
    """Return what is due to the factors of `effect` together and not to fewer of them.

    Axes of the other factors are averaged to length 1.
    """
    part = means
    for axis in range(means.ndim - 1):
        mean = part.mean(axis=axis + 1, keepdims=True)
        part = part - mean if axis in effect else mean
    return part


def _without_noise(means: Floats, variances: Floats, effects: Sequence[tuple[int, ...]]) -> Floats:
    """Scale each component of the means to its corrected variance; the grand mean is left out."""
    scaled = np.zeros_like(means)
    for effect, variance in zip(effects, variances, strict=False):
        part = _effect(means, effect)
        square = (part**2).mean()
        if square > 0:
            scaled += part * np.sqrt(max(variance, 0.0) / square)
    return scaled


def _shares(variances: Floats) -> Floats:
    """Return each component as a share of all, along the last axis; NaN where all are 0."""
    positive = np.maximum(variances, 0)
    total = positive.sum(axis=-1, keepdims=True)
    empty = np.full_like(positive, np.nan)
    return np.asarray(np.divide(positive, total, out=empty, where=total > 0))
