"""Error rates and coverage in simulated experiments: independent answers, many of them equal.

Nominal are 5 % and 95 %. At 2,000 replicates the Monte Carlo standard error of either rate is 0.5
percentage points, at 4,000 it is 0.35. `python3 bootstrap.py thorough` runs this (marker
`calibration`) when the statistics have changed since it last passed; no other run does.

Most settings drive what `compare` is made of, which a table would make several times slower; that
`compare` gives the same is a test of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from divergent_bench.analysis.statistics import permutation, variance
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.decision import decide
from divergent_bench.analysis.statistics.effects import hedges_g, superiority
from divergent_bench.analysis.statistics.estimates import difference, independent_differences
from divergent_bench.analysis.statistics.interaction import crossing, heterogeneity
from divergent_bench.analysis.statistics.intervals import mean_interval, wilson
from divergent_bench.analysis.statistics.multiplicity import (
    BENJAMINI_HOCHBERG,
    HOLM,
    adjust,
    interval_alpha,
)
from divergent_bench.analysis.statistics.power import estimate_power
from divergent_bench.analysis.statistics.rank_ranges import rank_ranges
from divergent_bench.analysis.statistics.ranks import rank_sum, rank_sums
from divergent_bench.analysis.statistics.scorability import compare_scorable, risk_difference
from divergent_bench.design.analysis_plan import ALPHA, CONFIRMATORY, Contrast, Plan
from tests.helpers.cells import alike, asked, level
from tests.helpers.scores import scores_table
from tests.helpers.simulation import SD, SHAPES, answers_table, drawn_level

pytestmark = pytest.mark.slow

NOMINAL = 0.05


def assert_nominal(errors: NDArray[np.bool_], low: float = 0.03, high: float = 0.065) -> None:
    """Assert that the error rate of many replicates is about nominal: from `low` to `high`."""
    print(f"{errors.mean():.1%} of {errors.size}")  # pytest -rP tells
    assert low <= errors.mean() <= high


def calibrated(
    seed: int, replicates: int, settings: Mapping[str, dict[str, Any]]
) -> Callable[[Callable[..., None]], pytest.MarkDecorator]:
    """Make an item of each setting."""
    items = [
        pytest.param({**setting, "seed": seed, "replicates": replicates}, id=label)
        for label, setting in settings.items()
    ]
    by_setting = pytest.mark.parametrize("setting", items)
    return lambda test: pytest.mark.calibration(by_setting(test))


@pytest.fixture(autouse=True)
def fewer_permutations(monkeypatch):
    # Any number keeps the level; 5 % and its half are whole shares of 1,000. All are kept.
    monkeypatch.setattr(permutation, "REPLICATES", 999)
    monkeypatch.setattr(permutation, "_KEPT_UP_TO", 1_000)
    permutation._random.cache_clear()
    yield
    permutation._random.cache_clear()


def missed(interval, truth):
    """Tell whether an interval misses the truth; one without ends misses nothing."""
    low, high = interval
    return truth < low or truth > high


@dataclass(frozen=True)
class Pairs:
    """Two levels whose means differ by `apart` in each cell, beside what the cells differ by.

    Attributes
    ----------
    a, b
        Shapes of the scores.
    n_a, n_b
        Answers in each cell.
    sds
        Of the answers to a wording, or a cell.
    wordings
        How many of each level are drawn, in one cell; none of 0. `n_a` and `n_b` then are how many
        answers there are to each.
    same
        Whether both levels saw the same wordings.
    """

    a: str
    b: str
    n_a: tuple[int, ...]
    n_b: tuple[int, ...]
    apart: float = 0.0
    wordings: tuple[int, int] = (0, 0)
    same: bool = True

    def draw(self, rng):
        """Draw the answers of both."""
        shapes, sizes = (SHAPES[self.a], SHAPES[self.b]), (self.n_a, self.n_b)
        if not any(self.wordings):
            of_cells = 3.0 * np.arange(len(self.n_a))
            means = (of_cells + self.apart, of_cells)
            return [drawn_level(rng, *each) for each in zip(shapes, sizes, means, strict=True)]
        effects = [rng.normal(0, 2, number) for number in self.wordings]
        if self.same:  # what is told of a wording is partly that of the level
            effects = [effects[0] + rng.normal(0, 1.5, len(effects[0])) for _ in effects]
        drawn = []
        for place, of_wordings in enumerate(effects):
            numbers = np.repeat(np.arange(len(of_wordings)), sizes[place])
            lists, up = shapes[place], (self.apart, 0.0)[place]
            scores = lists.scores[lists.draw(rng, len(numbers))] + of_wordings[numbers] + up
            stratum = 1 if self.same else place + 1
            drawn.append(level(scores, wordings=[numbers], drawn=stratum))
        return drawn

    @property
    def weights(self):
        return alike(1 if any(self.wordings) else len(self.n_a))


def pair(a, b, n_a, n_b, **other):
    sizes = [n if isinstance(n, tuple) else (n,) for n in (n_a, n_b)]
    return {"pairs": Pairs(a, b, *sizes, **other)}


SIZES = [(5, 5), (8, 40), (24, 24), (24, 200), (30, 300), (50, 500), (100, 1000)]
UNLIKE = ((6, 40, 12, 30), (30, 8, 12, 5))
DECIDED = {
    **{f"{shape} {n} v {m}": pair(shape, shape, n, m)
       for shape in ("zipf", "skewed") for n, m in SIZES},
    **{f"{shape} {n} v {m}, apart": pair(shape, shape, n, m, apart=4.0)
       for shape, n, m in [("zipf", 8, 40), ("skewed", 24, 24), ("zipf", 24, 200)]},
    **{f"one list against {n}": pair("certain", "zipf", n, n) for n in (24, 60)},
    **{f"unlike cells, {shape}": pair(shape, shape, *UNLIKE) for shape in ("zipf", "skewed")},
    "unlike cells, apart": pair("zipf", "zipf", *UNLIKE, apart=4.0),
    **{f"12 cells of {n}": pair("zipf", "zipf", (n,) * 12, (n,) * 12) for n in (1, 3)},
    **{f"{k} wordings": pair("zipf", "skewed", 4, 12, wordings=(k, k)) for k in (5, 10)},
    **{f"{k} wordings, apart": pair("zipf", "zipf", 12, 4, wordings=(k, k), apart=3.0)
       for k in (5, 10)},
    **{f"own {k} and {m} wordings": pair("zipf", "zipf", 8, 8, wordings=(k, m), same=False)
       for k, m in [(5, 5), (10, 10), (5, 10)]},
}  # fmt: skip


def drawn_pairs(pairs: Pairs, seed: int, replicates: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [pairs.draw(rng) for _ in range(replicates)]


@calibrated(1, 4_000, DECIDED)
def test_what_decides_keeps_its_level_and_its_interval_holds_the_truth(setting):
    pairs = setting["pairs"]
    found = [decide(*drawn, pairs.weights) for drawn in drawn_pairs(**setting)]
    misses = np.array([missed(each.interval(ALPHA), pairs.apart) for each in found])
    assert_nominal(misses, 0.03, 0.07)
    if not pairs.apart:
        assert_nominal(np.array([each.p <= ALPHA for each in found]))


RANKED = {
    f"{shape} {n} v {m}": pair(shape, shape, n, m)
    for shape, n, m in [("zipf", 30, 300), ("zipf", 100, 1000), ("skewed", 8, 40)]
} | {"unlike cells": pair("zipf", "zipf", *UNLIKE)}


@calibrated(2, 4_000, RANKED)
def test_rank_tests_of_the_same_answers_keep_their_level(setting):
    rng, pairs = np.random.default_rng(setting["seed"]), setting["pairs"]
    drawn = [[*pairs.draw(rng), pairs.draw(rng)[0]] for _ in range(setting["replicates"])]
    assert_nominal(np.array([rank_sum(a, b).p <= ALPHA for a, b, _ in drawn]))
    assert_nominal(np.array([rank_sums(levels).p <= ALPHA for levels in drawn]))


# Equal differences, and the least favourable ones of the same sign: one far from 0, the others 0.
ACROSS = {
    f"{shape}, {cells} cells of {n}": {"shape": shape, "n": n, "cells": cells}
    for shape, n, cells in [("zipf", 24, 2), ("skewed", 24, 4), ("zipf", 10, 4), ("zipf", 24, 12)]
}


def across(seed, replicates, shape, n, cells, apart, test):
    """Tell, by experiment, whether a difference is said to depend on the cell."""
    rng = np.random.default_rng(seed)
    wrong = []
    for _ in range(replicates):
        a = drawn_level(rng, SHAPES[shape], (n,) * cells, apart)
        b = drawn_level(rng, SHAPES[shape], (n,) * cells)
        found = independent_differences(a, b, alike(cells))
        wrong.append(test([each for _, each in found]).p <= ALPHA)
    return np.array(wrong)


@calibrated(3, 3_000, ACROSS)
def test_equal_differences_are_seldom_said_to_depend_on_the_cell(setting):
    assert_nominal(across(**setting, apart=3.0, test=heterogeneity))


@calibrated(4, 3_000, ACROSS)
def test_differences_of_one_sign_are_seldom_said_to_cross(setting):
    far = np.where(np.arange(setting["cells"]) == 0, 20.0, 0.0)
    assert_nominal(across(**setting, apart=far, test=crossing))


def scorable_pairs(seed, replicates, share, other, n):
    """Tell, by experiment, whether shares are said to differ, and the interval misses by what."""
    rng = np.random.default_rng(seed)
    wrong, misses = [], []
    for _ in range(replicates):
        a, b = (asked(rng.binomial(n, (p, (1 + p) / 2)), (n, n)) for p in (share, other))
        test = compare_scorable(a, b)
        wrong.append(test is not None and test.p <= ALPHA)
        truth = 0.75 * (share - other)
        misses.append(missed(risk_difference(a, b, alike(2))[1:], truth))
    return np.array(wrong), np.array(misses)


SCORABLE = {
    "alike": {"share": 0.85, "other": 0.85, "n": 40},
    "apart": {"share": 0.9, "other": 0.6, "n": 30},
}


@calibrated(5, 3_000, SCORABLE)
def test_scorability_keeps_its_level_and_its_interval_holds_the_truth(setting):
    wrong, misses = scorable_pairs(**setting)
    if setting["share"] == setting["other"]:
        # Exact given the margins, which leave few possible counts: below the nominal level.
        assert_nominal(wrong, 0, NOMINAL)
    assert_nominal(misses, 0.03, 0.07)


EFFECTS = {
    f"{shape} {apart}": {"shape": shape, "apart": apart}
    for shape, apart in [("normal", 0.0), ("skewed", 2.0), ("zipf", 4.0)]
}


def true_superiority(lists, apart):
    """Give P(a > b) + P(a = b) / 2 where the answers of `a` are `apart` above those of `b`."""
    above = np.sign(lists.scores[:, None] + apart - lists.scores)
    return (1 + lists.chances @ above @ lists.chances) / 2


@calibrated(6, 2_000, EFFECTS)
def test_intervals_of_effects_hold_the_truth(setting):
    shape, apart = setting["shape"], setting["apart"]
    pairs = Pairs(shape, shape, (25, 25), (25, 25), apart)
    found = drawn_pairs(pairs, setting["seed"], setting["replicates"])
    truth = true_superiority(SHAPES[shape], apart)
    ordinal = [missed(superiority(a, b, alike(2))[1:], truth) for a, b in found]
    g = [hedges_g(a, b, difference(a, b, alike(2))) for a, b in found]
    standardised = [missed(each[1:], apart / SD) for each in g]
    assert_nominal(np.array(ordinal), 0.03, 0.07)
    assert_nominal(np.array(standardised), 0.03, 0.07)


MEANS = {
    f"{shape} {n}" + f" of {wordings}" * bool(wordings): {
        "shape": shape,
        "n": n,
        "wordings": wordings,
    }
    for shape, n, wordings in [
        ("normal", 3, 0), ("normal", 5, 0), ("skewed", 24, 0), ("zipf", 24, 0), ("zipf", 100, 0),
        ("zipf", 8, 5), ("skewed", 8, 10),
    ]
}  # fmt: skip


@calibrated(7, 4_000, MEANS)
def test_intervals_of_means_hold_the_truth(setting):
    rng, lists = np.random.default_rng(setting["seed"]), SHAPES[setting["shape"]]
    drawn = max(setting["wordings"], 1)
    numbers = np.repeat(np.arange(drawn), setting["n"])
    wrong = []
    for _ in range(setting["replicates"]):
        effects = rng.normal(0, 2, drawn) if setting["wordings"] else np.zeros(1)
        scores = lists.scores[lists.draw(rng, len(numbers))] + effects[numbers]
        wrong.append(missed(mean_interval(scores, numbers), lists.mean))
    assert_nominal(np.array(wrong), 0.03, 0.07)


@pytest.mark.parametrize("n", [24, 100, 400])
def test_wilson_intervals_hold_the_share(n):
    shares = np.linspace(0.5, 0.97, 200)
    counts = np.arange(n + 1)
    low, high = wilson(counts, np.full(n + 1, n))
    inside = (low <= shares[:, None]) & (shares[:, None] <= high)
    covered = (binom.pmf(counts, n, shares[:, None]) * inside).sum(axis=1)

    # Counts are whole, so coverage jumps with the true share: on average it is nominal.
    assert 0.93 <= covered.mean() <= 0.97


MODELS = {
    "all alike": {"means": (0, 0, 0, 0, 0, 0), "n": 24},
    "one above": {"means": (0, 0, 0, 0, 0, 4), "n": 40},
    "steps": {"means": (0, 0, 1, 2, 4, 6), "n": (30, 300, 50, 40, 100, 30)},
}


def compared_models(seed, replicates, means, n, method):
    """Give by experiment whether there is a false claim, the shares of these and of wrong
    intervals among those claimed, and by model whether its range of ranks misses its true ranks.
    """
    rng = np.random.default_rng(seed)
    names, lists, sizes = list("abcdef"), SHAPES["zipf"], np.broadcast_to(n, 6)
    pairs = list(combinations(range(6), 2))
    apart = np.array([means[i] - means[j] for i, j in pairs])
    above = [1 + sum(other > mean for other in means) for mean in means]
    below = [6 - sum(other < mean for other in means) for mean in means]
    any_false, share_false, share_missed, outside = [], [], [], []
    for _ in range(replicates):
        levels = [drawn_level(rng, lists, (k,), up) for k, up in zip(sizes, means, strict=True)]
        found = [decide(levels[i], levels[j], alike(1)) for i, j in pairs]
        adjusted = adjust([each.p for each in found], method)
        claimed = adjusted <= ALPHA
        alpha = interval_alpha(adjusted, method)
        misses = [missed(each.interval(alpha), d) for each, d in zip(found, apart, strict=True)]
        any_false.append((claimed & (apart == 0)).any())
        n_claimed = max(claimed.sum(), 1)
        share_false.append((claimed & (apart == 0)).sum() / n_claimed)
        share_missed.append((claimed & misses).sum() / n_claimed)
        table = pd.DataFrame(pairs, columns=["group_a", "group_b"]).map(names.__getitem__)
        effects = [each.estimate.value for each in found]
        table = table.assign(
            factor="model",
            test="mean_difference",
            p=[each.p for each in found],
            p_adjusted=adjusted,
            effect=effects,
        )
        ranges = rank_ranges(table, names)
        outside.append([
            ranges[name][0] > up or ranges[name][1] < down
            for name, up, down in zip(names, above, below, strict=True)
        ])  # fmt: skip
    return tuple(map(np.array, (any_false, share_false, share_missed, outside)))


@calibrated(8, 1_000, MODELS)
def test_verdicts_intervals_and_ranks_of_many_models_keep_their_error_rates(setting):
    _, *promised, _ = compared_models(**setting, method=BENJAMINI_HOCHBERG)
    for shares in promised:
        print(f"{shares.mean():.1%} of what is claimed")
        # Two Monte Carlo standard errors beside what is promised.
        assert shares.mean() <= NOMINAL + 2 * shares.std() / np.sqrt(shares.size)
    any_false, *_, outside = compared_models(**setting, method=HOLM)
    for wrong in (any_false, outside.any(axis=1)):  # the ranks of all models at once
        print(f"{wrong.mean():.1%} of {wrong.size}")
        assert wrong.sum() <= binom.ppf(0.99, wrong.size, NOMINAL)


POWERED = {
    f"{n_a} v {n_b}, {comparisons} comparisons": {
        "n_a": n_a, "n_b": n_b, "comparisons": comparisons,
    }
    for n_a, n_b, comparisons in [
        ((5,), (5,), 1), ((5,), (95,), 1), ((8,), (40,), 1), ((24,), (24,), 1), ((24,), (200,), 6),
        ((100,), (100,), 45), (*UNLIKE, 1), ((12, 12, 12, 12), (12, 12, 12, 12), 15),
    ]
}  # fmt: skip


def found_at_the_printed_difference(seed, replicates, n_a, n_b, comparisons):
    """Tell, by experiment, whether the difference that `power` prints is found."""
    normal = SHAPES["normal"]
    rows = []
    # Scores whose deviation in each cell is exactly that of what is drawn below.
    for model, sizes in (("a", n_a), ("b", n_b)):
        for cell, n in enumerate(sizes):
            spread = np.linspace(-1, 1, n)
            spread *= SD / spread.std(ddof=1)
            rows += [{"model": model, "strategy": f"s{cell}", "score": 78 + x} for x in spread]
    plan = Plan(factors=("model",), primary=(Contrast("model", "a", "b"),) * comparisons)
    (row,) = estimate_power(scores_table(rows), plan).to_dict("records")
    assert row["n_comparisons"] == comparisons
    rng, alpha = np.random.default_rng(seed), ALPHA / comparisons
    found = []
    for _ in range(replicates):
        a = drawn_level(rng, normal, n_a, row["smallest_difference"])
        found.append(decide(a, drawn_level(rng, normal, n_b), alike(len(n_a))).p <= alpha)
    return np.array(found)


@calibrated(9, 2_000, POWERED)
def test_the_printed_difference_is_found_as_often_as_is_said(setting):
    found = found_at_the_printed_difference(**setting)
    print(f"{found.mean():.1%} of {found.size}")
    assert 0.75 <= found.mean() <= 0.85


# Effects that sum to 0 along each of their factors: models, strategies, temperatures. Every share
# is 9 % or more: nearer to its noise a percentile interval holds the truth in 91 to 93 %.
_MODEL, _HALF = np.array([1.0, 0.0, -1.0]), np.array([1.0, -1.0])
COMPONENTS = {
    "model": 4 * _MODEL[:, None, None],
    "strategy": 2.4 * _HALF[None, :, None],
    "temperature": 2 * _HALF[None, None, :],
    "model:strategy": 2.4 * np.multiply.outer(_MODEL, _HALF)[:, :, None],
    "strategy:temperature": 2 * np.multiply.outer(_HALF, _HALF)[None],
}
SHARES = {
    "normal": {"shape": "normal", "n": 30},
    "skewed": {"shape": "skewed", "n": 30},
    "unlike cells": {"shape": "zipf", "n": [[[20, 60]] * 2, [[40, 20]] * 2, [[30, 100]] * 2]},
}


def missed_components(seed, replicates, shape, n):
    """Tell, by component and experiment, whether the interval misses its share of the variance."""
    means = sum(np.broadcast_to(effect, (3, 2, 2)) for effect in COMPONENTS.values())
    variances = {name: (effect**2).mean() for name, effect in COMPONENTS.items()}
    variances["within"] = SD**2
    total = sum(variances.values())
    rng = np.random.default_rng(seed)
    misses = {}
    for _ in range(replicates):
        conditions = [
            [drawn_level(rng, SHAPES[shape], (k,), mean).all_scores]
            for k, mean in zip(np.broadcast_to(n, (3, 2, 2)).flat, means.flat, strict=True)
        ]
        sizes = {"model": 3, "strategy": 2, "temperature": 2}
        for row in variance._decompose(sizes, conditions, variance.WORDING):
            name, low, high = row["component"], row["share_low"], row["share_high"]
            truth = variances.get(name, 0.0) / total
            misses.setdefault(name, []).append(missed((low, high), truth))
    return {name: np.array(each) for name, each in misses.items()}


@calibrated(10, 2_000, SHARES)
def test_intervals_of_shares_of_variance_hold_the_truth(setting):
    misses = missed_components(**setting)
    for name in [*COMPONENTS, "within"]:
        assert_nominal(misses[name], 0.03, 0.07)
    # A share cannot be below 0, so the interval of one that is 0 errs on one side only.
    for name in ("model:temperature", "model:strategy:temperature"):
        assert_nominal(misses[name], 0, 0.07)


def test_what_is_calibrated_here_is_what_compare_gives():
    means = 78 + np.add.outer([0, 1, 2, 5.0], [[0, 0.5], [3, 2]])
    scores = answers_table(np.random.default_rng(5), means, SHAPES["zipf"], 14, 0.9)
    planned = (Contrast("model", "a", "d"), Contrast("model", "b", "a"))

    table = compare(scores, Plan(("mann_whitney", "scorability"), primary=planned))

    models = table[table["factor"] == "model"]
    levels, counts = {}, {}
    for name, answers in scores.groupby("model", observed=True):
        of_cells = [cell for _, cell in answers.groupby(["strategy", "temperature"], observed=True)]
        counts[name] = [len(cell) for cell in of_cells]
        levels[name] = level(*(cell["score"].dropna() for cell in of_cells), answers=counts[name])
    rows = {}
    for test, factor_pairs in models.groupby("test"):
        rows[test] = [
            (row, levels[row["group_a"]], levels[row["group_b"]])
            for row in factor_pairs.to_dict("records")
        ]
    for row, a, b in rows["mean_difference"]:
        decision = decide(a, b, alike(4))
        assert row["p"] == pytest.approx(decision.p)
        interval = decision.interval(1 - row["confidence"])
        assert (row["effect_low"], row["effect_high"]) == pytest.approx(interval)
    tests: Sequence[tuple[str, Callable]] = [
        ("mann_whitney", rank_sum),
        ("scorability", compare_scorable),
    ]
    for test, compute in tests:
        for row, a, b in rows[test]:
            assert row["p"] == pytest.approx(compute(a, b).p)
    deciding = models[models["test"] == "mean_difference"]
    for role, method in ((CONFIRMATORY, HOLM), ("exploratory", BENJAMINI_HOCHBERG)):
        family = deciding[deciding["role"] == role]
        assert len(family) == {HOLM: 2, BENJAMINI_HOCHBERG: 4}[method]
        adjusted = adjust(family["p"].tolist(), method)
        assert family["p_adjusted"].tolist() == pytest.approx(adjusted.tolist())
        confidence = 1 - interval_alpha(adjusted, method)
        assert family["confidence"].tolist() == pytest.approx([confidence] * len(family))
