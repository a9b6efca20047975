"""The table of models against people, and its figure."""

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.people import compare_with_people
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting.figures.people import draw_people
from tests.helpers.figures import (
    LONG,
    Tables,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.scores import grid, scores_table

NO_PROMPT = {"strategy": "not-applicable", "temperature": None}


def answers(model, scores, **key):
    return [{"model": model, "score": float(score), **key} for score in scores]


def people(scores, name="people"):
    return answers(name, scores, provider="people", **NO_PROMPT)


def compared(*rows):
    scores = scores_table(row for part in rows for row in part)
    return compare_with_people(scores, compare(scores, Plan(tests=(), factors=("model",))))


def test_a_model_among_people_by_hand():
    # Ten people: 61 to 79 in steps of 2, mean 70. Upper half: 71 to 79, mean 75; upper quarter,
    # three people: 75 to 79, mean 77; upper tenth: 79. Two are above 75, the median of the model.
    table = compared(answers("a", [70, 74, 76, 80]), people(range(61, 80, 2)))

    (row,) = table.to_dict("records")
    assert [row[name] for name in ("model", "people", "n_scorable", "n_people")] == [
        *("a", "people", 4, 10)
    ]
    assert (row["mean"], row["mean_people"], row["difference"]) == (75, 70, 5)
    assert row["share_of_people_above_median"] == pytest.approx(0.2)
    assert [row[f"mean_upper_{part}"] for part in ("half", "quarter", "tenth")] == [75, 77, 79]
    assert [row[f"difference_upper_{part}"] for part in ("half", "quarter", "tenth")] == [0, -2, -4]


def test_interval_and_p_are_those_of_the_tests_whichever_comes_first():
    scores = grid(["a", "zebra"], people=True, n=30)
    tests = compare(scores, Plan(tests=(), factors=("model",)))

    table = compare_with_people(scores, tests).set_index("model")

    of_a, of_zebra = (
        tests[tests["test"].eq("mean_difference") & tests["group_a"].eq(a) & tests["group_b"].eq(b)]
        for a, b in (("a", "people"), ("people", "zebra"))
    )
    for model, row, sign, ends in (
        ("a", of_a, 1, ["effect_low", "effect_high"]),
        ("zebra", of_zebra, -1, ["effect_high", "effect_low"]),
    ):
        found = table.loc[model]
        assert found["difference"] == pytest.approx(sign * row["effect"].iloc[0])
        expected = [sign * row[end].iloc[0] for end in ends]
        assert [found["difference_low"], found["difference_high"]] == expected
        assert found["p_adjusted"] == row["p_adjusted"].iloc[0]


def test_answers_to_other_prompts_and_without_a_score_do_not_count():
    table = compared(
        answers("a", [70, 72, 74]),
        answers("a", [99, 99, 99], strategy="etymology"),
        [{"model": "a", "outcome": "refused"}],
        answers("elsewhere", [80, 82], strategy="etymology"),
        [{"model": "silent", "outcome": "refused"}],
        people([60, 61, 62]),
    )

    assert table[["model", "n_scorable", "mean"]].to_numpy().tolist() == [["a", 3, 72]]


def test_without_people_there_is_no_row():
    assert compared(answers("a", [70, 72])).empty
    assert compared(people([70, 72, 74])).empty


def test_every_cohort_is_compared():
    table = compared(answers("a", [70, 72, 74]), people([60, 61]), people([80, 81], "study-2"))

    assert table["people"].tolist() == ["people", "study-2"]


def drawn(models, **more):
    return draw_people(Tables(grid(models, people=True, **more))["people"])


CASES = {
    "one": lambda: drawn(["a"]),
    "one answer each": lambda: drawn(["a"], n=1),
    "two with odd names": lambda: drawn(["$x_1^2$", "模型"]),
    "twelve with long names": lambda: drawn([f"{i} {LONG}" for i in range(12)]),
    "sixty with long names": lambda: drawn([f"{i} {LONG}" for i in range(60)], n=3),
    "two cohorts": lambda: draw_people(
        compared(
            answers("a", [70, 72, 74]), people([60, 61]), people([80, 81], f"of a long name {LONG}")
        )
    ),
    "nothing": lambda: draw_people(compared(people([70, 72, 74]))),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(CASES[case]())


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(CASES["two cohorts"])


def test_differences_are_drawn_with_their_intervals_beside_the_best_of_people():
    table = Tables(grid(["a", "b"], people=True, n=30))["people"]
    ordered = table.sort_values("mean", ascending=False)

    left, right = draw_people(table).axes

    assert [label.get_text() for label in left.get_yticklabels()] == ordered["model"].tolist()
    spans = [segment[:, 0].tolist() for segment in left.collections[0].get_segments()]
    assert spans == ordered[["difference_low", "difference_high"]].to_numpy().tolist()
    lines = [line.get_xdata()[0] for line in left.lines if line.get_marker() == "None"]
    first = table.iloc[0]
    upper = [first[f"mean_upper_{part}"] for part in ("half", "quarter", "tenth")]
    assert lines == pytest.approx(
        [mean - first["mean_people"] for mean in (first["mean_people"], *upper)]
    )
    shares = [bar.get_width() for bar in right.patches]
    assert shares == pytest.approx((100 * ordered["share_of_people_above_median"]).tolist())


def test_only_what_is_shown_to_differ_is_filled():
    table = Tables(grid(["a", "b"], people=True, n=30))["people"].assign(p_adjusted=[0.05, 0.06])

    marks = [line for line in draw_people(table).axes[0].lines if line.get_marker() == "o"]

    filled, hollow = (mark.get_xdata().tolist() for mark in marks)
    assert filled == table.loc[table["p_adjusted"].le(0.05), "difference"].tolist()
    assert hollow == table.loc[table["p_adjusted"].gt(0.05), "difference"].tolist()
    assert marks[1].get_markerfacecolor() == "white"


def test_a_pair_without_a_p_value_is_said_not_to_be_tested():
    table = Tables(grid(["a"], people=True))["people"]
    untested = table.assign(p_adjusted=np.nan, difference_low=np.nan, difference_high=np.nan)

    assert "not tested" in texts_of(draw_people(untested))
    assert "not tested" not in texts_of(draw_people(table))


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    table = Tables(grid(["a", "b", "c"], people=True))["people"]
    shuffled = table.sample(frac=1, random_state=1)

    assert_same_bytes(draw_people(table), draw_people(pd.DataFrame(shuffled)), tmp_path)
