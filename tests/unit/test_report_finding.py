import re

import pytest

from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.reporting.report.finding import finding
from tests.helpers.results import PLANNED, POOLED, around, omnibus, pair, power_row, results
from tests.helpers.scores import grid

TWO = [*around(80, model="a"), *around(78, model="b", n=20)]
THREE = [*TWO, *around(60, model="c")]
PEOPLE = around(75, provider="people", model="olson", strategy="not-applicable")


def test_one_model_is_not_compared():
    said = finding(results(around(80)))

    assert re.match(r"\*\*a\*\* scored [\d.]+ \[[\d.]+, [\d.]+\] points, 30 of 30 answers", said)
    assert "there is no second model to compare it with" in said


def test_a_leader_is_set_apart_by_its_tests_with_points_and_interval():
    said = finding(results(TWO, [omnibus(), *pair("a", "b")]))

    assert said.startswith("**a** has the highest mean of 2 models (")
    assert "and scored higher than the other (Mann-Whitney, exploratory)." in said
    # points a - b as the table has them
    assert "Its mean is 2.00 points [+1.00, +3.00] above that of b, the next (p = 0.010, " in said


def test_the_direction_of_a_pair_does_not_depend_on_its_order():
    rows = pair("b", "a", points=(-2.0, -3.0, -1.0), delta=(-0.4, -0.6, -0.2))

    said = finding(results(TWO, [omnibus(), *rows]))

    assert "scored higher than the other" in said
    assert "2.00 points [+1.00, +3.00] above that of b" in said


def test_no_difference_is_claimed_where_none_is_shown():
    said = finding(results(TWO, [omnibus(p=0.3), *pair("a", "b", 0.001)]))

    assert said.startswith("Scores were not shown to differ between the models (Kruskal-Wallis")
    assert "that is no evidence that it scores higher" in said
    assert "scored higher" not in said


def test_the_first_is_not_set_apart_from_those_the_tests_do_not_tell_it_from():
    rows = [omnibus(), *pair("a", "b", 0.2), *pair("a", "c"), *pair("b", "c")]

    said = finding(results(THREE, rows))

    assert "scored higher than 1 of the 2 others tested (" in said
    assert "it was not shown to score higher than b." in said


def test_a_highest_mean_that_the_ranks_contradict_is_not_called_higher():
    rows = [omnibus(), *pair("a", "b", delta=(-0.4, -0.6, -0.2))]

    said = finding(results(TWO, rows))

    assert "**a** has the highest mean" in said
    assert "but was not shown to score higher than any other (" in said
    assert "; by the test b scored higher." in said


def test_a_model_with_a_single_list_is_no_winner():
    scores = [*TWO, {"model": "lucky", "score": 99.0}]

    said = finding(results(scores, [omnibus(), *pair("a", "b")]))

    assert said.startswith("**a** has the highest mean of 3 models")
    assert "lucky gave a single unique list and was not tested." in said


@pytest.mark.parametrize(
    ("rows", "plan", "said"),
    [
        ([omnibus()], Plan(tests=("kruskal_wallis",)), "no test of pairs was asked for"),
        ([omnibus()], Plan(), "could not be tested against another model"),
        (pair("a", "b"), Plan(tests=("mann_whitney",)), "scored higher than the other"),
    ],
)
def test_tests_that_were_not_made_are_not_reported_as_made(rows, plan, said):
    assert said in finding(results(TWO, rows, plan=plan))


def test_planned_contrasts_are_told_first_hand():
    plan = Plan(primary=(Contrast("model", "a", "b"),))
    rows = pair("a", "b", role="confirmatory", **PLANNED)

    said = finding(results(TWO, rows, plan=plan))

    assert "As planned: a scored higher than b by 2.00 points [+1.00, +3.00] (n = 30 and" in said


