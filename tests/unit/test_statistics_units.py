import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from divergent_bench.statistics.effects import UNDEFINED, cliffs_delta, hedges_g
from divergent_bench.statistics.intervals import bootstrap_mean, wilson
from divergent_bench.statistics.units import UniqueLists, list_codes, unique_lists
from tests.helpers.scores import scores_table

VALUES = st.lists(st.integers(0, 12).map(float), min_size=2, max_size=12).map(np.array)


def lists(scores, counts=None):
    counts = np.ones(len(scores), dtype=np.int64) if counts is None else np.array(counts)
    return UniqueLists(np.array(scores, dtype=float), counts)


def test_a_list_is_the_same_in_any_order():
    scores = scores_table(
        [
            {"score": 80.0, "scored_words": "ant|bee"},
            {"score": 80.0, "scored_words": "bee|ant"},
            {"score": 70.0, "scored_words": "ant|cat"},
            {"score": np.nan},
        ]
    )

    codes = list_codes(scores)

    assert codes.tolist() == [0, 0, 1, -1]
    gathered = unique_lists(codes, scores["score"].to_numpy())
    assert gathered.scores.tolist() == [80, 70]
    assert gathered.counts.tolist() == [2, 1]
    assert gathered.n_samples == 3


def test_nothing_scorable_is_no_list():
    scores = scores_table([{}, {}])

    gathered = unique_lists(list_codes(scores), scores["score"].to_numpy())

    assert len(gathered) == 0
    assert gathered.effective_n == 0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([1, 1, 1], 3), ([5], 1), ([2, 1, 1], 16 / 6)],  # (2 + 1 + 1)^2 / (4 + 1 + 1)
)
def test_effective_n(counts, expected):
    assert lists([80.0] * len(counts), counts).effective_n == pytest.approx(expected)


def test_wilson_by_hand():
    # p = 0.8, n = 10, z = 1.96: centre (0.8 + z^2/20) / (1 + z^2/10) = 0.7167,
    # half z sqrt(0.016 + z^2/400) / (1 + z^2/10) = 0.2266.
    low, high = wilson(8, 10)

    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_wilson_stays_between_0_and_1():
    low, high = wilson([0, 20], [20, 20])

    assert low[0] == 0
    assert high[1] == 1
    assert low[1] == pytest.approx(20 / (20 + 1.959964**2))  # the bound where all succeed


def test_the_interval_of_two_lists_is_all_there_is_between_them():
    # With one degree of freedom the expanded percentiles are the extremes of the replicates.
    assert bootstrap_mean(lists([70, 90])) == (70, 90)


def test_a_single_list_has_no_interval():
    assert np.isnan(bootstrap_mean(lists([80], [50]))).all()


def test_giving_every_list_ten_times_makes_nothing_surer():
    scores = np.linspace(70, 90, 15)

    assert bootstrap_mean(lists(scores, [10] * 15)) == pytest.approx(bootstrap_mean(lists(scores)))


def test_the_bootstrap_agrees_with_the_t_interval_where_that_holds():
    scores = np.random.default_rng(3).normal(80, 5, 200)
    half = 1.972 * scores.std(ddof=1) / np.sqrt(200)  # t, 199 degrees of freedom

    low, high = bootstrap_mean(lists(scores))

    assert (low, high) == pytest.approx((scores.mean() - half, scores.mean() + half), abs=0.06)


def test_the_bootstrap_in_pieces_is_the_bootstrap(monkeypatch):
    scores = lists(np.linspace(60, 90, 30), np.arange(1, 31))
    whole = bootstrap_mean(scores)

    monkeypatch.setattr("divergent_bench.statistics.intervals._DRAWS_AT_ONCE", 64)

    assert bootstrap_mean(scores) == pytest.approx(whole, abs=0.5)


def test_cliffs_delta_by_hand():
    # Against (2, 3, 4): 1 loses 3; 2 ties 1 and loses 2; 3 wins 1, ties 1, loses 1: -5 of 9.
    assert cliffs_delta(np.array([1.0, 2, 3]), np.array([2.0, 3, 4])).value == pytest.approx(-5 / 9)


def test_cliffs_delta_of_groups_apart():
    # (n - z^2) / (n + z^2) with n = 3 in the smaller group.
    effect = cliffs_delta(np.array([5.0, 6, 7]), np.array([1.0, 2, 3, 4]))

    assert effect == pytest.approx((1, (3 - 3.8415) / (3 + 3.8415), 1), abs=1e-4)


@given(a=VALUES, b=VALUES)
def test_cliffs_delta_is_what_all_pairs_say(a, b):
    pairs = np.sign(a[:, None] - b[None, :])

    effect = cliffs_delta(a, b)
    reverse = cliffs_delta(b, a)

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

    assert cliffs_delta(a, b).low == pytest.approx(max(-1, low))


def test_hedges_g_by_hand():
    # d = -2 (means 2 and 4, both sd 1), times 1 - 3 / (4 * 6 - 9) = 0.8;
    # variance 6/9 + 1.6^2 / 2 / (6 - 3.94) = 1.2880, half 1.96 * 1.1349 = 2.2244.
    effect = hedges_g(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))

    assert effect == pytest.approx((-1.6, -1.6 - 2.2244, -1.6 + 2.2244), abs=1e-4)


def test_hedges_g_needs_variation():
    assert hedges_g(np.array([80.0, 80]), np.array([70.0, 70])) is UNDEFINED
