"""Error rates and coverage in simulated experiments: repeated lists, ties, skewed scores.

Nominal are 5 % and 95 %. With 2,000 replicates the Monte Carlo standard error of either is 0.5
percentage points, with 800 it is 0.8. Where `repeats` is asked, two fifths of the replicates are
made, within the same bounds; `CALIBRATION=full pytest tests/unit/test_calibration.py`, to be run
after a change of the statistics, makes all. Most settings drive what `compare` is made of, which a
table would make several times slower; that `compare` gives the same is a test of its own.
"""

import gc
import os
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom

from divergent_bench.analysis.statistics import permutation
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.effects import cliffs_delta, hedges_g
from divergent_bench.analysis.statistics.intervals import bootstrap_mean, wilson
from divergent_bench.analysis.statistics.means import mean_difference
from divergent_bench.analysis.statistics.multiplicity import adjust
from divergent_bench.analysis.statistics.permutation import permute
from divergent_bench.analysis.statistics.ranks import rank_sum, rank_sums
from divergent_bench.analysis.statistics.scorability import compare_scorable, risk_difference
from divergent_bench.analysis.statistics.units import unique_lists
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.design.analysis_plan import ALPHA, CONFIRMATORY, EXPLORATORY, Contrast, Plan
from tests.helpers.simulation import SD, experiment, shifts, true_delta

pytestmark = pytest.mark.slow

SHARE = 1.0 if os.environ.get("CALIBRATION") == "full" else 0.4
STRATEGIES, TEMPERATURES = (0.0, 3.0), (0.0, -1.5)
MARGIN = 3.0
DISJOINT = ((0, 1), (2, 3), (4, 5))
OVERLAPPING = ((0, 1), (0, 2), (2, 3))
# Models differ in how often they repeat a list, which says nothing about their scores.
NEW = (0.8, 0.6, 0.5, 0.7, 0.6, 0.9)


@pytest.fixture(autouse=True, scope="module")
def quick_adjustment():
    # statsmodels collects garbage at every adjustment, over all that was ever imported.
    gc.freeze()
    yield
    gc.unfreeze()


def repeats(replicates):
    return range(round(SHARE * replicates))


def adjusted(p_values, role):
    # What could not be tested is in no family and claims nothing.
    rows = [{"test": "", "role": role} | ({} if p is None else {"p": p}) for p in p_values]
    adjust(rows)
    return np.array([row.get("p_adjusted", 1.0) for row in rows])


def p_ranks(a, b):
    return rank_sum(a.given.units(), b.given.units()).p


def p_permutation(a, b):
    return permute(a.given.units(), b.given.units()).p


def p_equivalence(a, b):
    return mean_difference(a.given, b.given).equivalence(MARGIN)[1]


def p_scorability(a, b):
    test = compare_scorable(a, b)
    return test and test.p


def family_wise_error(test, contrasts, null, *, models, replicates, **settings):
    """Give the share of experiments in which a true null hypothesis is rejected."""
    rng = np.random.default_rng(1)
    means = shifts(models, STRATEGIES, TEMPERATURES)
    wrong = 0
    for _ in repeats(replicates):
        groups = experiment(rng, means, new=NEW[: len(models)], **settings).groups()
        p_values = [test(groups[a], groups[b]) for a, b in contrasts]
        wrong += (adjusted(p_values, CONFIRMATORY) < ALPHA)[null].any()
    return wrong / len(repeats(replicates))


@pytest.mark.parametrize(("shape", "contrasts"), [("normal", DISJOINT), ("skewed", OVERLAPPING)])
def test_planned_rank_tests_keep_the_family_wise_error(shape, contrasts):
    models = [0.0] * (np.max(contrasts) + 1)
    found = family_wise_error(
        p_ranks, contrasts, [0, 1, 2], models=models, shape=shape, replicates=2_000
    )
    assert 0.03 <= found <= 0.065


