import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import effectsize_smd

from divergent_bench.analysis.statistics.effects import (
    UNDEFINED,
    cliffs_delta,
    hedges_g,
    superiority,
)
from divergent_bench.analysis.statistics.estimates import difference
from tests.helpers.cells import alike, level

VALUES = st.lists(st.integers(0, 12).map(float), min_size=2, max_size=12).map(np.array)


def delta_of(a, b):
    return cliffs_delta(a, b, alike(len(a.scores)))


def g_of(a, b):
    return hedges_g(a, b, difference(a, b, alike(len(a.scores))))


def test_cliffs_delta_by_hand():
    # Against (2, 3, 4): 1 loses 3; 2 ties 1 and loses 2; 3 wins 1, ties 1, loses 1: -5 of 9.
    assert delta_of(level([1, 2, 3]), level([2, 3, 4])).value == pytest.approx(-5 / 9)


def test_cliffs_delta_of_groups_apart():
    # (n - z^2) / (n + z^2) with n = 3 in the smaller group.
    effect = delta_of(level([5, 6, 7]), level([1, 2, 3, 4]))

    assert effect == pytest.approx((1, (3 - 3.8415) / (3 + 3.8415), 1), abs=1e-4)


@given(a=VALUES, b=VALUES)
def test_cliffs_delta_is_what_all_pairs_say(a, b):
    pairs = np.sign(a[:, None] - b[None, :])

    effect = delta_of(level(a), level(b))
    reverse = delta_of(level(b), level(a))

    assert effect.value == pytest.approx(pairs.mean())
    assert -1 <= effect.low <= effect.value <= effect.high <= 1
    assert (reverse.low, reverse.high) == pytest.approx((-effect.high, -effect.low))


@given(a=VALUES, b=VALUES)
def test_the_variance_of_cliffs_delta_is_that_of_the_matrix_of_pairs(a, b):
    pairs = np.sign(a[:, None] - b[None, :])
    delta, (n, m) = pairs.mean(), pairs.shape
    if abs(delta) == 1:
        return
    variance = (
        (m - 1) * pairs.mean(axis=1).var(ddof=1)
        + (n - 1) * pairs.mean(axis=0).var(ddof=1)
        + ((pairs - delta) ** 2).sum() / ((n - 1) * (m - 1))
    ) / (n * m)
    z = 1.959963984540054
    half = z * np.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance))
    low = (delta - delta**3 - half) / (1 - delta**2 + z**2 * variance)

    assert delta_of(level(a), level(b)).low == pytest.approx(max(-1, low))


def test_cliffs_delta_is_averaged_over_cells():
    # -5/9 as above, and 5 against 1 and 9: 0.
    effect = delta_of(level([1, 2, 3], [5]), level([2, 3, 4], [1, 9]))

    assert effect.value == pytest.approx(-5 / 9 / 2)
    assert -1 < effect.low < effect.value < effect.high < 1


def test_superiority_is_the_chance_of_the_higher_score_with_half_of_the_ties():
    a, b = level([1, 2, 3]), level([2, 3, 4])

    effect = superiority(a, b, alike(1))

    assert effect.value == pytest.approx((1 + 2 * 0.5) / 9)  # 3 beats 2; 2 and 3 tie once each
    assert effect == pytest.approx([(1 + end) / 2 for end in delta_of(a, b)])


def test_cells_that_do_not_overlap_do_not_make_cliffs_delta_certain():
    # a wins everything in one cell and loses everything in the other, both 2 against 2.
    # delta = 0, variance 1/4 * (1/2 + 1/2) = 1/4 from the bound 1 / min(n, m) of each; the interval
    # is then -+ z / 2 * sqrt(1 + z^2 / 4) / (1 + z^2 / 4).
    effect = delta_of(level([8, 9], [1, 2]), level([1, 2], [8, 9]))

    half = 0.97998 * np.sqrt(1 + 0.96036) / (1 + 0.96036)
    assert effect == pytest.approx((0, -half, half), abs=1e-4)


def test_hedges_g_by_hand():
    # d = -2 (means 2 and 4, both sd 1), times 1 - 3 / (4 * 4 - 1) = 0.8; variance
    # 0.8^2 * (1/3 + 1/3) + 1.6^2 / (2 * 4) = 0.74667; t with 4 degrees of freedom: 2.7764.
    effect = g_of(level([1, 2, 3]), level([3, 4, 5]))

    half = 2.7764 * 0.74667**0.5
    assert effect == pytest.approx((-1.6, -1.6 - half, -1.6 + half), abs=1e-3)


def test_hedges_g_agrees_with_statsmodels():
    rng = np.random.default_rng(5)
    a, b = rng.normal(80, 5, 400), rng.normal(78, 5, 400)

    effect = g_of(level(a), level(b))

    g, variance = effectsize_smd(a.mean(), a.std(ddof=1), 400, b.mean(), b.std(ddof=1), 400)
    assert effect.value == pytest.approx(g)
    assert (effect.high - effect.low) / 2 == pytest.approx(1.96 * variance**0.5, rel=2e-3)


def test_hedges_g_uses_the_spread_within_cells():
    # The cells lie 50 points apart, and within them it is the case by hand twice: g = -2 J with
    # J = 1 - 3 / (4 * 8 - 1).
    effect = g_of(level([1, 2, 3], [51, 52, 53]), level([3, 4, 5], [53, 54, 55]))

    assert effect.value == pytest.approx(-2 * (1 - 3 / 31))


def test_hedges_g_needs_variation():
    assert g_of(level([80, 80]), level([70, 70])) is UNDEFINED
