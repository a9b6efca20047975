import numpy as np
import pytest
from scipy.stats import ttest_1samp

from divergent_bench.analysis.statistics.intervals import mean_interval, wilson
from divergent_bench.analysis.statistics.repetition import list_codes, scored_lists
from tests.helpers.scores import scores_table


def interval_of(scores):
    found = ttest_1samp(scores, 0).confidence_interval()
    return found.low, found.high


def test_the_interval_of_a_mean_is_students():
    scores = np.array([70.0, 70, 75, 83])  # a list given twice counts twice

    assert mean_interval(scores) == pytest.approx(interval_of(scores))


@pytest.mark.parametrize("scores", [[], [80], [70, 90], [80, 80, 80, 80]])
def test_fewer_than_three_answers_or_equal_ones_have_no_interval(scores):
    assert np.isnan(mean_interval(np.array(scores, float))).all()


def test_five_wordings_are_what_is_independent_and_four_are_not():
    scores = np.array([70.0, 72, 75, 77, 80, 80, 81, 81, 90, 92])
    wordings = np.repeat(np.arange(5), 2)

    assert mean_interval(scores, wordings) == pytest.approx(interval_of([71, 76, 80, 81, 91]))
    assert mean_interval(scores, wordings % 4) == pytest.approx(interval_of(scores))


def test_wilson_by_hand():
    # p = 0.8, n = 10, z = 1.96: centre (0.8 + z^2/20) / (1 + z^2/10) = 0.7167,
    # half z sqrt(0.016 + z^2/400) / (1 + z^2/10) = 0.2266.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_wilson_stays_between_0_and_1():
    low, high = wilson([0, 20], [20, 20])

    assert (low[0], high[1]) == (0, 1)
    assert low[1] == pytest.approx(20 / (20 + 1.959964**2))  # the bound where all succeed


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
    gathered = scored_lists(codes, scores["score"].to_numpy())
    assert (gathered.scores.tolist(), gathered.counts.tolist()) == ([80, 70], [2, 1])
    assert gathered.n_samples == 3


def test_nothing_scorable_is_no_list():
    scores = scores_table([{}, {}])

    assert len(scored_lists(list_codes(scores), scores["score"].to_numpy())) == 0
