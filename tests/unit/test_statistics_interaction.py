import numpy as np
import pytest
from scipy.stats import chi2, norm, t
from statsmodels.stats.oneway import anova_oneway

from divergent_bench.analysis.statistics.cells import split
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.design import answers
from divergent_bench.analysis.statistics.estimates import Estimate
from divergent_bench.analysis.statistics.interaction import crossing, heterogeneity
from divergent_bench.analysis.statistics.trend import trend_rows
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import Plan
from tests.helpers.scores import condition, only, scores_table


def test_differences_are_compared_as_welch_compares_means():
    groups = [np.array(each, float) for each in ([1, 2, 4], [2, 5, 6, 9], [8, 9, 9.5])]
    found = [
        Estimate(each.mean(), each.std(ddof=1) / len(each) ** 0.5, len(each) - 1) for each in groups
    ]

    expected = anova_oneway(groups, use_var="unequal")
    assert heterogeneity(found) == pytest.approx((expected.statistic, expected.pvalue))


def test_crossing_by_hand():
    # Two cells, both two standard errors from 0: Q = 4; half of the chance that chi2(1) is above.
    found = [Estimate(6.0, 3.0, np.inf), Estimate(-2.0, 1.0, np.inf)]

    assert crossing(found) == pytest.approx((4, chi2.sf(4, 1) / 2))


def test_crossing_counts_by_the_smaller_side_and_by_small_samples():
    # On the lower side one t of -3 with 5 degrees of freedom; three cells.
    found = [Estimate(5.0, 1.0, 9.0), Estimate(-3.0, 1.0, 5.0), Estimate(4.0, 1.0, 9.0)]

    q = norm.isf(t.sf(3, 5)) ** 2
    expected = 2 / 4 * chi2.sf(q, 1) + 1 / 4 * chi2.sf(q, 2)
    assert crossing(found) == pytest.approx((q, expected))


def test_differences_of_one_sign_do_not_cross():
    assert crossing([Estimate(5.0, 1.0, 9.0), Estimate(0.1, 1.0, 9.0)]) == (0, 1)


def test_a_difference_that_is_certain_in_some_cell_is_not_tested():
    found = [Estimate(5.0, 0.0, np.nan), Estimate(0.1, 1.0, 9.0)]

    assert heterogeneity(found) is None
    assert crossing(found) is None


def trends(rows):
    scores = answers(scores_table(rows))
    known = sorted(set(scores["temperature"]))
    return list(trend_rows(split(scores, "temperature", known, "none"), known))


def by_temperature(means, model="a", **key):
    return [
        row
        for at, mean in means.items()
        for row in condition([mean - 1, mean + 1], temperature=at, model=model, **key)
    ]


def test_a_slope_by_hand():
    # Means 80, 81, 83 at 0, 0.5, 1: slope 3, from -1 and 1 times the outer ones. The answers have
    # the variance 2, means 1; slope 2 with two degrees of freedom.
    (row,) = trends(by_temperature({0.0: 80, 0.5: 81, 1.0: 83}))

    assert (row["effect"], row["effect_name"]) == (pytest.approx(3), "points_per_unit")
    assert row["statistic"] == pytest.approx(3 / 2**0.5)
    assert row["p"] == pytest.approx(2 * t.sf(3 / 2**0.5, 2))
    half = t.isf(0.025, 2) * 2**0.5
    assert (row["effect_low"], row["effect_high"]) == pytest.approx((3 - half, 3 + half))


def test_slopes_are_those_of_cells_and_told_for_each_model_and_over_all():
    rows = by_temperature({0.0: 80, 1.0: 84}) + by_temperature({0.0: 70, 0.5: 69, 1.0: 68}, "b")

    assert [(row["group_a"], row["effect"]) for row in trends(rows)] == [
        (None, pytest.approx(1)),
        ("a", pytest.approx(4)),
        ("b", pytest.approx(-2)),
    ]


def test_what_was_left_to_the_model_is_at_no_temperature():
    assert not trends(by_temperature({0.5: 80, None: 84}))
    with_default = trends(by_temperature({0.0: 80, 1.0: 84, None: 10}))
    assert with_default[0]["effect"] == pytest.approx(4)


def test_a_trend_of_single_answers_has_no_error():
    rows = [{"temperature": at, "score": 80 + at} for at in (0.0, 1.0)]

    row = only(compare(scores_table(rows), Plan()), test="trend")

    assert row["reason"] == Omission.SINGLE_ANSWERS
    assert np.isnan(row["p"])


def test_a_trend_is_over_cells_and_pools_none():
    row = only(compare(scores_table(by_temperature({0.0: 80, 1.0: 84})), Plan()), test="trend")

    assert not row["pooled"]