def test_a_true_planned_difference_leaves_the_error_of_the_others():
    found = family_wise_error(
        p_ranks, OVERLAPPING, [0, 2], models=[0, 0, 3, 3], shape="skewed", replicates=2_000
    )
    assert 0.03 <= found <= 0.065


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_planned_permutation_tests_keep_the_family_wise_error(shape, monkeypatch):
    # Any number keeps the level; 5 %, its half and its third are whole shares of 600.
    monkeypatch.setattr(permutation, "REPLICATES", 599)
    found = family_wise_error(
        p_permutation, OVERLAPPING, [0, 1, 2], models=[0.0] * 4, shape=shape, replicates=1_000
    )
    assert 0.03 <= found <= 0.065


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_models_at_the_margin_are_seldom_called_equivalent(shape):
    found = family_wise_error(
        p_equivalence,
        DISJOINT,
        [0, 1, 2],
        models=[0, MARGIN, 0, -MARGIN, MARGIN, 0],
        shape=shape,
        replicates=1_000,
    )
    assert 0.03 <= found <= 0.065


@pytest.mark.parametrize("scorable", [0.97, 0.85])
def test_planned_scorability_tests_keep_the_family_wise_error(scorable):
    found = family_wise_error(
        p_scorability,
        DISJOINT,
        [0, 1, 2],
        models=[0.0] * 6,
        shape="normal",
        scorable=np.array([scorable, (1 + scorable) / 2])[:, None],  # by strategy
        replicates=1_000,
    )
    # Exact given the margins, which leave few possible counts: below the nominal level.
    assert found <= 0.05


