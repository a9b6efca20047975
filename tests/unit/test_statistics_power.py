"""Which differences the answers could show."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t, ttest_ind
from statsmodels.stats.power import TTestIndPower

from divergent_bench.analysis.statistics.power import (
    estimate_power,
    n_per_group,
    smallest_difference,
)
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from divergent_bench.design.analysis_plan import Contrast, Plan
from tests.helpers.scores import grid, scores_table


def condition(scores, **key):
    """Return the answers of a condition, a list each."""
    return [{**key, "score": float(score)} for score in scores]


@pytest.mark.parametrize(
    ("comparisons", "expected"), [(1, [64, 143, 394]), (45, [138, 306, 845])], ids=str
)
def test_lists_that_one_point_needs(comparisons, expected):
    assert [n_per_group(sd, alpha=0.05 / comparisons) for sd in (2, 3, 5)] == expected


@pytest.mark.parametrize("n", [3, 5.5, 64, 1500])
@pytest.mark.parametrize("power", [0.3, 0.8, 0.95])
def test_the_smallest_difference_agrees_with_statsmodels(n, power):
    expected = TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=power)

    assert smallest_difference(3.0, n, power=power) == pytest.approx(3 * expected, rel=1e-5)


def test_the_smallest_difference_is_found_as_often_as_it_says():
    difference = smallest_difference(3.0, 10, alpha=0.01)
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 3, (10, 20_000)), rng.normal(difference, 3, (10, 20_000))

    found = (ttest_ind(a, b).pvalue < 0.01).mean()

    assert found == pytest.approx(0.8, abs=0.01)  # standard error 0.003


@pytest.mark.parametrize("comparisons", [1, 45, 1_000])
@pytest.mark.parametrize("sd", [0.3, 2, 30])
def test_n_is_the_first_that_is_enough(sd, comparisons):
    alpha = 0.05 / comparisons
    n = n_per_group(sd, alpha=alpha)

    assert smallest_difference(sd, n, alpha) <= 1
    assert n == 2 or smallest_difference(sd, n - 1, alpha) > 1


def test_with_two_observations_and_many_comparisons_there_is_still_an_answer():
    # 2 degrees of freedom; the estimated SD is below s with probability 1 - exp(-s^2), so that
    # 80 % power asks for about critical * sqrt(-ln 0.2) standard errors, each of them the SD.
    difference = smallest_difference(1.0, 2, alpha=0.05 / 1_000)

    assert difference == pytest.approx(t.isf(0.025 / 1_000, 2) * np.sqrt(-np.log(0.2)), rel=1e-3)


def test_two_models_by_hand():
    rows = [
        *condition([70, 74], model="a", strategy="none"),
        *condition([80, 84], model="a", strategy="etymology"),
        *condition([70, 74], model="b", strategy="none"),
        *condition([90, 94], model="b", strategy="etymology"),
    ]

    table = estimate_power(scores_table(rows), Plan())

    model, strategy = table.to_dict("records")
    assert (model["space"], model["factor"], strategy["factor"]) == ("wordnet", "model", "strategy")
    assert (model["n_comparisons"], model["alpha"], model["effective_n"]) == (1, 0.05, 4)
    # In each of four conditions 8 = 2^2 + 2^2 with one degree of freedom.
    assert model["sd"] == pytest.approx(np.sqrt(8))
    assert model["smallest_difference"] == pytest.approx(smallest_difference(np.sqrt(8), 4))
    assert model["smallest_difference_alone"] == model["smallest_difference"]
    assert model["n_for_one_point"] == n_per_group(np.sqrt(8))
    assert table[["reason", "left_out", "note"]].isna().all(axis=None)


def test_every_pair_counts_as_a_comparison_unless_contrasts_are_planned():
    scores = grid(["a", "b", "c", "d"], ["none", "etymology"])
    planned = (Contrast("model", "a", "b"), Contrast("model", "a", "c"))

    pairs = estimate_power(scores, Plan()).set_index("factor")
    contrasts = estimate_power(scores, Plan(primary=planned)).set_index("factor")

    assert pairs["n_comparisons"].to_dict() == {"model": 6, "strategy": 1}
    assert pairs.loc["model", "alpha"] == pytest.approx(0.05 / 6)
    assert contrasts["n_comparisons"].to_dict() == {"model": 2, "strategy": 1}
    assert contrasts.loc["model", "alpha"] == 0.025
    same = ["effective_n", "sd", "smallest_difference_alone"]
    pd.testing.assert_frame_equal(pairs[same], contrasts[same])
    assert (
        contrasts.loc["model", "smallest_difference_alone"]
        < contrasts.loc["model", "smallest_difference"]
        < pairs.loc["model", "smallest_difference"]
    )


def test_repeated_lists_lower_the_effective_number_and_count_once_for_the_deviation():
    rows = [
        *condition([70] * 3, model="a", scored_words="the|same"),
        *condition([78], model="a"),
        *condition([80, 84], model="b"),
    ]

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    assert row["effective_n"] == pytest.approx((16 / 10 + 2) / 2)  # (3 + 1)^2 / (9 + 1), and 2
    assert row["sd"] == pytest.approx(np.sqrt((32 + 8) / 2))  # 4^2 + 4^2 and 2^2 + 2^2


def test_lists_that_hardly_differ_show_nothing_but_say_what_would():
    rows = [
        {**row, "model": model}
        for model in ("a", "b")
        for row in [
            *condition([70] * 99, scored_words=f"{model}|same"),
            *condition([78]),
        ]
    ]

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    assert np.isnan(row["smallest_difference"])
    assert np.isnan(row["smallest_difference_alone"])
    assert row["n_for_one_point"] == n_per_group(np.sqrt(32))
    assert row["reason"] == Omission.TOO_FEW_LISTS


def test_levels_without_two_lists_are_left_out():
    rows = [
        *condition([70, 74], model="a"),
        *condition([70, 74], model="b"),
        *condition([60] * 9, model="c", scored_words="always|this"),
        {"model": "d"},
    ]

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    assert row["n_comparisons"] == 1
    assert left_out(row) == [
        LeftOut("model", "c", Omission.ONE_LIST),
        LeftOut("model", "d", Omission.NONE_SCORABLE),
    ]
    alone = estimate_power(scores_table(rows[2:]), Plan())
    assert alone["n_comparisons"].tolist() == [0]
    assert alone[["alpha", "sd", "smallest_difference", "n_for_one_point"]].isna().all(axis=None)
    assert alone["reason"].tolist() == [Omission.TOO_FEW_LEVELS]
    assert left_out(alone.iloc[0]) == left_out(row)
    assert alone["note"].tolist() == [
        "fewer than two levels to compare; "
        "left out: c has one unique list, d has no scorable answer"
    ]


@pytest.mark.parametrize("temperatures", [(0.7, 0.7), (0.5, 1.0)], ids=["equal", "one list each"])
def test_scores_that_do_not_vary_say_nothing_of_power(temperatures):
    rows = [
        {"model": model, "score": 80.0, "temperature": temperature}
        for model in ("a", "b")
        for temperature in temperatures
    ]

    (row,) = estimate_power(scores_table(rows), Plan(factors=("model",))).to_dict("records")

    assert pd.isna(row["smallest_difference"])
    assert pd.isna(row["n_for_one_point"])
    assert row["reason"] == Omission.NO_VARIATION


def test_baselines_take_no_part_and_people_stand_beside_the_models():
    models = grid(["a", "b"], ["none", "etymology"], baselines=False)
    people = grid(["students"], ["not-applicable"], [None], baselines=False)
    people = people.assign(provider="people")

    table = estimate_power(pd.concat([models, people], ignore_index=True), Plan())

    assert table.set_index("factor")["n_comparisons"].to_dict() == {
        "model": 3,
        "strategy": 1,
        "temperature": 1,  # that of the models and that nobody knows of people
    }
    with_baselines = estimate_power(grid(["a", "b"], ["none", "etymology"]), Plan())
    pd.testing.assert_frame_equal(with_baselines, estimate_power(models, Plan()))


def test_only_factors_of_the_plan_with_several_levels_have_a_row():
    scores = grid(["a", "b"], ["none", "etymology"])

    assert estimate_power(scores, Plan(factors=("strategy",)))["factor"].tolist() == ["strategy"]
    assert estimate_power(grid(["a"]), Plan()).empty


def test_only_the_primary_space_counts():
    scores = grid(["a", "b"])
    second = scores.assign(space="glove", score=scores["score"] * 3)

    both = estimate_power(pd.concat([scores, second], ignore_index=True), Plan())

    pd.testing.assert_frame_equal(both, estimate_power(scores, Plan()))
