"""Which differences the answers could show."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.power import TTestIndPower

from divergent_bench.analysis.statistics.power import (
    can_reject,
    estimate_power,
    n_per_group,
    smallest_difference,
)
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from divergent_bench.design.analysis_plan import Contrast, Plan
from tests.helpers.scores import condition, grid, scores_table


@pytest.mark.parametrize(
    ("comparisons", "expected"), [(1, [64, 143, 394]), (45, [138, 306, 845])], ids=str
)
def test_answers_that_one_point_needs(comparisons, expected):
    assert [n_per_group(sd, alpha=0.05 / comparisons) for sd in (2, 3, 5)] == expected


@pytest.mark.parametrize("n", [3, 64, 1500])
@pytest.mark.parametrize("power", [0.8, 0.95])
def test_the_smallest_difference_agrees_with_statsmodels(n, power):
    expected = TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=power)

    found = smallest_difference(3 * np.sqrt(2 / n), 2 * n - 2, power=power)
    assert found == pytest.approx(3 * expected, rel=1e-5)


@pytest.mark.parametrize("comparisons", [1, 45, 1_000])
@pytest.mark.parametrize("sd", [0.3, 2, 30])
def test_n_is_the_first_that_is_enough(sd, comparisons):
    alpha = 0.05 / comparisons
    n = n_per_group(sd, alpha=alpha)

    def shown(n):
        return smallest_difference(sd * np.sqrt(2 / n), 2 * n - 2, alpha)

    assert shown(n) <= 1
    assert n == 2 or shown(n - 1) > 1


@pytest.mark.parametrize(
    ("sizes", "alpha", "expected"),
    [
        ([(5, 5)], 0.05, True),  # 2 of 252 ways
        ([(5, 5)], 0.05 / 45, False),
        ([(3, 3)], 0.05, False),  # 2 of 20
        ([(3, 3), (3, 3)], 0.05, True),  # 2 of 400
        ([(25, 25)], 1e-9, True),  # by t
        ([(20, 90)], 1e-5, False),  # 1 of 5,000 that are drawn
        ([(30, 1)], 0.05, False),
    ],
    ids=str,
)
def test_where_no_scores_could_reject_nothing_is_promised(sizes, alpha, expected):
    assert can_reject(sizes, alpha) == expected


def test_two_models_by_hand():
    spread = np.linspace(-1, 1, 30)
    rows = condition(70 + spread, model="a") + condition(80 + 2 * spread, model="b")

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    sds = spread.std(ddof=1) * np.array([1, 2])
    expected = ttest_ind(70 + spread, 80 + 2 * spread, equal_var=False)
    assert (row["space"], row["factor"]) == ("wordnet", "model")
    assert (row["n_comparisons"], row["alpha"], row["n_cannot_reject"]) == (1, 0.05, 0)
    assert row["sd"] == pytest.approx(sds.mean())
    se = np.sqrt((sds**2 / 30).sum())
    assert row["smallest_difference"] == pytest.approx(smallest_difference(se, expected.df))
    assert row["smallest_difference_alone"] == row["smallest_difference"]
    assert row["n_for_one_point"] == n_per_group(row["sd"])
    assert pd.isna([row[name] for name in ("reason", "left_out", "note")]).all()


def test_every_pair_counts_as_a_comparison_unless_contrasts_are_planned():
    scores = grid(["a", "b", "c", "d"], ["none", "etymology"], n=20)
    planned = (Contrast("model", "a", "b"), Contrast("model", "a", "c"))

    pairs = estimate_power(scores, Plan()).set_index("factor")
    contrasts = estimate_power(scores, Plan(primary=planned)).set_index("factor")

    assert pairs["n_comparisons"].to_dict() == {"model": 6, "strategy": 1}
    assert pairs.loc["model", "alpha"] == pytest.approx(0.05 / 6)
    assert contrasts["n_comparisons"].to_dict() == {"model": 2, "strategy": 1}
    assert contrasts.loc["model", "alpha"] == 0.025
    contrast = contrasts.loc["model"]
    assert contrast["smallest_difference_alone"] < contrast["smallest_difference"]
    assert pairs.loc["model", "smallest_difference"] > contrast["smallest_difference"]


def test_answers_that_repeat_a_list_count():
    rows = [
        row
        for model in "ab"
        for row in condition([70] * 99 + [78], model=model, scored_words=f"{model}|same")
    ]

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    sd = np.array([70] * 99 + [78]).std(ddof=1)
    assert row["smallest_difference"] == pytest.approx(smallest_difference(sd * 0.02**0.5, 198))


def test_the_worst_pair_is_told_beside_the_median_one():
    spread = np.linspace(-3, 3, 40)
    rows = [row for model in "abcd" for row in condition(80 + spread, model=model)]
    rows += condition([77, 83], model="e")

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    # Two answers can be shared out among 42 in 861 ways, more than ten comparisons need.
    assert row["n_cannot_reject"] == 0
    assert row["smallest_difference_worst"] > 2 * row["smallest_difference"]


@pytest.mark.parametrize("unit", ["strategy", "wording"])
def test_few_answers_that_are_compared_by_cells_or_wordings_can_show_something(unit):
    # Five answers of each model, ten comparisons: permutations could not, and none are made.
    rng = np.random.default_rng(1)
    rows = [
        {"model": model, unit: f"s{place}" if unit == "strategy" else place, "score": score}
        for model in "abcde"
        for place, score in enumerate(rng.normal(80, 2, 5))
    ]

    (row,) = estimate_power(scores_table(rows), Plan(factors=("model",))).to_dict("records")

    assert (row["n_cannot_reject"], row["n_comparisons"]) == (0, 10)
    assert row["smallest_difference"] > 0
    assert pd.isna(row["reason"])
    assert pd.isna(row["n_for_one_point"]) == (unit == "strategy")  # no spread within a cell


def test_levels_without_two_answers_are_left_out():
    rows = condition([70, 74, 71], model="a") + condition([70, 74, 75], model="b")
    rows += [{"model": "c", "score": 60.0}, {"model": "d"}]

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    assert row["n_comparisons"] == 1
    assert left_out(row) == [
        LeftOut("model", "c", Omission.TOO_FEW_ANSWERS),
        LeftOut("model", "d", Omission.NONE_SCORABLE),
    ]
    alone = estimate_power(scores_table(rows[6:]), Plan()).iloc[0]
    assert (alone["n_comparisons"], alone["reason"]) == (0, Omission.TOO_FEW_LEVELS)
    assert alone[["alpha", "sd", "smallest_difference", "n_for_one_point"]].isna().all()


def test_scores_that_do_not_vary_say_nothing_of_power():
    rows = condition([80.0] * 9, model="a") + condition([80.0] * 9, model="b")

    (row,) = estimate_power(scores_table(rows), Plan()).to_dict("records")

    assert pd.isna(row["smallest_difference"])
    assert row["reason"] == Omission.NO_VARIATION


def test_baselines_take_no_part_and_people_stand_beside_the_models():
    models = grid(["a", "b"], ["none", "etymology"], baselines=False)

    table = estimate_power(
        grid(["a", "b"], ["none", "etymology"], baselines=False, people=True), Plan()
    )

    assert table.set_index("factor")["n_comparisons"].to_dict() == {"model": 3, "strategy": 1}
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
