import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

from divergent_bench.analysis.statistics.scorability import (
    bounds,
    compare_scorable,
    risk_difference,
)
from tests.helpers.cells import alike, asked, level


def test_one_cell_is_fishers_exact_test():
    test = compare_scorable(asked([17], [20]), asked([9], [19]))

    table = [[17, 3], [9, 10]]
    assert test.p == pytest.approx(fisher_exact(table).pvalue)
    assert test.odds_ratio == pytest.approx(17 * 10 / (3 * 9))


def test_cells_by_hand():
    # 1 of 2 answers of each cell fails, by chance that of a or of b: a has both failures with
    # the probability 1/4, and so has b.
    test = compare_scorable(asked([0, 0], [1, 1]), asked([1, 1], [1, 1]))

    assert test == (0, pytest.approx(0.5))


def test_many_answers_in_cells_agree_with_cochran_mantel_haenszel():
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


def test_the_interval_of_one_cell_is_newcombes():
    effect = risk_difference(asked([17], [20]), asked([9], [19]), alike(1))

    expected = confint_proportions_2indep(17, 20, 9, 19, method="newcomb")
    assert effect.value == pytest.approx(17 / 20 - 9 / 19)
    assert (effect.low, effect.high) == pytest.approx(expected)


def test_shares_are_compared_within_cells():
    effect = risk_difference(asked([2, 3], [2, 4]), asked([1, 2], [2, 4]), alike(2))

    assert effect.value == pytest.approx((0.5 + 0.25) / 2)
    assert -1 <= effect.low < effect.value < effect.high <= 1


def test_alike_cells_are_one_cell():
    halves = risk_difference(asked([8, 8], [10, 10]), asked([5, 5], [10, 10]), alike(2))

    assert halves == pytest.approx(risk_difference(asked([16], [20]), asked([10], [20]), alike(1)))


def test_bounds_by_hand():
    # a: 80, 90 and one missing; b: 70 and one missing. Missing between 60 and 100:
    # lowest (80 + 90 + 60) / 3 - (70 + 100) / 2, highest (80 + 90 + 100) / 3 - (70 + 60) / 2.
    a, b = level([80, 90], answers=[3]), level([70], answers=[2])

    assert bounds(a, b, alike(1), 60, 100) == pytest.approx((230 / 3 - 85, 90 - 65))


def test_bounds_weigh_cells_alike():
    # In the second cell the only answer of a is missing.
    a, b = level([80, 80], [], answers=[2, 1]), level([70, 70], [75], answers=[2, 1])

    low, high = bounds(a, b, alike(2), 60, 100)

    assert (low, high) == pytest.approx(((10 - 15) / 2, (10 + 25) / 2))