def omnibus_error(shape, effects, null, replicates=1_500):
    """Give the share of experiments in which a factor without effect is found to have one."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in repeats(replicates):
        found = experiment(rng, shifts(*effects), shape=shape, new=NEW[:4], shared=0.05)
        p_values = [
            rank_sums([group.given.units() for group in found.groups(axis)]).p for axis in range(3)
        ]
        wrong += (adjusted(p_values, CONFIRMATORY) < ALPHA)[null].any()
    return wrong / len(repeats(replicates))


OMNIBUS = [
    ("normal", ((0, 0, 0, 0), (0, 0), (0, 0)), [0, 1, 2]),
    ("skewed", ((0, 0, 0, 0), STRATEGIES, TEMPERATURES), [0]),
    ("skewed", ((0, 0, 0, 4), (0, 0), (0, 0)), [1, 2]),
]


@pytest.mark.parametrize(("shape", "effects", "null"), OMNIBUS)
def test_omnibus_tests_of_three_factors_keep_the_family_wise_error(shape, effects, null):
    assert 0.03 <= omnibus_error(shape, effects, null) <= 0.065


def false_discoveries(shape, effects, replicates=1_000):
    """Give, for each experiment, the share of the explored pairs claimed that do not differ."""
    rng = np.random.default_rng(3)
    pairs = [
        (axis, a, b) for axis in range(3) for a, b in combinations(range(len(effects[axis])), 2)
    ]
    null = np.array([effects[axis][a] == effects[axis][b] for axis, a, b in pairs])
    shares = []
    for _ in repeats(replicates):
        found = experiment(rng, shifts(*effects), shape=shape, new=NEW[:4])
        levels = [found.groups(axis) for axis in range(3)]
        p_values = [p_ranks(levels[axis][a], levels[axis][b]) for axis, a, b in pairs]
        claimed = adjusted(p_values, EXPLORATORY) < ALPHA
        shares.append((claimed & null).sum() / max(claimed.sum(), 1))
    return np.array(shares)


EXPLORED = [
    ("normal", ((0, 0, 0, 0), (0, 0), (0, 0))),  # all eight are null
    ("skewed", ((0, 0, 0, 3), (0, 0), (0, 0))),  # five of eight
    ("normal", ((0, 0, 3, 3), STRATEGIES, (0, 0))),  # three of eight
]


@pytest.mark.parametrize(("shape", "effects"), EXPLORED)
def test_explored_pairs_keep_the_false_discovery_rate(shape, effects):
    shares = false_discoveries(shape, effects)
    # At most 5 %, and two Monte Carlo standard errors.
    assert 0 < shares.mean() <= 0.05 + 2 * shares.std() / np.sqrt(len(shares))


def errors_of_tables(replicates):
    """Give, by test, whether a planned null is rejected and the share of false discoveries."""
    # Models a, b and c are equal, d is 3 points higher; temperature has no effect.
    means = shifts((0, 0, 0, 3), STRATEGIES, (0, 0))
    planned = tuple(Contrast("model", a, b) for a, b in ("ab", "ad"))
    plan = Plan(tests=("mann_whitney", "scorability"), primary=planned)
    rng = np.random.default_rng(4)
    found = {test: ([], []) for test in plan.tests}
    for _ in range(replicates):
        answers = experiment(rng, means, shape="skewed", new=NEW[:4], scorable=0.9)
        table = compare(answers.table(), plan)
        differ = (table["group_b"] == "d") | (table["factor"] == "strategy")
        for test, (errors, shares) in found.items():
            true = differ if test == "mann_whitney" else False
            claimed = (table["test"] == test) & (table["p_adjusted"] < ALPHA)
            confirmed = table["role"] == CONFIRMATORY
            errors.append((claimed & confirmed & ~true).any())
            explored = claimed & ~confirmed
            shares.append((explored & ~true).sum() / max(explored.sum(), 1))
    return {test: np.array(each) for test, each in found.items()}


def test_comparisons_of_tables_keep_both_error_rates():
    found = errors_of_tables(300)
    assert 0.03 <= found["mann_whitney"][0].mean() <= 0.065
    assert found["scorability"][0].mean() <= 0.05
    assert (np.mean(found["mann_whitney"][1]), np.mean(found["scorability"][1])) <= (0.05, 0.05)


def test_what_is_calibrated_here_is_what_compare_gives():
    planned = tuple(Contrast("model", "abcd"[a], "abcd"[b]) for a, b in OVERLAPPING)
    tests = {
        "mann_whitney": p_ranks,
        "permutation": p_permutation,
        "equivalence": p_equivalence,
        "scorability": p_scorability,
    }
    plan = Plan(("kruskal_wallis", *tests), primary=planned, margin=MARGIN)
    rng = np.random.default_rng(5)
    found = experiment(
        rng, shifts((0, 1, 2, 3), STRATEGIES, TEMPERATURES), shape="skewed", scorable=0.9
    )

    table = compare(found.table(), plan)

    levels = [found.groups(axis) for axis in range(3)]
    for test, p_value in tests.items():
        rows = table[table["test"] == test]
        first = rows[rows["role"] == CONFIRMATORY]
        p_values = [p_value(levels[0][a], levels[0][b]) for a, b in OVERLAPPING]
        assert first["p"].tolist() == pytest.approx(p_values)
        assert first["p_adjusted"].tolist() == pytest.approx(adjusted(p_values, CONFIRMATORY))
        others = [
            p_value(levels[axis][a], levels[axis][b])
            for axis in range(3)
            for a, b in combinations(range(len(levels[axis])), 2)
            if axis or (a, b) not in OVERLAPPING
        ]
        second = rows[rows["role"] == EXPLORATORY]
        assert second["p"].tolist() == pytest.approx(others)
        assert second["p_adjusted"].tolist() == pytest.approx(adjusted(others, EXPLORATORY))
    omnibus = [rank_sums([group.given.units() for group in each]).p for each in levels]
    assert table.loc[table["test"] == "kruskal_wallis", "p"].tolist() == pytest.approx(omnibus)


def covered(shape, shift, replicates=1_500):
    """Give, by effect, the share of 95 % intervals that hold the true one."""
    # Strategies differ; temperatures do not, so that a list of both is from one distribution.
    means = shifts((shift, 0), STRATEGIES, (0, 0))
    scorable = np.array([[0.95, 0.9], [0.85, 0.75]])  # by model and strategy: 0.125 apart
    truth = {
        "mean_difference": shift,
        "cliffs_delta": true_delta(shape, shift),
        "hedges_g": shift / SD,
        "risk_difference": 0.125,
    }
    rng = np.random.default_rng(6)
    hits = dict.fromkeys(truth, 0)
    for _ in repeats(replicates):
        found = experiment(rng, means, shape=shape, new=(0.5, 0.8), scorable=scorable[:, :, None])
        a, b = found.groups()
        difference = mean_difference(a.given, b.given)
        intervals = {
            "mean_difference": difference.interval(),
            "cliffs_delta": cliffs_delta(a.given.units(), b.given.units())[1:],
            "hedges_g": hedges_g(a.given, b.given, difference)[1:],
            "risk_difference": risk_difference(a, b)[1:],
        }
        for effect, (low, high) in intervals.items():
            hits[effect] += low <= truth[effect] <= high
    return {effect: count / len(repeats(replicates)) for effect, count in hits.items()}


@pytest.mark.parametrize(("shape", "shift"), [("normal", 0.0), ("skewed", 2.0), ("normal", 5.0)])
def test_intervals_of_effects_hold_the_truth(shape, shift):
    for effect, share in covered(shape, shift).items():
        assert 0.93 <= share <= 0.97, effect


def covered_means(shape, n, replicates=1_500):
    """Give the share of bootstrap intervals that hold the true mean of one condition."""
    rng = np.random.default_rng(7)
    hits = 0
    for replicate in repeats(replicates):
        found = experiment(rng, [[[0.0]]], shape=shape, n=n)
        lists = unique_lists(found.lists.ravel(), found.scores.ravel())
        low, high = bootstrap_mean(lists, seed=replicate)
        hits += low <= 78 <= high
    return hits / len(repeats(replicates))


@pytest.mark.parametrize(("shape", "n"), [("normal", 24), ("skewed", 24), ("skewed", 60)])
def test_bootstrap_intervals_hold_the_mean_of_repeated_lists(shape, n):
    assert 0.93 <= covered_means(shape, n) <= 0.97


def covered_shares(n):
    """Give the coverage of Wilson intervals for many true shares: exact, by summation."""
    shares = np.linspace(0.5, 0.97, 200)
    counts = np.arange(n + 1)
    low, high = wilson(counts, np.full(n + 1, n))
    inside = (low <= shares[:, None]) & (shares[:, None] <= high)
    return (binom.pmf(counts, n, shares[:, None]) * inside).sum(axis=1)


@pytest.mark.parametrize("n", [24, 100, 400])
def test_wilson_intervals_hold_the_share(n):
    # Counts are whole, so coverage jumps with the true share: on average it is nominal.
    assert 0.93 <= covered_shares(n).mean() <= 0.97


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


def covered_components(shape, replicates=2_000):
    """Give, by component, the share of intervals that hold its true share of the variance."""
    means = sum(np.broadcast_to(effect, (3, 2, 2)) for effect in COMPONENTS.values())
    variances = {name: (effect**2).mean() for name, effect in COMPONENTS.items()}
    variances["within"] = SD**2
    total = sum(variances.values())
    rng = np.random.default_rng(8)
    hits = {}
    for _ in range(replicates):
        # A list of two temperatures would move their means: none is shared.
        found = experiment(rng, means, shape=shape, n=30, new=NEW[:3], shared=0)
        table = decompose_variance(found.table())
        for name, low, high in zip(
            table["component"], table["share_low"], table["share_high"], strict=True
        ):
            hits.setdefault(name, []).append(low <= variances.get(name, 0.0) / total <= high)
    return {name: np.mean(each) for name, each in hits.items()}


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_intervals_of_shares_of_variance_hold_the_truth(shape):
    found = covered_components(shape)
    for name in [*COMPONENTS, "within"]:
        assert 0.93 <= found[name] <= 0.97, name
    # A share cannot be below 0, so the interval of one that is 0 errs on one side only.
    assert min(found["model:temperature"], found["model:strategy:temperature"]) >= 0.93
