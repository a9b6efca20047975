import numpy as np
import pytest

from divergent_bench.analysis.statistics.intervals import bootstrap_mean, wilson
from divergent_bench.analysis.statistics.units import UniqueLists, list_codes, unique_lists
from tests.helpers.scores import scores_table


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

    monkeypatch.setattr("divergent_bench.analysis.statistics.intervals._DRAWS_AT_ONCE", 64)

    assert bootstrap_mean(scores) == pytest.approx(whole, abs=0.5)
