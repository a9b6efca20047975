"""Error rates and coverage in simulated experiments: repeated lists, ties, skewed scores.

Nominal are 5 % and 95 %. Each procedure is calibrated at two sizes. In full (marker `calibration`)
every setting is an item of its own, and at 2,000 replicates the Monte Carlo standard error of
either rate is 0.5 percentage points, at 1,000 it is 0.7. `python3 bootstrap.py thorough` runs that
when the statistics have changed since it last passed. At every run, one item does all settings of a
procedure with a few hundred replicates in all, within what the binomial leaves to a sound procedure
at that number: enough to tell a doubled error rate from the nominal one.

Most settings drive what `compare` is made of, which a table would make several times slower; that
`compare` gives the same is a test of its own.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
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

NOMINAL = 0.05
STRATEGIES, TEMPERATURES = (0.0, 3.0), (0.0, -1.5)
MARGIN = 3.0
DISJOINT = ((0, 1), (2, 3), (4, 5))
OVERLAPPING = ((0, 1), (0, 2), (2, 3))
# Models differ in how often they repeat a list, which says nothing about their scores.
NEW = (0.8, 0.6, 0.5, 0.7, 0.6, 0.9)

Settings = Mapping[str, dict[str, Any]]
Errors = Sequence[NDArray[np.bool_]]  # by setting: whether each replicate went wrong


@dataclass(frozen=True)
class Size:
    """How many replicates each setting has, and how far from nominal they may be.

    Attributes
    ----------
    replicates
        Of each setting.
    full
        Whether each setting has enough to be judged alone.
    sound
        The highest error rate of a procedure that is as good as it can be.
    """

    replicates: int
    full: bool
    sound: float

    def assert_nominal(self, errors: Errors, low: float, high: float) -> None:
        """Assert that the error rate is about nominal: in full, from `low` to `high`."""
        if self.full:
            for each in errors:
                assert low <= each.mean() <= high
            return
        # A sound procedure is outside once in a hundred times, a setting of it once in a thousand.
        pooled = np.concatenate(errors)
        assert binom.ppf(0.01, pooled.size, low) <= pooled.sum()
        assert pooled.sum() <= most_errors(pooled.size, self.sound)
        for each in errors:
            assert each.sum() <= binom.ppf(0.999, each.size, self.sound)


def most_errors(n: int, sound: float) -> int:
    """Give how many errors a sound procedure makes in `n` replicates, but for once in a hundred."""
    return int(binom.ppf(0.99, n, sound))


FEW = {}


def calibrated(
    name: str,
    seed: int,
    replicates: int,
    few: int,
    settings: Settings,
    sound: float = NOMINAL,
) -> pytest.MarkDecorator:
    """Give an item to each setting in full, and one to all of them with a `few` replicates each."""
    FEW[name] = (few * len(settings), sound)
    # Settings that are pooled must not share what is drawn.
    apart = [each | {"seed": [seed, place]} for place, each in enumerate(settings.values())]
    items = [pytest.param(Size(few, full=False, sound=sound), apart, id="few")]
    items += [
        pytest.param(
            Size(replicates, full=True, sound=sound),
            [setting | {"seed": seed}],
            id=label,
            marks=IN_FULL,
        )
        for label, setting in settings.items()
    ]
    return pytest.mark.parametrize(("size", "settings"), items)


IN_FULL = pytest.mark.calibration


@pytest.fixture(autouse=True, scope="module")
def quick_adjustment():
    # statsmodels collects garbage at every adjustment, over all that was ever imported.
    gc.freeze()
    yield
    gc.unfreeze()


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


def family_wise_errors(
    test, size, contrasts=OVERLAPPING, null=(0, 1, 2), *, seed, models=None, **settings
):
    """Tell, by experiment, whether a true null hypothesis is rejected."""
    rng = np.random.default_rng(seed)
    models = [0.0] * (np.max(contrasts) + 1) if models is None else models
    means = shifts(models, STRATEGIES, TEMPERATURES)
    wrong = []
    for _ in range(size.replicates):
        groups = experiment(rng, means, new=NEW[: len(models)], **settings).groups()
        p_values = [test(groups[a], groups[b]) for a, b in contrasts]
        wrong.append((adjusted(p_values, CONFIRMATORY) < ALPHA)[list(null)].any())
    return np.array(wrong)


RANKS = {
    "normal": {"shape": "normal", "contrasts": DISJOINT},
    "skewed": {"shape": "skewed"},
    "a true difference": {"shape": "skewed", "models": [0, 0, 3, 3], "null": [0, 2]},
}


@calibrated("rank tests", 1, 2_000, 200, RANKS)
def test_planned_rank_tests_keep_the_family_wise_error(size, settings):
    errors = [family_wise_errors(p_ranks, size, **setting) for setting in settings]
    size.assert_nominal(errors, 0.03, 0.065)


SHAPES = {shape: {"shape": shape} for shape in ("normal", "skewed")}


@calibrated("permutation tests", 1, 1_000, 250, SHAPES)
def test_planned_permutation_tests_keep_the_family_wise_error(size, settings, monkeypatch):
    # Any number keeps the level; 5 %, its half and its third are whole shares of 600.
    monkeypatch.setattr(permutation, "REPLICATES", 599)
    errors = [family_wise_errors(p_permutation, size, **setting) for setting in settings]
    size.assert_nominal(errors, 0.03, 0.065)


@calibrated("equivalence tests", 1, 1_000, 250, SHAPES)
def test_models_at_the_margin_are_seldom_called_equivalent(size, settings):
    models = [0, MARGIN, 0, -MARGIN, MARGIN, 0]
    errors = [
        family_wise_errors(p_equivalence, size, DISJOINT, models=models, **setting)
        for setting in settings
    ]
    size.assert_nominal(errors, 0.03, 0.065)


SCORABLE = {str(share): {"scorable": share} for share in (0.97, 0.85)}


@calibrated("scorability tests", 1, 1_000, 400, SCORABLE)
def test_planned_scorability_tests_keep_the_family_wise_error(size, settings):
    errors = []
    for setting in settings:
        share = setting["scorable"]
        by_strategy = np.array([share, (1 + share) / 2])[:, None]
        errors.append(
            family_wise_errors(
                p_scorability,
                size,
                DISJOINT,
                seed=setting["seed"],
                shape="normal",
                scorable=by_strategy,
            )
        )
    # Exact given the margins, which leave few possible counts: below the nominal level.
    size.assert_nominal(errors, 0, NOMINAL)


def omnibus_errors(size, seed, shape, effects, null):
    """Tell, by experiment, whether a factor without effect is found to have one."""
    rng = np.random.default_rng(seed)
    wrong = []
    for _ in range(size.replicates):
        found = experiment(rng, shifts(*effects), shape=shape, new=NEW[:4], shared=0.05)
        p_values = [
            rank_sums([group.given.units() for group in found.groups(axis)]).p for axis in range(3)
        ]
        wrong.append((adjusted(p_values, CONFIRMATORY) < ALPHA)[null].any())
    return np.array(wrong)


OMNIBUS = {
    "no effect": {"shape": "normal", "effects": ((0, 0, 0, 0), (0, 0), (0, 0)), "null": [0, 1, 2]},
    "two others": {
        "shape": "skewed",
        "effects": ((0, 0, 0, 0), STRATEGIES, TEMPERATURES),
        "null": [0],
    },
    "another": {"shape": "skewed", "effects": ((0, 0, 0, 4), (0, 0), (0, 0)), "null": [1, 2]},
}


@calibrated("omnibus tests", 2, 1_500, 160, OMNIBUS)
def test_omnibus_tests_of_three_factors_keep_the_family_wise_error(size, settings):
    errors = [omnibus_errors(size, **setting) for setting in settings]
    size.assert_nominal(errors, 0.03, 0.065)


def false_discoveries(size, seed, shape, effects):
    """Give by experiment which share of the pairs claimed do not differ; and which share of all."""
    rng = np.random.default_rng(seed)
    pairs = [
        (axis, a, b) for axis in range(3) for a, b in combinations(range(len(effects[axis])), 2)
    ]
    null = np.array([effects[axis][a] == effects[axis][b] for axis, a, b in pairs])
    shares = []
    for _ in range(size.replicates):
        found = experiment(rng, shifts(*effects), shape=shape, new=NEW[:4])
        levels = [found.groups(axis) for axis in range(3)]
        p_values = [p_ranks(levels[axis][a], levels[axis][b]) for axis, a, b in pairs]
        claimed = adjusted(p_values, EXPLORATORY) < ALPHA
        shares.append((claimed & null).sum() / max(claimed.sum(), 1))
    return np.array(shares), null.mean()


EXPLORED = {
    "all eight are null": {"shape": "normal", "effects": ((0, 0, 0, 0), (0, 0), (0, 0))},
    "five of eight": {"shape": "skewed", "effects": ((0, 0, 0, 3), (0, 0), (0, 0))},
    "three of eight": {"shape": "normal", "effects": ((0, 0, 3, 3), STRATEGIES, (0, 0))},
}


@calibrated("explored pairs", 3, 1_000, 160, EXPLORED)
def test_explored_pairs_keep_the_false_discovery_rate(size, settings):
    found, null = zip(*(false_discoveries(size, **each) for each in settings), strict=True)
    shares = np.concatenate(found)
    # At most 5 % in each setting, by theory less by as much as there is to find: what a few tell.
    at_most = NOMINAL if size.full else NOMINAL * np.mean(null)
    # And two Monte Carlo standard errors.
    assert 0 < shares.mean() <= at_most + 2 * shares.std() / np.sqrt(len(shares))


def errors_of_tables(replicates, seed):
    """Give, by test, whether a planned null is rejected and the share of false discoveries."""
    # Models a, b and c are equal, d is 3 points higher; temperature has no effect.
    means = shifts((0, 0, 0, 3), STRATEGIES, (0, 0))
    planned = tuple(Contrast("model", a, b) for a, b in ("ab", "ad"))
    plan = Plan(tests=("mann_whitney", "scorability"), primary=planned)
    rng = np.random.default_rng(seed)
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


@calibrated("tables", 4, 300, 50, {"all": {}})
def test_comparisons_of_tables_keep_both_error_rates(size, settings):
    found = errors_of_tables(size.replicates, **settings[0])
    size.assert_nominal([found["mann_whitney"][0]], 0.03, 0.065)
    size.assert_nominal([found["scorability"][0]], 0, NOMINAL)
    for _, shares in found.values():
        assert shares.mean() <= NOMINAL + (0 if size.full else 2 * shares.std() / np.sqrt(50))


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


def missed(size, seed, shape, shift):
    """Tell, by effect and experiment, whether a 95 % interval misses the true one."""
    # Strategies differ; temperatures do not, so that a list of both is from one distribution.
    means = shifts((shift, 0), STRATEGIES, (0, 0))
    scorable = np.array([[0.95, 0.9], [0.85, 0.75]])  # by model and strategy: 0.125 apart
    truth = {
        "mean_difference": shift,
        "cliffs_delta": true_delta(shape, shift),
        "hedges_g": shift / SD,
        "risk_difference": 0.125,
    }
    rng = np.random.default_rng(seed)
    misses = {effect: [] for effect in truth}
    for _ in range(size.replicates):
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
            misses[effect].append(not low <= truth[effect] <= high)
    return {effect: np.array(each) for effect, each in misses.items()}


EFFECTS = {
    f"{shape} {shift}": {"shape": shape, "shift": shift}
    for shape, shift in [("normal", 0.0), ("skewed", 2.0), ("normal", 5.0)]
}


@calibrated("effects", 6, 1_500, 160, EFFECTS)
def test_intervals_of_effects_hold_the_truth(size, settings):
    found = [missed(size, **setting) for setting in settings]
    for effect in found[0]:
        size.assert_nominal([each[effect] for each in found], 0.03, 0.07)


def missed_means(size, seed, shape, n):
    """Tell, by experiment, whether the bootstrap interval misses the mean of one condition."""
    rng = np.random.default_rng(seed)
    misses = []
    for replicate in range(size.replicates):
        found = experiment(rng, [[[0.0]]], shape=shape, n=n)
        lists = unique_lists(found.lists.ravel(), found.scores.ravel())
        low, high = bootstrap_mean(lists, seed=replicate)
        misses.append(not low <= 78 <= high)
    return np.array(misses)


MEANS = {
    f"{shape} {n}": {"shape": shape, "n": n}
    for shape, n in [("normal", 24), ("skewed", 24), ("skewed", 60)]
}


# In full, 5.8 to 6.1 % miss: the bootstrap of so few lists is a little narrow.
@calibrated("means", 7, 1_500, 250, MEANS, sound=0.06)
def test_bootstrap_intervals_hold_the_mean_of_repeated_lists(size, settings):
    errors = [missed_means(size, **setting) for setting in settings]
    size.assert_nominal(errors, 0.03, 0.07)


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


def missed_components(size, seed, shape):
    """Tell, by component and experiment, whether the interval misses its share of the variance."""
    means = sum(np.broadcast_to(effect, (3, 2, 2)) for effect in COMPONENTS.values())
    variances = {name: (effect**2).mean() for name, effect in COMPONENTS.items()}
    variances["within"] = SD**2
    total = sum(variances.values())
    rng = np.random.default_rng(seed)
    misses = {}
    for _ in range(size.replicates):
        # A list of two temperatures would move their means: none is shared.
        found = experiment(rng, means, shape=shape, n=30, new=NEW[:3], shared=0)
        table = decompose_variance(found.table())
        for name, low, high in zip(
            table["component"], table["share_low"], table["share_high"], strict=True
        ):
            truth = variances.get(name, 0.0) / total
            misses.setdefault(name, []).append(not low <= truth <= high)
    return {name: np.array(each) for name, each in misses.items()}


@calibrated("shares of variance", 8, 2_000, 200, SHAPES)
def test_intervals_of_shares_of_variance_hold_the_truth(size, settings):
    found = [missed_components(size, **setting) for setting in settings]
    for name in [*COMPONENTS, "within"]:
        size.assert_nominal([each[name] for each in found], 0.03, 0.07)
    # A share cannot be below 0, so the interval of one that is 0 errs on one side only.
    for name in ("model:temperature", "model:strategy:temperature"):
        size.assert_nominal([each[name] for each in found], 0, 0.07)


@pytest.mark.parametrize("procedure", FEW)
def test_few_replicates_tell_a_doubled_error_rate(procedure):
    n, sound = FEW[procedure]
    # A table is compared 50 times: that shows an error rate of 5 times the nominal one. What it is
    # made of is calibrated above, and that it is made of that has a test of its own.
    times = 5 if procedure == "tables" else 2
    assert binom.sf(most_errors(n, sound), n, times * NOMINAL) > 0.9
