import pytest

from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.reporting.report.comparisons import (
    on_factor,
    planned_contrasts,
    tell,
    tell_omnibus,
)
from divergent_bench.reporting.report.design import design
from tests.helpers.results import (
    PLANNED,
    POOLED,
    around,
    degenerate,
    further,
    omnibus,
    pair,
    results,
)

TWO = [*around(80, model="a"), *around(78, model="gpt-b")]


def told(rows, scores=TWO, **given):
    of_run = results(scores, rows, **given)
    return tell(of_run.pairs[0], of_run)


def test_a_difference_is_told_with_n_points_interval_effect_and_adjusted_p():
    assert told(pair("a", "gpt-b")) == (
        "a scored higher than gpt-b by 2.00 points [+1.00, +3.00] (n = 30 and 20 answers, 28 and "
        "19 unique lists; Cliff's delta = +0.40 [+0.20, +0.60]; Mann-Whitney, p = 0.010, "
        "Benjamini-Hochberg over 3)."
    )


def test_the_higher_one_is_named_first_and_the_numbers_turn_with_it():
    rows = pair("a", "gpt-b", points=(-2.0, -3.0, -1.0), delta=(-0.4, -0.6, -0.1))

    assert told(rows).startswith(
        "gpt-b scored higher than a by 2.00 points [+1.00, +3.00] (n = 20 and 30 answers, 19 and "
        "28 unique lists; Cliff's delta = +0.40 [+0.10, +0.60];"
    )


def test_means_that_point_the_other_way_are_told():
    said = told(pair("a", "gpt-b", points=(-2.0, -3.0, -1.0)))

    assert said.startswith("a scored higher than gpt-b by the test, although the difference of")
    assert "-2.00 points [-3.00, -1.00]" in said


def test_what_is_not_shown_is_neither_higher_nor_equal():
    said = told(pair("a", "gpt-b", 0.2, points=(0.5, -0.5, 1.5)))

    assert said.startswith(
        "a and gpt-b were not shown to differ: the mean of a less that of the other is +0.50 "
        "points [-0.50, +1.50] ("
    )
    assert "equal" not in said
    assert "equivalent" not in said


def test_an_interval_does_not_decide():
    said = told(pair("a", "gpt-b", 0.06))

    assert "not shown to differ" in said
    assert "an interval that excludes 0 but does not decide" in said


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.01, "Their means are equivalent within 1 point (90 % interval [-0.40, +0.60]; two one"),
        (0.20, "Nor were they shown to be equivalent within 1 point (90 % interval"),
    ],
)
def test_equivalence_is_claimed_where_its_test_shows_it(p, said):
    row = further("equivalence", "a", "gpt-b", (0.1, -0.4, 0.6), p=p, p_adjusted=p)

    assert said in told([*pair("a", "gpt-b", 0.4), row])


def test_a_test_of_equivalence_that_was_not_made_says_nothing():
    row = further("equivalence", "a", "gpt-b", (0.1, -0.4, 0.6))

    assert "equivalent" not in told([*pair("a", "gpt-b", 0.4), row])


def test_a_pooled_comparison_carries_its_caveat():
    said = told(pair("a", "gpt-b", **POOLED))

    assert said.endswith(
        "Caution: pooled over conditions that differ: strategy may explain the difference."
    )


def test_a_pair_without_a_p_was_not_tested():
    said = told(pair("a", "gpt-b", float("nan"), **degenerate("gpt-b")))

    assert said == "a and gpt-b were not tested (degenerate: gpt-b has one unique list)."
    plan = Plan(tests=("hedges_g",))
    assert told(pair("a", "gpt-b"), plan=plan) == (
        "a and gpt-b were not tested (no test of pairs was asked for)."
    )


def test_the_permutation_test_decides_where_it_is_asked_for_first():
    rows = pair("a", "gpt-b", 0.3)
    rows.append(further("permutation", "a", "gpt-b", (2.0, 1.0, 3.0), p=0.02, p_adjusted=0.02,
                        n_a=30, n_b=20, n_unique_a=28, n_unique_b=19))  # fmt: skip

    said = told(rows, plan=Plan(tests=("permutation", "mann_whitney")))

    assert said.startswith("a scored higher than gpt-b by 2.00 points")
    assert "permutation, p = 0.020" in said


def test_levels_of_other_factors_and_people_are_called_what_they_are():
    rows = pair("none", "etymology", factor="strategy")
    assert told(rows).startswith("Strategy none gave higher scores than strategy etymology by")

    people = around(70, provider="people", model="olson", strategy="not-applicable")
    said = told(pair("olson", "a"), [*TWO, *people])
    assert said.startswith("People (olson) scored higher than a by")


def test_planned_contrasts_come_one_by_one_and_are_not_explored_again():
    plan = Plan(primary=(Contrast("model", "gpt-b", "a"),))
    rows = pair("a", "gpt-b", role="confirmatory", **PLANNED)
    of_run = results(TWO, [omnibus(role="exploratory"), *rows], plan=plan)

    assert list(planned_contrasts(of_run))[1].startswith("- a scored higher than gpt-b by")
    section = "\n".join(on_factor(of_run, "model"))
    assert "Exploratory:" not in section
    assert "This test was exploratory." in section


