from itertools import combinations

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp, ttest_ind

from divergent_bench.analysis.statistics import permutation
from divergent_bench.analysis.statistics.decision import FEW, decide
from divergent_bench.analysis.statistics.estimates import difference
from divergent_bench.analysis.statistics.permutation import least_p, permute
from divergent_bench.analysis.tables.facts import Computation
from tests.helpers.cells import alike, level

ONE = alike(1)


def normal(n, seed=1, mean=80.0):
    return np.random.default_rng(seed).normal(mean, 3, n)


def test_a_permutation_by_hand():
    # 3 against 3 apart: of the 20 ways to share them out only this one and its mirror image are
    # as extreme. t = -10 / sqrt(4/3 + 4/3).
    found = permute(level([70, 72, 74]), level([80, 82, 84]), ONE)

    assert found.exact
    assert found.p == pytest.approx(0.1)
    assert found.t == pytest.approx(-10 / (8 / 3) ** 0.5)


def test_all_permutations_of_cells_are_all_combinations_of_theirs():
    a, b = level([70, 75, 81], [79, 90]), level([78, 83], [85, 86, 71])
    pools = [[70, 75, 81, 78, 83], [79, 90, 85, 86, 71]]
    found = []
    for chosen in ((x, y) for x in combinations(range(5), 3) for y in combinations(range(5), 2)):
        rest = [[i for i in range(5) if i not in taken] for taken in chosen]
        sides = [
            level(*([pool[i] for i in taken] for pool, taken in zip(pools, side, strict=True)))
            for side in (chosen, rest)
        ]
        found.append(abs(difference(*sides, alike(2)).t))

    test = permute(a, b, alike(2))

    assert len(found) == test.n == 100
    assert test.p == pytest.approx(np.mean(np.array(found) >= found[0] - 1e-9))


def test_random_permutations_agree_with_all_of_them(monkeypatch):
    a, b = level([70, 75, 81, 77, 74, 79]), level([78, 83, 79, 80, 86, 90])
    exact = permute(a, b, ONE)

    monkeypatch.setattr(permutation, "REPLICATES", 900)  # of 924
    drawn = permute(a, b, ONE)

    assert exact.exact
    assert not drawn.exact
    assert drawn.p == pytest.approx(exact.p, abs=3 * (exact.p * (1 - exact.p) / 900) ** 0.5)


def test_a_single_answer_cannot_be_permuted():
    assert permute(level([70], [80, 81]), level([71, 72], [81, 82]), alike(2)) is None


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([(5, 5)], 2 / 252), ([(3, 5)], 1 / 56), ([(3, 3), (3, 3)], 2 / 400), ([(9, 9)], 1 / 5_000)],
)
def test_the_least_p_is_that_of_answers_far_apart(sizes, expected):
    # As 9 against 9 have 48,620 ways, these are drawn; no p is below one of those drawn.
    assert least_p(sizes) == pytest.approx(expected)
    a, b = (level(*(up + np.arange(pair[side]) for pair in sizes))
            for side, up in ((0, 90.0), (1, 10.0)))  # fmt: skip
    assert permute(a, b, alike(len(sizes))).p == pytest.approx(expected)


def test_many_answers_are_compared_by_t_and_few_by_permutation():
    few, many = level(normal(FEW - 1)), level(normal(FEW, 2))

    assert decide(many, level(normal(90, 3)), ONE).computation == Computation.T
    assert decide(few, many, ONE).computation == Computation.RANDOM
    assert decide(many, many, ONE, permuted=True).computation == Computation.RANDOM


def test_wordings_that_are_drawn_are_not_permuted():
    a, b = (level(normal(5, seed), wordings=[np.arange(5)], drawn=1) for seed in (1, 2))

    found = decide(a, b, ONE)

    assert (found.computation, found.p) == (Computation.T, found.estimate.p())


@pytest.mark.parametrize("n", [5, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.05 / 45])
def test_the_interval_leaves_0_out_exactly_where_the_test_rejects(n, alpha):
    # Whole scores, so that many permutations have the very t of the answers.
    rng = np.random.default_rng(3)
    for apart in np.linspace(0, 8, 40):
        a, b = (level(np.round(rng.normal(80 + up, 2, n))) for up in (apart, 0))
        found = decide(a, b, ONE)
        low, high = found.interval(alpha)
        assert (found.p <= alpha) == (low > 0 or high < 0)


def test_where_no_result_could_reject_the_interval_has_no_ends():
    found = decide(level([70, 72, 74]), level([80, 82, 84]), ONE)

    assert np.isnan(found.interval(0.05)).all()  # 1 of 20 permutations, and the mirror image


def test_levels_that_never_vary_differ_by_all_ways_to_share_them_out():
    found = decide(level([80] * 4), level([70] * 4), ONE)

    assert (found.t, found.p) == (np.inf, pytest.approx(2 / 70))
    assert np.isnan(found.interval(0.05)).all()


def test_levels_that_never_vary_and_are_alike_do_not_differ():
    found = decide(level([80] * 4, [60] * 3), level([80] * 3, [60] * 9), alike(2))

    assert (found.t, found.p) == (0, 1)


def test_against_a_level_that_never_varies_the_other_must_be_sure_by_itself():
    # 40 equal answers say nothing of the spread of five, which permutations take from all 45.
    few = [81, 83, 84, 86, 87]

    found = decide(level(few), level([80] * 40), ONE)

    expected = ttest_1samp(few, 80)
    assert permute(level(few), level([80] * 40), ONE).p < expected.pvalue
    assert (found.p, found.computation) == (pytest.approx(expected.pvalue), Computation.T)
    interval = expected.confidence_interval()
    assert found.interval(0.05) == pytest.approx((interval.low - 80, interval.high - 80))


def test_single_answers_in_each_cell_are_compared_cell_by_cell_and_one_alone_not_at_all():
    a, b = level([70], [80], [95]), level([71], [77], [86])

    assert decide(a, b, alike(3)).p == pytest.approx(ttest_1samp([-1, 3, 9], 0).pvalue)
    assert decide(level([70]), level([71, 72]), ONE) is None


def test_large_samples_are_compared_by_welch():
    a, b = normal(1_100, 4), normal(1_000, 5, 80.3)

    found = decide(level(a), level(b), ONE, permuted=True)

    expected = ttest_ind(a, b, equal_var=False)
    assert found.computation == Computation.T
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.critical(0.05) == pytest.approx(t.isf(0.025, expected.df))
