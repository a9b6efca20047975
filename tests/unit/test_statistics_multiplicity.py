import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from divergent_bench.analysis.statistics.multiplicity import (
    BENJAMINI_HOCHBERG,
    HOLM,
    adjust,
    interval_alpha,
)
from divergent_bench.analysis.statistics.rank_ranges import rank_ranges

P_VALUES = st.lists(st.sampled_from([0, 1e-4, 0.01, 0.02, 0.03, 0.04, 0.3, 1]), min_size=1)
METHODS = pytest.mark.parametrize("method", [HOLM, BENJAMINI_HOCHBERG])
NAMES = {HOLM: "holm", BENJAMINI_HOCHBERG: "fdr_bh"}  # in statsmodels


@METHODS
@pytest.mark.parametrize("p", [[0.2], [0.04, 0.01, 0.04, 0.9, 0], [0.012, 0.011, 0.9, 0.013]])
def test_adjusted_p_values_are_those_of_statsmodels(p, method):
    assert adjust(p, method) == pytest.approx(multipletests(p, method=NAMES[method])[1])


@METHODS
@given(p=P_VALUES)
def test_intervals_leave_0_out_exactly_where_the_adjusted_test_rejects(p, method):
    adjusted = adjust(p, method)

    alpha = interval_alpha(adjusted, method)

    # An interval of confidence 1 - alpha leaves 0 out where p is at most alpha.
    beyond = np.array(p) <= alpha * (1 + 1e-12)
    assert (beyond == (adjusted <= 0.05)).all()


def test_alpha_of_intervals_by_hand():
    # Of four, two are rejected: 5 % of 2 / 4, and by Holm, who stopped with two left, of 1 / 2.
    p = [0.001, 0.01, 0.04, 0.9]

    assert interval_alpha(adjust(p, BENJAMINI_HOCHBERG), BENJAMINI_HOCHBERG) == 0.025
    assert interval_alpha(adjust(p, HOLM), HOLM) == 0.025
    assert interval_alpha(adjust([0.3] * 4, BENJAMINI_HOCHBERG), BENJAMINI_HOCHBERG) == 0.0125


def test_ranks_are_what_the_tests_leave_by_holm():
    # a above b and d, b above d (0.01 is the third of six), c not told from any.
    tests = pd.DataFrame(
        [("a", "b", 2.0, 0.001), ("a", "c", 3.0, 0.03), ("d", "a", -4.0, 0.0001),
         ("b", "c", 1.0, 0.5), ("b", "d", 2.0, 0.01), ("c", "d", 1.0, 0.8), ("a", "people", -9, 0)],
        columns=["group_a", "group_b", "effect", "p"],
    ).assign(factor="model", test="mean_difference", p_adjusted=0.01)  # fmt: skip

    assert rank_ranges(tests, ["a", "b", "c", "d"]) == {
        "a": (1, 2), "b": (2, 3), "c": (1, 4), "d": (3, 4),
    }  # fmt: skip

    crossing = tests[:1].assign(test="crossing", p=0.001)  # whether a is above b depends
    ranges = rank_ranges(pd.concat([tests, crossing], ignore_index=True), ["a", "b", "c", "d"])
    assert (ranges["a"], ranges["b"]) == ((1, 3), (1, 3))
