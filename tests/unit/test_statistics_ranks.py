import numpy as np
import pytest
from scipy.stats import chi2, kruskal, mannwhitneyu

from divergent_bench.analysis.statistics.ranks import rank_sum, rank_sums
from tests.helpers.strata import units


def drawn(seed, *sizes):
    rng = np.random.default_rng(seed)
    return units(*(rng.normal(80, 3, size).round() for size in sizes))


def test_one_stratum_is_mann_whitney():
    a, b = drawn(1, 15), drawn(2, 12)

    expected = mannwhitneyu(a.scores, b.scores, alternative="two-sided")

    assert rank_sum(a, b) == ("U", expected.statistic, expected.pvalue)


def test_van_elteren_by_hand():
    # Two strata of 2 against 2. In the first a has ranks 1, 2: 3 - 5 = -2. In the second the
    # ranks of a are 1, 3: 4 - 5 = -1. Weights 1/5: T = -3/5. Without ties the rank sum of 2 of 4
    # has the variance 2 * 2 * 5 / 12 = 5/3; T has 2 * 5/3 / 25 = 2/15.
    test = rank_sum(units([1, 2], [10, 30]), units([3, 4], [20, 40]))

    assert test.name == "Z"
    assert test.statistic == pytest.approx(-0.6 / (2 / 15) ** 0.5)
    assert test.p == pytest.approx(chi2.sf(0.36 / (2 / 15), 1))


def test_van_elteren_is_corrected_for_ties():
    # Ranks 1.5, 1.5, 3.5, 3.5 around 2.5: squares sum to 4, variance of the sum of two of them
    # 2 * 2 / (4 * 3) * 4 = 4/3. T = -(2 + 2) / 5 with the variance 2 * 4/3 / 25.
    test = rank_sum(units([1, 1], [5, 5]), units([2, 2], [6, 6]))

    assert test.statistic == pytest.approx(-0.8 / (8 / 75) ** 0.5)


def test_turning_the_groups_round_turns_the_sign():
    a, b = drawn(1, 5, 9), drawn(2, 7, 4)

    one, other = rank_sum(a, b), rank_sum(b, a)

    assert (one.statistic, one.p) == pytest.approx((-other.statistic, other.p))


def test_scores_that_are_all_equal_are_no_evidence():
    assert rank_sum(units([80, 80], [70, 70]), units([80, 80], [70, 70])) == ("Z", 0, 1)
    assert rank_sums([units([80, 80], [70, 70])] * 2) is None


def test_without_a_stratum_of_both_nothing_is_ranked():
    assert rank_sum(units([1, 2], []), units([], [1, 2])) is None


def test_one_stratum_is_kruskal_wallis():
    groups = [drawn(seed, 8) for seed in range(4)]

    expected = kruskal(*(group.scores for group in groups))

    assert rank_sums(groups) == ("H", expected.statistic, expected.pvalue)


def test_the_stratified_form_agrees_with_kruskal_wallis_where_only_one_stratum_tells():
    # The second stratum holds one group alone, so it adds nothing to either.
    groups = [drawn(seed, 8) for seed in range(3)]
    alone = units(groups[0].scores, [75, 85])

    expected = kruskal(*(group.scores for group in groups))

    assert rank_sums([alone, *groups[1:]])[1:] == pytest.approx(
        (expected.statistic, expected.pvalue)
    )


def test_for_two_groups_h_is_the_square_of_z():
    a, b = drawn(1, 5, 9, 6), drawn(2, 7, 4, 6)

    z, h = rank_sum(a, b), rank_sums([a, b])

    assert (h.statistic, h.p) == pytest.approx((z.statistic**2, z.p))


def test_groups_that_are_not_linked_by_strata_cost_a_degree_of_freedom():
    # a and b share the first stratum, c and d the second: two tests side by side.
    a, b = units([1, 2, 3], []), units([4, 5, 6], [])
    c, d = units([], [1, 2, 3]), units([], [2, 3, 5])
    apart = rank_sums([a, b]).statistic + rank_sums([c, d]).statistic

    test = rank_sums([a, b, c, d])

    assert test.statistic == pytest.approx(apart)
    assert test.p == pytest.approx(chi2.sf(apart, 2))
