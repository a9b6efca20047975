from itertools import combinations

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from divergent_bench.analysis.statistics import permutation
from divergent_bench.analysis.statistics.means import mean_difference
from divergent_bench.analysis.statistics.permutation import permute
from divergent_bench.analysis.statistics.strata import ListCounts
from tests.helpers.strata import lists, units


def contributions(group, weights):
    """The matrix C of a weighted mean of stratum means: what each list adds to it, centred."""
    numbers = np.unique(group.lists)
    shares = np.zeros((group.n_strata, len(numbers)))
    shares[group.strata, np.searchsorted(numbers, group.lists)] = group.counts
    shares /= shares.sum(axis=1, keepdims=True)
    scores = np.array([group.scores[group.lists == number][0] for number in numbers])
    pull = weights @ shares
    return np.diag(pull) - shares.T @ np.diag(weights) @ shares, pull, scores


def test_one_stratum_of_unrepeated_lists_is_welchs_test():
    rng = np.random.default_rng(1)
    a, b = rng.normal(80, 3, 15), rng.normal(78, 6, 9)

    difference = mean_difference(lists(a), lists(b))

    expected = ttest_ind(a, b, equal_var=False)
    assert difference.t_test() == pytest.approx((expected.statistic, expected.pvalue))
    interval = expected.confidence_interval()
    assert difference.interval() == pytest.approx((interval.low, interval.high))


def test_every_answer_counts_in_the_mean():
    # (3 * 70 + 90) / 4 = 75 against 80.
    a = lists([70, 90], counts=[3, 1])

    assert mean_difference(a, lists([79, 81])).value == pytest.approx(-5)


def test_the_variance_of_two_unequal_lists_by_hand():
    # Shares 3/4 and 1/4 of lists 20 apart: sum of squares of the shares 5/8, of the parts they add
    # 2 * (3/4 * 5)^2 = 28.125. Lists of variance s^2 would make that
    # s^2 * (5/8 - 2 * (27 + 1) / 64 + 25/64) = s^2 * 9/64, so s^2 = 200 (as 70 and 90 have), and
    # the mean has the variance 200 * 5/8 = 125 with one degree of freedom. b adds 2 / 2 = 1.
    difference = mean_difference(lists([70, 90], counts=[3, 1]), lists([79, 81]))

    assert difference.se**2 == pytest.approx(126)
    assert difference.df == pytest.approx(126**2 / (125**2 + 1))


def test_giving_every_list_again_makes_nothing_surer():
    a, b = [70, 74, 81], [76, 79, 80, 85]

    repeated = mean_difference(lists(a, counts=[7] * 3), lists(b, counts=[7] * 4))

    assert repeated == pytest.approx(mean_difference(lists(a), lists(b)))


def test_strata_are_weighted_by_the_answers_that_can_be_compared():
    # Differences -10 with 2 against 2 (weight 1) and +5 with 1 against 3 (weight 3/4).
    difference = mean_difference(lists([70, 72], [85]), lists([80, 82], [79, 80, 81]))

    assert difference.value == pytest.approx((-10 * 1 + 5 * 0.75) / 1.75)


def test_variance_and_degrees_of_freedom_are_those_of_the_matrices():
    # Lists 0 and 3 were given in both strata.
    a = ListCounts.gather(
        *map(np.array, ([0, 1, 2, 0, 3, 3], [0, 0, 0, 1, 1, 0], [70.0, 75, 77, 70, 90, 90])),
        np.array([4, 1, 2, 1, 3, 1]),
        2,
    )
    b = lists([60, 66, 71], [64, 80], counts=[1, 2, 1, 3, 1])
    weights = np.array([8 * 4 / 12, 4 * 4 / 8])
    weights /= weights.sum()
    value, variances, dfs = 0.0, [], []
    for sign, group in ((1, a), (-1, b)):
        c, pull, scores = contributions(group, weights)
        value += sign * pull @ scores
        variances.append((pull @ pull) / np.trace(c @ c) * ((c @ scores) ** 2).sum())
        dfs.append(np.trace(c @ c) ** 2 / np.trace(c @ c @ c @ c))

    difference = mean_difference(a, b)

    assert difference.value == pytest.approx(value)
    assert difference.se == pytest.approx(sum(variances) ** 0.5)
    expected = sum(variances) ** 2 / sum(v**2 / df for v, df in zip(variances, dfs, strict=True))
    assert difference.df == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (lists([80, 80]), lists([70, 70])),  # no variation
        (lists([80], [70]), lists([80, 81], [70, 75])),  # a single list in each stratum of a
    ],
)
def test_without_variation_to_see_there_is_no_standard_error(a, b):
    difference = mean_difference(a, b)

    assert np.isnan([difference.se, difference.df]).all()
    assert np.isnan(difference.interval()).all()