def test_explored_pairs_are_marked_so_and_counted():
    scores = [*TWO, *around(79, model="c")]
    rows = [omnibus(), *pair("a", "gpt-b"), *pair("a", "c", 0.2), *pair("gpt-b", "c", **POOLED)]

    section = "\n".join(on_factor(results(scores, rows), "model"))

    assert "This test was confirmatory." in section
    assert "Exploratory: 2 of 3 tested pairs differ at 5% (Mann-Whitney, Benjamini-Hoch" in section
    assert "1 pair was not shown to differ, which does not make them equal." in section
    measures = "+2.00 [+1.00, +3.00] | 0.010 | +0.40 [+0.20, +0.60] | 28 / 19"
    assert f"| a | gpt-b | a higher | {measures} | 1 |" in section
    assert f"| gpt-b | c | a higher | {measures} | pooled |" in section
    assert "| a | c | not shown to differ |" in section
    assert "- 1 pair: pooled over conditions that differ" in section


def test_long_tables_of_pairs_are_cut_and_say_where_the_rest_is():
    rows = [row for place in range(31) for row in pair("a", f"m{place}")]

    section = "\n".join(on_factor(results(TWO, rows), "model"))

    assert "The first 30 of 31 pairs; all are in tests.csv." in section
    assert section.count("| a | m") == 30


def test_a_difference_over_all_levels_is_told_with_its_test():
    assert tell_omnibus(omnibus(), results(TWO)) == (
        "Scores differ between the models (Kruskal-Wallis H = 12.50, 80 unique lists, epsilon "
        "squared = 0.25, p < 0.001, Holm over 2). This test was confirmatory."
    )
    not_shown = tell_omnibus(omnibus("strategy", 0.2, role="exploratory"), results(TWO))
    assert not_shown.endswith("This test was exploratory.")
    assert not_shown.startswith("Scores were not shown to differ between the strategies (")


def test_people_left_out_of_the_test_over_all_are_not_said_to_be_in_it():
    people = around(70, provider="people", model="olson", strategy="not-applicable")
    of_run = results([*TWO, *people])
    apart = encode_left_out([LeftOut("model", "olson", Omission.NO_COUNTERPART)])

    said = tell_omnibus(omnibus(left_out=apart), of_run)

    assert "between the models (" in said
    assert "Caution: left out: olson has no counterpart." in said
    assert "between the models and people (" in tell_omnibus(omnibus(), of_run)


def test_degenerate_groups_are_named_as_such():
    scores = [*TWO, *[{"model": "echo", "score": 80.0, "scored_words": "x|y"}] * 9, {"model": "no"}]

    section = "\n".join(on_factor(results(scores, [omnibus()]), "model"))

    assert "echo has one unique list (9 scorable answers): a degenerate group" in section
    assert "no has no scorable answer, so no score to compare." in section


def test_planned_tests_that_could_not_be_done_are_told_with_the_reason():
    plan = Plan(primary=(Contrast("model", "a", "gpt-b"), Contrast("model", "a", "c")))
    rows = [*pair("a", "gpt-b"), *pair("a", "c", float("nan"), **degenerate("c"))]

    section = "\n".join(design(results(TWO, rows, plan=plan)))

    assert "2 contrasts were planned; every other pair is exploratory." in section
    assert (
        "As done: 2 planned contrasts, of which 1 could not be done: a against c (degenerate: c "
        "has one unique list)."
    ) in section


def test_omnibus_tests_are_the_plan_where_no_contrast_is():
    rows = [omnibus(), omnibus("strategy", float("nan"), reason=Omission.EQUAL_SCORES)]

    section = "\n".join(design(results(TWO, rows)))

    assert "No contrast of two levels was planned, so every pair is exploratory." in section
    assert (
        "As done: 2 tests over all levels, of which 1 could not be done: that of the strategies "
        "(all scores are equal)."
    ) in section


def test_planned_contrasts_across_conditions_that_differ_are_counted():
    plan = Plan(primary=(Contrast("model", "a", "gpt-b"),))

    section = "\n".join(design(results(TWO, pair("a", "gpt-b", **POOLED), plan=plan)))

    assert (
        "As done: 1 planned contrast, none left out; 1 of them across conditions that differ"
    ) in section


def test_the_design_counts_who_was_asked_and_what_of_the_grid():
    scores = [*around(80, model="a", strategy="none"), *around(78, model="b", strategy="x", n=9)]
    people = around(70, provider="people", model="olson", strategy="not-applicable", n=5)

    said = "\n".join(design(results([*scores, *people])))

    assert (
        "2 models and 1 group of people; 2 strategies and 1 temperature: 44 answers in 3 "
        "conditions, 5 to 30 per condition. Of the 4 combinations of these, 2 were asked."
    ) in said
    alone = "\n".join(design(results(around(90, provider="baseline", model="oracle"))))
    assert "\n1 baseline: 30 answers in 1 condition, 30 per condition. The unit" in alone
