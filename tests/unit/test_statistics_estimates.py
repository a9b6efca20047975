import numpy as np
import pytest
from scipy.stats import t, ttest_1samp, ttest_ind, ttest_rel

from divergent_bench.analysis.statistics.estimates import (
    Estimate,
    difference,
    difference_over_cells,
    independent_differences,
    mean,
)
from tests.helpers.cells import alike, level

ONE = alike(1)


def test_one_cell_is_welchs_test_of_all_answers():
    rng = np.random.default_rng(1)
    a, b = np.round(rng.normal(80, 3, 15)), np.round(rng.normal(78, 6, 9))  # with ties

    found = difference(level(a), level(b), ONE)

    expected = ttest_ind(a, b, equal_var=False)
    assert (found.t, found.p()) == pytest.approx((expected.statistic, expected.pvalue))
    interval = expected.confidence_interval()
    assert found.interval() == pytest.approx((interval.low, interval.high))


def test_cells_weigh_the_same_by_hand():
    # Differences -10 (variances 2/2 + 2/2) and +4 (2/2 + 1/3), each times 1/2.
    a, b = level([70, 72], [83, 85]), level([80, 82], [79, 80, 81])

    found = difference(a, b, alike(2))

    assert found.value == pytest.approx(-3)
    parts = np.array([1, 1, 1, 1 / 3]) / 4
    assert found.se**2 == pytest.approx(parts.sum())
    assert found.df == pytest.approx(parts.sum() ** 2 / (parts**2 / [1, 1, 1, 2]).sum())


def test_the_mean_of_a_level_is_that_of_its_cells():
    found = mean(level([70, 80], [90]), np.array([0.25, 0.75]))

    assert found.value == pytest.approx(0.25 * 75 + 0.75 * 90)
    assert np.isnan(found.se)  # a single answer does not say how answers vary


def test_wordings_that_both_saw_are_pairs():
    wordings = [np.repeat(np.arange(5), 2)]
    a = level([70, 72, 75, 77, 80, 82, 81, 83, 90, 90], wordings=wordings, drawn=1)
    b = level([69, 69, 77, 75, 78, 80, 79, 83, 84, 86], wordings=wordings, drawn=1)

    found = difference(a, b, ONE)

    expected = ttest_rel([71, 76, 81, 82, 90], [69, 76, 79, 81, 85])
    assert (found.t, found.df) == pytest.approx((expected.statistic, 4))


def test_wordings_weigh_the_same_however_often_they_were_asked():
    wordings = [[0, 0, 0, 1, 2, 3, 4]]
    found = mean(level([60, 60, 60, 80, 81, 82, 87], wordings=wordings, drawn=1), ONE)

    expected = ttest_1samp([60, 80, 81, 82, 87], 0)
    assert (found.value, found.t) == pytest.approx((78, expected.statistic))


def test_wordings_of_their_own_are_two_samples():
    wordings = [np.arange(5)]
    a = level([70, 75, 80, 81, 90], wordings=wordings, drawn=1)
    b = level([69, 77, 78, 79, 84], wordings=wordings, drawn=2)

    expected = ttest_ind(a.all_scores, b.all_scores, equal_var=False)
    assert difference(a, b, ONE).t == pytest.approx(expected.statistic)


def test_wordings_of_several_cells_are_drawn_once():
    # At two temperatures the same five wordings: their mean over both is what is independent.
    wordings = [np.arange(5)] * 2
    a = level([70, 75, 80, 81, 90], [72, 75, 84, 81, 92], wordings=wordings, drawn=1)
    b = level([69, 77, 78, 79, 84], [69, 75, 80, 79, 86], wordings=wordings, drawn=1)

    expected = ttest_rel([71, 75, 82, 81, 91], [69, 76, 79, 79, 85])
    assert difference(a, b, alike(2)).t == pytest.approx(expected.statistic)


def test_scores_that_do_not_vary_make_a_difference_certain():
    found = difference(level([80, 80]), level([70, 70, 70]), ONE)

    assert found.certain
    assert (found.value, found.t) == (10, np.inf)
    assert np.isnan(found.interval()).all()


def test_single_answers_are_compared_cell_by_cell():
    a, b = level([70], [80], [90], [85]), level([71], [77], [86], [84])

    found = difference_over_cells(a, b, alike(4))

    expected = ttest_rel([70, 80, 90, 85], [71, 77, 86, 84])
    assert (found.t, found.df) == pytest.approx((expected.statistic, 3))


def test_cells_of_unlike_weight_by_hand():
    # Differences 2, 4 and 9 with the weights 1/4, 1/4, 1/2: 6, from which they lie 4, 2 and 3.
    weights = np.array([0.25, 0.25, 0.5])

    found = difference_over_cells(level([2], [4], [9]), level([0], [0], [0]), weights)

    assert found == pytest.approx((6, np.sqrt(3 / 2 * (1 + 0.25 + 2.25)), 2))


def test_differences_in_cells_are_independent_and_those_of_shared_wordings_are_one():
    apart = level([1, 2], [3, 5]), level([2, 4], [3, 4])
    drawn = [level(*[np.arange(5.0)] * 2, wordings=[np.arange(5)] * 2, drawn=1) for _ in "ab"]

    cells = independent_differences(*apart, alike(2))

    assert [(where, each.value) for where, each in cells] == [([0], -1.5), ([1], 0.5)]
    assert [where for where, _ in independent_differences(*drawn, alike(2))] == [[0, 1]]


def test_equivalence_is_two_one_sided_tests():
    rng = np.random.default_rng(2)
    a, b = rng.normal(80, 1, 30), rng.normal(80.3, 1, 30)
    found = difference(level(a), level(b), ONE)

    statistic, p = found.equivalence(1.0)

    above = ttest_ind(a + 1, b, equal_var=False, alternative="greater")
    below = ttest_ind(a - 1, b, equal_var=False, alternative="less")
    assert p == pytest.approx(max(above.pvalue, below.pvalue))
    assert statistic == pytest.approx(min(above.statistic, below.statistic, key=abs))
    # It shows equivalence at 5 % where the 90 % interval is within the margin.
    low, high = found.interval(0.90)
    assert (p < 0.05) == (low > -1 and high < 1)


def test_means_far_apart_are_not_equivalent():
    statistic, p = Estimate(10.0, 2.0, 4.0).equivalence(1.0)

    assert (statistic, p) == pytest.approx((4.5, t.cdf(4.5, 4)))
