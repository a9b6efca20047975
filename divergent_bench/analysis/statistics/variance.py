"""How much of the variance of the scores each factor explains."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.design import COMPARED, answers, levels
from divergent_bench.analysis.statistics.estimates import RESOLUTION
from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.tables import are_ranked, table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.design.analysis_plan import FACTORS

REPLICATES: Final = 1_000
WORDING: Final = "wording"
STIMULUS: Final = "stimulus"
WITHIN: Final = "within"
_TAILS: Final = (0.025, 0.975)
_DRAWS_AT_ONCE = 100_000  # what a processor keeps near; bounds the memory too

Floats = NDArray[np.float64]
Condition = list[Floats]  # the scores of its answers, by wording, or by stimulus if there are any


class _Moments(NamedTuple):
    """Of conditions (last axis), in several replicates (first axis)."""

    mean: Floats  # score of the answers
    noise: Floats  # sampling variance of that mean
    wording: Floats  # variance between the means of wordings, 0 where there is one
    within: Floats  # variance between the answers to a wording


def decompose_variance(scores: pd.DataFrame) -> pd.DataFrame:
    """Split the variance of the scores into factors, their interactions and what is left.

    Every condition weighs the same, whatever its number of answers (unweighted cell means), and the
    conditions of the grid are all that is spoken of (fixed effects). The mean square of the effects
    of a component is its variance, minus what sampling noise adds to it: r / N times the mean
    sampling variance of the means of the conditions, for a component with r degrees of freedom
    among N conditions (Searle, Casella & McCulloch 1992, Variance Components, chapters 2 and 4).
    ``within`` is the variance between answers of one condition (and wording), ``wording`` that
    between the wordings of one strategy, both averaged over conditions. Where the task has stimuli,
    ``stimulus`` takes the place of ``wording``.

    Baselines and people take no part: they read no strategy. Where combinations of levels have no
    scorable answer, levels are left out one at a time, each time the one that lacks the largest
    share of its combinations, until the grid is complete; `left_out` names them. Conditions with a
    single answer do not say how answers vary, so nothing can be estimated with them.

    Intervals are percentiles of 1,000 replicates that draw answers within conditions, wordings
    where these are drawn, each corrected for its own noise (rescaled bootstrap: Davison & Hinkley
    1997, Bootstrap Methods and their Application, section 2.3). The observed effects hold the noise
    once already; before more is added by drawing, each component is scaled down to its corrected
    variance.

    The table ``variance`` has for every space, in the order of the scores, a row per factor with at
    least two levels, per interaction of these, ``wording`` where there are several, and ``within``;
    none for a space without a scorable answer. A variance (points squared) can fall below 0, which
    counts as 0 in ``share`` (0 to 1), so that the share of ``within`` stays a little below 1 where
    no factor matters. Shares are missing where no condition's answers vary.
    """
    rows: list[dict[str, Any]] = []
    for space in scores["space"].unique():
        compared = answers(scores[COMPARED][scores["space"] == space])
        sizes, conditions, left_out = _complete_grid(compared[are_ranked(compared["provider"])])
        if conditions:
            facts = {"space": str(space), "left_out": encode_left_out(left_out)}
            cluster = _cluster(compared)
            rows += [facts | row for row in _decompose(sizes, conditions, cluster)]
    return table_of(rows, "variance")


def _cluster(scored: pd.DataFrame) -> str:
    """Name what the answers of a condition are apart by."""
    return STIMULUS if scored[STIMULUS].notna().any() else WORDING


def _complete_grid(
    compared: pd.DataFrame,
) -> tuple[dict[str, int], list[Condition], list[LeftOut]]:
    """Give how many levels each factor keeps, the conditions, and what is left out."""
    scored = compared[compared["score"].notna()]
    found: dict[Any, Condition] = {}
    for (*key, _), scores in scored.groupby([*FACTORS, _cluster(scored)], observed=True)["score"]:
        found.setdefault(tuple(key), []).append(np.sort(scores.to_numpy()))
    # Recorded answers may have no strategy at all; the factor then has this one level.
    names = [levels(compared, factor) or [NOT_APPLICABLE] for factor in FACTORS]
    present = np.array([key in found for key in product(*names)])
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


def _decompose(
    n_levels: dict[str, int], conditions: list[Condition], cluster: str
) -> list[dict[str, Any]]:
    varied = {factor: size for factor, size in n_levels.items() if size > 1}
    sizes = tuple(varied.values())
    names = [effect for size in range(1, len(varied) + 1) for effect in combinations(varied, size)]
    effects = [tuple(list(varied).index(factor) for factor in effect) for effect in names]
    has_wordings = any(len(each) > 1 for each in conditions)
    rows = [
        {"component": ":".join(effect), "n_levels": "x".join(str(varied[f]) for f in effect)}
        for effect in names
    ]
    whole = "x".join(map(str, sizes)) or "1"
    rows += [{"component": cluster, "n_levels": str(max(map(len, conditions)))}] * has_wordings
    rows.append({"component": WITHIN, "n_levels": whole})
    if any(sum(map(len, each)) < 2 for each in conditions):
        return [row | {"reason": Omission.SINGLE_ANSWERS} for row in rows]

    observed = _stack([_moments(each, _once(each)) for each in conditions])
    means = np.array([_mean(each) for each in conditions])
    kept = [*range(len(names)), *[len(names)] * has_wordings, len(names) + 1]
    variances = _components(observed._replace(mean=means[None]), sizes, effects)[0]
    if observed.noise.max() < RESOLUTION**2:
        return [
            row | {"variance": variances[place], "reason": Omission.NO_VARIATION}
            for place, row in zip(kept, rows, strict=True)
        ]
    rng = np.random.default_rng(0)
    drawn = _stack([_replicates(each, rng) for each in conditions])
    centre = _without_noise(means.reshape(1, *sizes), variances, effects).reshape(1, -1)
    replicates = _components(drawn._replace(mean=centre + drawn.mean), sizes, effects)
    shares = _shares(variances[kept])
    low, high = np.quantile(_shares(replicates[:, kept]), _TAILS, axis=0)
    return [
        row
        | {
            "variance": variances[kept[place]],
            "share": shares[place],
            "share_low": low[place],
            "share_high": high[place],
            "reason": None if varied else Omission.TOO_FEW_LEVELS,
        }
        for place, row in enumerate(rows)
    ]


def _mean(condition: Condition) -> float:
    return float(np.mean([scores.mean() for scores in condition]))


def _once(condition: Condition) -> list[Floats]:
    return [np.ones((1, len(scores))) for scores in condition]


def _moments(condition: Condition, times: list[Floats]) -> _Moments:
    """Return the moments of a condition, shape (B,), its answers drawn so many `times`, (B, n).

    The mean is given as its distance from the mean of the condition. The mean square of the means
    of wordings holds the noise of each, which is taken off; fewer than five wordings are all that
    is spoken of and add no noise to the mean.
    """
    centre, size = _mean(condition), len(condition)
    means, noises, squares, freedom = [], [], 0.0, 0.0
    for scores, drawn in zip(condition, times, strict=True):
        n = drawn.sum(axis=1)
        mean = drawn @ (scores - centre) / n
        deviations = drawn @ (scores - centre) ** 2 - n * mean**2
        squares, freedom = squares + deviations, freedom + (n - 1)
        means.append(mean)
        noises.append(1 / n)
    within = squares / np.maximum(freedom, 1)
    by_wording, noise = np.array(means), within * np.array(noises)
    between = by_wording.var(axis=0, ddof=1) if size > 1 else np.zeros_like(within)
    wording = between - noise.mean(axis=0) if size > 1 else between
    of_mean = between / size if size >= FEWEST_CLUSTERS else noise.sum(axis=0) / size**2
    return _Moments(by_wording.mean(axis=0), of_mean, wording, within)


def _replicates(condition: Condition, rng: np.random.Generator) -> _Moments:
    """Draw the answers of each wording again and again; return the moments of each replicate.

    Wordings that are drawn themselves are so here as well. Drawing from n has (n - 1) / n of their
    variance, which is made up for.
    """
    size = len(condition)
    n_answers = sum(map(len, condition))
    step = max(1, _DRAWS_AT_ONCE // n_answers)
    parts = []
    for start in range(0, REPLICATES, step):
        rows = min(step, REPLICATES - start)
        if size >= FEWEST_CLUSTERS:
            chosen = rng.integers(0, size, (rows, size))
            parts.append(_of_drawn_wordings(condition, chosen))
            continue
        times = []
        for scores in condition:
            n = len(scores)
            drawn = rng.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
            times.append(
                np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
            )
        parts.append(_moments(condition, times))
    moments = _Moments(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    units = size if size >= FEWEST_CLUSTERS else n_answers / size
    # No more than for two: the replicates would blow up.
    factor = min(units / (units - 1), 2.0) if units > 1 else 1.0
    return _Moments(moments.mean * np.sqrt(factor), *(each * factor for each in moments[1:]))


def _of_drawn_wordings(condition: Condition, chosen: NDArray[np.int64]) -> _Moments:
    """Return the moments of a condition of whole wordings, (B, W) of which are `chosen`."""
    centre, size = _mean(condition), len(condition)
    n = np.array([len(scores) for scores in condition])
    means = np.array([scores.mean() - centre for scores in condition])
    squares = np.array([((scores - scores.mean()) ** 2).sum() for scores in condition])
    within = squares[chosen].sum(axis=1) / np.maximum((n[chosen] - 1).sum(axis=1), 1)
    between = means[chosen].var(axis=1, ddof=1)
    wording = between - within * (1 / n[chosen]).mean(axis=1)
    return _Moments(means[chosen].mean(axis=1), between / size, wording, within)


def _stack(moments: Sequence[_Moments]) -> _Moments:
    """Put conditions side by side: shape (B, N)."""
    return _Moments(*(np.stack(each, axis=1) for each in zip(*moments, strict=True)))


def _components(
    moments: _Moments, sizes: tuple[int, ...], effects: Sequence[tuple[int, ...]]
) -> Floats:
    """Return the variance of each component, wording and within last: shape (B, effects + 2)."""
    means = moments.mean.reshape(-1, *sizes)
    noise = moments.noise.mean(axis=1)
    axes = tuple(range(1, means.ndim))
    variances = []
    for effect in effects:
        freedom = np.prod([sizes[axis] - 1 for axis in effect])
        square = (_effect(means, effect) ** 2).mean(axis=axes)
        variances.append(square - freedom / np.prod(sizes) * noise)
    last = [moments.wording.mean(axis=1), moments.within.mean(axis=1)]
    return np.stack([*variances, *last], axis=1)


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