def test_equivalence_is_two_one_sided_tests():
    rng = np.random.default_rng(2)
    a, b = rng.normal(80, 1, 30), rng.normal(80.3, 1, 30)
    difference = mean_difference(lists(a), lists(b))

    statistic, p = difference.equivalence(1.0)

    above = ttest_ind(a + 1, b, equal_var=False, alternative="greater")
    below = ttest_ind(a - 1, b, equal_var=False, alternative="less")
    assert p == pytest.approx(max(above.pvalue, below.pvalue))
    assert statistic == pytest.approx(min(above.statistic, below.statistic, key=abs))
    # It shows equivalence at 5 % where the 90 % interval is within the margin.
    low, high = difference.interval(0.90)
    assert (p < 0.05) == (low > -1 and high < 1)


def test_means_far_apart_are_not_equivalent():
    # d = 10, se^2 = 2/3, df = 4, margin 1: t = 9 / se on the wrong side.
    statistic, p = mean_difference(lists([89, 90, 91]), lists([79, 80, 81])).equivalence(1.0)

    assert statistic == pytest.approx(9 / (2 / 3) ** 0.5)
    assert p == pytest.approx(t.cdf(statistic, 4))


def test_a_permutation_by_hand():
    # 3 against 3 apart: of the 20 ways to share them out only this one and its mirror image are
    # as extreme. t = -10 / sqrt(4/3 + 4/3).
    test = permute(units([70, 72, 74]), units([80, 82, 84]))

    assert test.exact
    assert test.p == pytest.approx(0.1)
    assert test.t == pytest.approx(-10 / (8 / 3) ** 0.5)


def test_the_statistic_is_the_difference_over_its_standard_error():
    a = lists([70, 74, 81], [71, 90, 70], counts=[3, 1, 1, 2, 1, 5])
    b = lists([76, 79, 80], [80, 85], counts=[1, 2, 1, 1, 4])

    statistic, _ = mean_difference(a, b).t_test()

    assert permute(a.units(), b.units()).t == pytest.approx(statistic)


def test_all_permutations_of_strata_are_all_combinations_of_theirs():
    a, b = lists([70, 75, 81], [79, 90], counts=[2, 1, 1, 3, 1]), lists([78, 83], [85, 86, 71])
    pools = [[70, 75, 81, 78, 83], [79, 90, 85, 86, 71]]
    copies = [[2, 1, 1, 1, 1], [3, 1, 1, 1, 1]]
    found = []
    for first in combinations(range(5), 3):
        for second in combinations(range(5), 2):
            chosen = [first, second]
            rest = [[i for i in range(5) if i not in taken] for taken in chosen]
            sides = [
                lists(
                    *([pools[s][i] for i in side[s]] for s in range(2)),
                    counts=[copies[s][i] for s in range(2) for i in side[s]],
                )
                for side in (chosen, rest)
            ]
            found.append(abs(mean_difference(*sides).t_test()[0]))

    test = permute(a.units(), b.units())

    assert len(found) == 100
    assert test.p == pytest.approx(np.mean(np.array(found) >= found[0] - 1e-9))


def test_random_permutations_agree_with_all_of_them(monkeypatch):
    a, b = units([70, 75, 81, 77, 74]), units([78, 83, 79, 80, 86])
    exact = permute(a, b)

    monkeypatch.setattr(permutation, "_ALL_UP_TO", 1)
    drawn = permute(a, b)

    assert not drawn.exact
    # Of 1,999 draws; three standard errors.
    assert drawn.p == pytest.approx(exact.p, abs=3 * (exact.p * (1 - exact.p) / 1999) ** 0.5)


def test_permutations_in_pieces_are_permutations(monkeypatch):
    rng = np.random.default_rng(3)
    a, b = units(rng.normal(80, 3, 40)), units(rng.normal(81, 3, 30))
    whole = permute(a, b)

    monkeypatch.setattr(permutation, "_AT_ONCE", 70 * 128)

    assert permute(a, b) == whole


def test_equal_scores_are_no_evidence_in_permutations():
    test = permute(units([80, 80, 80]), units([80, 80, 80]))

    assert (test.t, test.p) == (0, 1)


def test_a_certain_difference_has_an_infinite_t():
    test = permute(units([80, 80, 80]), units([70, 70, 70]))

    assert (test.t, test.p) == (np.inf, pytest.approx(0.1))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (units([70, 71], []), units([], [80, 81])),  # no stratum of both
        (units([70], [80]), units([71, 72], [81, 82])),  # a single list in each
    ],
)
def test_what_cannot_be_permuted(a, b):
    assert permute(a, b) is None
