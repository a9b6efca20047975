import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

from divergent_bench.analysis.statistics.scorability import (
    compare_scorable,
    risk_difference,
    worst_case,
)
from divergent_bench.analysis.statistics.strata import Group
from tests.helpers.strata import asked, lists


def test_one_stratum_is_fishers_exact_test():
    test = compare_scorable(asked([17], [20]), asked([9], [19]))

    table = [[17, 3], [9, 10]]
    assert test.p == pytest.approx(fisher_exact(table).pvalue)
    assert test.odds_ratio == pytest.approx(17 * 10 / (3 * 9))


def test_strata_by_hand():
    # 1 of 2 answers of each stratum fails, by chance that of a or of b: a has both failures with
    # the probability 1/4, and so has b.
    test = compare_scorable(asked([0, 0], [1, 1]), asked([1, 1], [1, 1]))

    assert test == (0, pytest.approx(0.5))


def test_many_answers_in_strata_agree_with_cochran_mantel_haenszel():
    scorable_a, scorable_b, n = [180, 150, 90], [160, 155, 70], [200, 200, 100]

    test = compare_scorable(asked(scorable_a, n), asked(scorable_b, n))

    tables = [
        np.array([[a, m - a], [b, m - b]])
        for a, b, m in zip(scorable_a, scorable_b, n, strict=True)
    ]
    expected = StratifiedTable(tables)
    assert test.odds_ratio == pytest.approx(expected.oddsratio_pooled)
    assert test.p == pytest.approx(expected.test_null_odds(correction=True).pvalue, rel=0.05)


@pytest.mark.parametrize("scorable", [[0, 0], [5, 5]])
def test_without_a_difference_in_anything_there_is_no_test(scorable):
    assert compare_scorable(asked(scorable, [5, 5]), asked(scorable, [5, 5])) is None


def test_failures_of_one_group_only_make_the_odds_infinite():
    assert compare_scorable(asked([5], [5]), asked([3], [5])).odds_ratio == np.inf


def test_the_interval_of_one_stratum_is_newcombes():
    effect = risk_difference(asked([17], [20]), asked([9], [19]))

    expected = confint_proportions_2indep(17, 20, 9, 19, method="newcomb")
    assert effect.value == pytest.approx(17 / 20 - 9 / 19)
    assert (effect.low, effect.high) == pytest.approx(expected)


def test_shares_are_compared_within_strata():
    # Differences 0.5 (2 against 2: weight 1) and 0.25 (4 against 4: weight 2).
    effect = risk_difference(asked([2, 3], [2, 4]), asked([1, 2], [2, 4]))

    assert effect.value == pytest.approx((0.5 + 2 * 0.25) / 3)
    assert -1 <= effect.low < effect.value < effect.high <= 1


def test_alike_strata_are_one_stratum():
    halves = risk_difference(asked([8, 8], [10, 10]), asked([5, 5], [10, 10]))

    assert halves == pytest.approx(risk_difference(asked([16], [20]), asked([10], [20])))


def test_worst_case_bounds_by_hand():
    # a: 80, 90 and one missing; b: 70 and one missing. Missing between 60 and 100:
    # lowest (80 + 90 + 60) / 3 - (70 + 100) / 2, highest (80 + 90 + 100) / 3 - (70 + 60) / 2.
    a = Group("a", lists([80, 90]), np.array([3]))
    b = Group("b", lists([70]), np.array([2]))

    assert worst_case(a, b, 60, 100) == pytest.approx((230 / 3 - 85, 90 - 65))


def test_worst_case_bounds_weigh_strata_by_all_answers():
    # 2 against 2 in the first (weight 1), 1 against 1 in the second (weight 1/2), a missing there.
    a = Group("a", lists([80, 80], []), np.array([2, 1]))
    b = Group("b", lists([70, 70], [75]), np.array([2, 1]))

    low, high = worst_case(a, b, 60, 100)

    assert (low, high) == pytest.approx(((10 + -15 / 2) / 1.5, (10 + 25 / 2) / 1.5))