def test_many_planned_contrasts_are_counted():
    names = ["b", "c", "d", "e"]
    scores = [row for place, name in enumerate("abcde") for row in around(80 - place, model=name)]
    plan = Plan(primary=tuple(Contrast("model", "a", name) for name in names))
    rows = [row for name, p in zip(names, (0.01, 0.2, 0.3, 0.4), strict=True)
            for row in pair("a", name, p, role="confirmatory")]  # fmt: skip

    said = finding(results(scores, rows, plan=plan))

    assert "Of the 4 planned contrasts, 1 shows a difference (a over b)." in said


@pytest.mark.parametrize(
    ("p", "delta", "said"),
    [
        (0.01, 0.4, "a scored higher than people (olson) (mean "),
        (0.01, -0.4, "People (olson) scored higher than a (mean "),
        (0.2, 0.4, "a was not shown to differ from people (olson) (mean "),
    ],
)
def test_the_leader_is_compared_with_people_who_are_no_model(p, delta, said):
    rows = pair("a", "olson", p, delta=(delta, delta - 0.1, delta + 0.1))

    text = finding(results([*around(80), *PEOPLE], rows))

    assert said in text
    assert "there is no second model to compare it with" in text


def test_other_factors_are_told_in_a_clause_each():
    rows = [omnibus("strategy", 0.0001), omnibus("temperature", 0.4)]

    assert (
        "Scores differ between the strategies (p < 0.001) and were not shown to differ between the "
        "temperatures (p = 0.400)."
    ) in finding(results(grid(["a"], ["none", "x"], [0.0, 1.0]), rows))


def test_baselines_above_the_leader_are_named():
    random = around(90, provider="baseline", model="random-nouns")

    said = finding(results([*around(80), *random]))

    assert "1 baseline without a language model, random-nouns (89." in said
    assert "a high score alone does not show divergent thinking" in said
    assert "No baseline has a mean above that of a." in finding(results([*around(99), *random]))


def test_limits_come_from_the_numbers():
    scores = [*around(80, model="a"), *around(70, model="b"), *[{"model": "b"}] * 20]
    scores += [
        {"model": "a", "score": 80.0, "scored_words": "x|y", "seed": seed} for seed in (90, 91)
    ]

    said = finding(results(scores, power=[power_row()]), "minimum=5")

    limits = said.partition("Limits: ")[2]
    assert "scores in the space wordnet cannot be compared with published ones" in limits
    assert "the scoring is not the published one" in limits
    # 62 of 82; b has 30 of 50
    assert "only 75.6% of the answers could be scored (60% to 100% by model)" in limits
    assert "62 scorable answers hold 61 unique lists" in limits
    assert "less than 2.35 points between two models of " in limits


def test_unbalanced_models_are_a_limit():
    scores = [*around(80, model="a", strategy="none"), *around(70, model="b", strategy="x")]

    assert "were not all asked in the same conditions (strategy)" in finding(results(scores))


def test_nothing_scorable_and_nothing_but_baselines_are_said_to_be_so():
    nothing = finding(results(grid(["a"], unscorable="a")))
    assert nothing == "None of the 8 answers could be scored."
    assert "Only baselines" in finding(results(grid([])))
    assert finding(results(PEOPLE)).startswith("People (olson) scored 7")


def test_comparisons_across_conditions_that_differ_are_a_caution():
    said = finding(results(TWO, [omnibus(), *pair("a", "b", **POOLED)]))
    assert "scored higher than the other (Mann-Whitney, exploratory; pooled)." in said
    assert "the next (p = 0.010, Benjamini-Hochberg over 3; pooled)." in said
    assert "pooled comparisons are across conditions that differ and may show these" in said

    rows = [omnibus(), *pair("a", "b"), *pair("a", "c", **POOLED), *pair("b", "c")]
    assert "(Mann-Whitney, exploratory; 1 of 2 pooled)" in finding(results(THREE, rows))
    assert "pooled" not in finding(results(TWO, [omnibus(), *pair("a", "b")]))


def test_a_lead_that_turns_where_both_were_asked_is_told_as_it_is():
    rows = [omnibus(), *pair("a", "b", 0.4, points=(-0.5, -1.5, 0.5))]

    said = finding(results(TWO, rows))

    assert "0.50 points [-1.50, +0.50] below that of b, the next; the two were not shown" in said
