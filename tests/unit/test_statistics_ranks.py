import numpy as np
import pytest
from scipy.stats import chi2, kruskal, mannwhitneyu

from divergent_bench.analysis.statistics.ranks import rank_sum, rank_sums
from tests.helpers.cells import level


def drawn(seed, *sizes):
    rng = np.random.default_rng(seed)
    return level(*(rng.normal(80, 3, size).round() for size in sizes))


def test_one_cell_is_mann_whitney():
    a, b = drawn(1, 15), drawn(2, 12)

    expected = mannwhitneyu(a.all_scores, b.all_scores, alternative="two-sided")

    assert rank_sum(a, b) == ("U", expected.statistic, expected.pvalue)


def test_van_elteren_by_hand():
    # Two cells of 2 against 2. In the first a has ranks 1, 2: 3 - 5 = -2. In the second the
    # ranks of a are 1, 3: 4 - 5 = -1. Weights 1/5: T = -3/5. Without ties the rank sum of 2 of 4
    # has the variance 2 * 2 * 5 / 12 = 5/3; T has 2 * 5/3 / 25 = 2/15.
    test = rank_sum(level([1, 2], [10, 30]), level([3, 4], [20, 40]))

    assert test.name == "Z"
    assert test.statistic == pytest.approx(-0.6 / (2 / 15) ** 0.5)
    assert test.p == pytest.approx(chi2.sf(0.36 / (2 / 15), 1))


def test_van_elteren_is_corrected_for_ties():
    # Ranks 1.5, 1.5, 3.5, 3.5 around 2.5: squares sum to 4, variance of the sum of two of them
    # 2 * 2 / (4 * 3) * 4 = 4/3. T = -(2 + 2) / 5 with the variance 2 * 4/3 / 25.
    test = rank_sum(level([1, 1], [5, 5]), level([2, 2], [6, 6]))

    assert test.statistic == pytest.approx(-0.8 / (8 / 75) ** 0.5)


def test_turning_the_groups_round_turns_the_sign():
    a, b = drawn(1, 5, 9), drawn(2, 7, 4)

    one, other = rank_sum(a, b), rank_sum(b, a)

    assert (one.statistic, one.p) == pytest.approx((-other.statistic, other.p))


def test_scores_that_are_all_equal_are_no_evidence():
    levels = [level([80, 80], [70, 70])] * 2

    assert rank_sum(*levels) is None
    assert rank_sums(levels) is None


@pytest.mark.parametrize(("n", "m"), [(3, 4), (20, 49)])
def test_few_answers_without_ties_have_an_exact_p(n, m):
    scores = np.random.default_rng(3).permutation(n + m)
    a, b = level(scores[:n]), level(scores[n:])

    expected = mannwhitneyu(a.all_scores, b.all_scores, method="exact")

    assert rank_sum(a, b)[1:] == pytest.approx((expected.statistic, expected.pvalue))


def test_every_answer_counts_however_often_it_was_given():
    a, b = np.repeat([97.0, 72.0], [94, 6]), np.full(98, 86.0)

    test = rank_sum(level(a), level(b))

    assert test[1:] == pytest.approx(tuple(mannwhitneyu(a, b)))


def test_one_cell_is_kruskal_wallis():
    groups = [drawn(seed, 8) for seed in range(4)]

    expected = kruskal(*(group.all_scores for group in groups))

    assert rank_sums(groups)[1:] == pytest.approx((expected.statistic, expected.pvalue))


def test_the_stratified_form_agrees_with_kruskal_wallis_where_only_one_cell_tells():
    # The second cell holds one group alone, so it adds nothing to either.
    groups = [drawn(seed, 8) for seed in range(3)]
    alone = level(groups[0].all_scores, [75, 85])
    rest = [level(group.all_scores, []) for group in groups[1:]]

    expected = kruskal(*(group.all_scores for group in groups))

    assert rank_sums([alone, *rest])[1:] == pytest.approx((expected.statistic, expected.pvalue))


def test_for_two_groups_h_is_the_square_of_z():
    a, b = drawn(1, 5, 9, 6), drawn(2, 7, 4, 6)

    z, h = rank_sum(a, b), rank_sums([a, b])

    assert (h.statistic, h.p) == pytest.approx((z.statistic**2, z.p))


def test_groups_that_are_not_linked_by_cells_cost_a_degree_of_freedom():
    # a and b share the first cell, c and d the second: two tests side by side.
    a, b = level([1, 2, 3], []), level([4, 5, 6], [])
    c, d = level([], [1, 2, 3]), level([], [2, 3, 5])
    apart = rank_sums([a, b]).statistic + rank_sums([c, d]).statistic

    test = rank_sums([a, b, c, d])

    assert test.statistic == pytest.approx(apart)
    assert test.p == pytest.approx(chi2.sf(apart, 2))
