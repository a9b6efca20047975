"""What is said of a pair of levels, and of all pairs of a factor, is what its rows hold."""

import re

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
    crossing,
    further,
    omnibus,
    pair,
    results,
    says,
    untested,
)

TWO = [*around(80, model="a"), *around(78, model="gpt-b")]
PEOPLE = around(70, provider="people", model="olson", strategy="not-applicable")
NAN = float("nan")
BELOW, LESS = (-2.0, -3.0, -1.0), (0.3, 0.2, 0.4)
CELLS = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}


def told(rows, scores=TWO, brief=False, **given):
    of_run = results(scores, rows, **given)
    return tell(of_run.pairs[0], of_run, brief=brief)


def section(rows, scores=TWO, factor="model", **given):
    return "\n\n".join(filter(None, on_factor(results(scores, rows, **given), factor)))


def row_of(text, *cells):
    """Return the cells of the one row of a table that begins with these."""
    (line,) = [e for e in text.splitlines() if e.startswith(f"| {' | '.join(cells)} |")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_a_difference_is_told_with_n_points_interval_effect_and_adjusted_p():
    said = told(pair("a", "gpt-b"))

    assert says(said, "a scored higher than gpt-b by 2.00 points [+1.00, +3.00]", "30 and 20")
    assert says(said, "P(first > second) = 0.70 [0.60, 0.80]")
    assert says(said, "difference of means, p = 0.010, Benjamini-Hochberg over 3")
    short = told(pair("a", "gpt-b"), brief=True)
    assert says(short, "a scored higher than gpt-b by 2.00 points", "p = 0.010")
    assert "30 and 20" not in short


def test_the_higher_one_is_named_first_and_the_numbers_turn_with_it():
    said = told(pair("a", "gpt-b", points=BELOW, chance=(0.3, 0.2, 0.45)))

    assert says(said, "gpt-b scored higher than a by 2.00 points [+1.00, +3.00]", "20 and 30")
    assert says(said, "P(first > second) = 0.70 [0.55, 0.80]")


def test_a_random_permutation_is_told_from_a_distribution():
    assert "permutations" in told(pair("a", "gpt-b", computation="random_permutations"))
    assert "all permutations" in told(pair("a", "gpt-b", computation="all_permutations"))
    assert "permutation" not in told(pair("a", "gpt-b"))


def test_ranks_that_point_the_other_way_are_told_with_their_number():
    said = told(pair("a", "gpt-b", chance=LESS))

    assert says(said, "a scored higher than gpt-b by 2.00 points")
    assert says(said, "Ranks point the other way", "a scores higher than one of gpt-b", "0.30")
    assert "other way" not in told(pair("a", "gpt-b"))
    assert "other way" not in told(pair("a", "gpt-b", chance=(0.5, 0.4, 0.6)))


def test_means_that_point_the_other_way_are_told_where_ranks_decide():
    said = told(pair("a", "gpt-b", chance=LESS), plan=Plan(decided_by="mann_whitney"))

    assert says(said, "gpt-b scored higher than a")
    assert says(said, "gpt-b is 2.00 points [+1.00, +3.00] below")
    assert not says(said, "a scored higher than gpt-b")


@pytest.mark.parametrize("points", [(0.5, -0.5, 1.5), (-0.5, -1.5, 0.5)])
def test_what_is_not_shown_is_neither_higher_nor_equal(points):
    said = told(pair("a", "gpt-b", 0.2, points=points))

    first, other = ("a", "gpt-b") if points[0] > 0 else ("gpt-b", "a")
    assert says(said, f"{first} and {other} were not shown to differ")
    assert says(said, first, "0.50 points [-0.50, +1.50] above", other)
    assert not re.search("equal|equivalent|scored higher", said)


def test_a_pair_that_depends_on_the_prompt_is_told_in_each_prompt():
    said = told([*pair("a", "gpt-b"), *crossing("a", "gpt-b", CELLS)])

    assert says(said, "a and gpt-b", "depends on the prompt")
    assert says(said, "a less that of gpt-b", "+6.00 [+4.00, +8.00]", "prompt x", "-3.00")
    assert says(said, "-3.00 [-5.00, -1.00]", "prompt y")
    assert not says(said, "scored higher")


def test_simple_effects_turn_with_the_names():
    rows = [*pair("a", "gpt-b", points=BELOW), *crossing("a", "gpt-b", CELLS)]

    said = told(rows)

    assert says(said, "gpt-b less that of a", "+3.00 [+1.00, +5.00]", "prompt y", "-6.00")


def test_many_cells_are_told_by_their_range_and_how_many_show_whom():
    cells = {
        f"strategy=s{place} temperature={place % 2}": (effect, effect - 1.5, effect + 1.5)
        for place, effect in enumerate([6, 5, 4, 3, 1, 0.5, -0.5, -1, -2, -3])
    }

    said = told([*pair("a", "gpt-b"), *crossing("a", "gpt-b", cells)])

    assert says(said, "depends on the combination of prompt and temperature")
    assert says(said, "between -3.00 points (prompt s9, temperature 1) and +6.00", "prompt s0")
    assert says(said, "10 cells", "a is shown to be higher in 4 and gpt-b in 2", "Holm over 10")


@pytest.mark.parametrize(("p", "shown"), [(0.01, True), (0.20, False)])
def test_equivalence_is_claimed_where_its_test_shows_it(p, shown):
    row = further("equivalence", "a", "gpt-b", (0.1, -0.4, 0.6), p=p, p_adjusted=p)

    said = told([*pair("a", "gpt-b", 0.4), row])

    assert says(said, "equivalent within 1 point", "90 % interval [-0.40, +0.60]")
    assert ("Their means are equivalent" in said) == shown
    assert ("Nor were they shown" in said) == (not shown)


def test_a_test_of_equivalence_that_was_not_made_says_nothing():
    row = further("equivalence", "a", "gpt-b", (0.1, -0.4, 0.6))

    assert "equivalent" not in told([*pair("a", "gpt-b", 0.4), row])


def test_a_pooled_comparison_carries_its_caveat():
    said = told(pair("a", "gpt-b", **POOLED))

    assert says(said, "Caution", "pooled", "strategy may explain the difference")


def test_constant_answers_differ_without_an_interval_and_for_these_prompts():
    said = told(pair("a", "gpt-b", points=(15.0, NAN, NAN), reason=Omission.NO_VARIATION))

    assert says(said, "a scored higher than gpt-b by 15.00 points")
    assert "15.00 points [" not in said
    assert says(said, "Caution", "holds for these prompts", "no interval")


def test_a_pair_without_a_p_was_not_tested():
    said = told(pair("a", "gpt-b", NAN, **untested("gpt-b")))

    assert says(said, "a and gpt-b were not tested", "gpt-b has no scorable answer")
    assert "differ" not in said
    unplanned = told(pair("a", "gpt-b"), plan=Plan(tests=()))
    assert says(unplanned, "not tested", "no test of pairs was asked for")


def test_the_test_of_the_plan_decides():
    rows = pair("a", "gpt-b", 0.3)
    rows.append(further("permutation", "a", "gpt-b", (2.0, 1.0, 3.0), p=0.02, p_adjusted=0.02,
                        n_a=30, n_b=20))  # fmt: skip

    said = told(rows, plan=Plan(tests=("permutation",), decided_by="permutation"))

    assert says(said, "a scored higher than gpt-b", "permutation of means, p = 0.020")
    assert says(told(rows), "not shown to differ", "p = 0.300")


def test_levels_of_other_factors_and_people_are_called_what_they_are():
    rows = pair("none", "etymology", factor="strategy")
    assert told(rows).startswith("Strategy none gave higher scores than strategy etymology by")

    said = told(pair("olson", "a"), [*TWO, *PEOPLE])
    assert said.startswith("People (olson) scored higher than a by")


def test_planned_contrasts_come_one_by_one_and_are_not_explored_again():
    plan = Plan(primary=(Contrast("model", "gpt-b", "a"),))
    rows = [omnibus(), *pair("a", "gpt-b", **PLANNED)]

    said = "\n".join(planned_contrasts(results(TWO, rows, plan=plan)))

    assert says(said, "- a scored higher than gpt-b", "Holm over 1")
    explored = section(rows, plan=plan)
    assert "tested pair" not in explored
    assert "| a |" not in explored


def test_the_word_confirmatory_is_for_what_was_planned():
    plan = Plan(primary=(Contrast("model", "a", "gpt-b"),))
    rows = [omnibus(), *pair("a", "gpt-b"), *pair("a", "c"), *crossing("a", "c", CELLS)]

    for given in ({}, {"plan": plan}):
        assert "confirmatory" not in section(rows, [*TWO, *around(79, model="c")], **given)
    assert says(section(rows), "2 tested pairs", "exploratory")


def test_explored_pairs_are_counted_and_listed_with_the_higher_one_first():
    scores = [*TWO, *around(79, model="c"), *around(79, model="d")]
    rows = [
        omnibus(),
        *pair("a", "gpt-b"),
        *pair("a", "c", 0.2, points=(-0.5, -1.0, 2.0)),
        *pair("a", "d", 0.4, points=(0.5, -1.0, 2.0)),
        *pair("gpt-b", "c", points=BELOW, chance=LESS, **POOLED),
    ]

    said = section(rows, scores)

    assert says(
        said, "2 of 4 tested pairs are shown to differ", "Benjamini-Hochberg over 3", "exploratory"
    )
    # In the order of the ranking: p is smaller for c and a.
    assert says(said, "not make them equal", "a and d", "c and a")
    numbers = ["+2.00 [+1.00, +3.00]", "0.010", "0.70 [0.60, 0.80]"]
    assert row_of(said, "a", "gpt-b")[2:] == ["a higher", *numbers, "30 / 20", "1"]
    assert row_of(said, "c", "gpt-b")[2:] == ["a higher", *numbers, "20 / 30", "pooled"]
    assert row_of(said, "c", "a")[2:4] == ["not shown to differ", "+0.50 [-2.00, +1.00]"]
    assert says(said, "Intervals", "98.0 %", "leaves 0 out exactly where p is at most 0.05")
    assert says(said, "1 pair", "pooled over conditions that differ")


def test_pairs_without_a_single_verdict_are_told_in_sentence_and_table_alike():
    rows = [*pair("a", "gpt-b"), *pair("a", "c"), *crossing("a", "c", CELLS)]

    said = section(rows, [*TWO, *around(79, model="c")])

    assert says(said, "1 of 2 tested pairs is shown to differ")
    assert says(said, "In 1 pair", "depends on the prompt", "no single verdict")
    assert says(said, "a less that of c", "+6.00", "prompt x", "-3.00", "prompt y")
    assert row_of(said, "a", "c")[2] == "depends on the prompt"
    assert not says(said, "not make them equal", "c")


def test_long_tables_of_pairs_are_cut_and_say_where_the_rest_is():
    rows = [row for place in range(31) for row in pair("a", f"m{place}")]

    said = section(rows)

    assert says(said, "The first 30 of 31 pairs", "tests.csv")
    assert said.count("| a | m") == 30


def test_many_pairs_that_depend_are_cut_too():
    names = [f"m{place}" for place in range(12)]
    rows = [row for name in names for row in [*pair("a", name), *crossing("a", name, CELLS)]]

    said = section(rows)

    assert said.count("less that of") == 10
    assert says(said, "2 further pairs", "tests.csv")


def test_nothing_is_counted_where_nothing_was_asked_for_or_could_be_tested():
    assert "No test of pairs was asked for" in section(pair("a", "gpt-b"), plan=Plan(tests=()))
    assert "could be tested" in section(pair("a", "gpt-b", NAN, **untested("gpt-b")))
    assert section([]) == ""


def test_what_models_leave_out_beside_people_is_said_once():
    rows = [
        row
        for name in ("a", "gpt-b")
        for row in pair(name, "olson", n_unmatched_a=180)
    ]  # fmt: skip

    said = section([*rows, *pair("a", "gpt-b", n_unmatched_a=7)], [*TWO, *PEOPLE])

    assert says(said, "Beside people", "plain prompt alone")
    assert "180 of 210" not in said
    assert says(said, "7 of 37 answers of a left out")


def test_a_difference_over_all_levels_is_told_in_terms_of_ranks():
    said = tell_omnibus(omnibus(), results(TWO))

    assert says(said, "By ranks", "differ between the 3 models", "H = 12.50", "90 answers")
    assert says(said, "epsilon squared = 0.25", "p < 0.001")
    not_shown = tell_omnibus(omnibus("strategy", 0.2), results(TWO))
    assert says(not_shown, "not shown to differ between the 3 strategies")
    untold = omnibus(p_adjusted=NAN, reason=Omission.EQUAL_SCORES)
    assert says(tell_omnibus(untold, results(TWO)), "not tested", "all scores are equal")


def test_who_is_not_in_the_test_over_all_is_named():
    apart = encode_left_out([LeftOut("model", "olson", Omission.NO_COUNTERPART)])

    said = tell_omnibus(omnibus(left_out=apart), results([*TWO, *PEOPLE]))

    assert says(said, "3 models")
    assert says(said, "left out", "no counterpart for olson")


def test_groups_of_people_alone_are_no_models():
    groups = [*PEOPLE, *around(72, provider="people", model="youth", strategy="not-applicable")]

    said = tell_omnibus(omnibus(n_groups=2), results(groups))

    assert says(said, "2 groups of people")
    assert "model" not in said


def test_a_trend_is_claimed_where_its_test_shows_it():
    slope = {"test": "trend", "factor": "temperature", "role": "exploratory", "effect": 0.7}
    slope |= {"effect_low": 0.2, "effect_high": 1.2, "p": 0.01, "p_adjusted": 0.01}
    slope |= {"adjusted_by": "benjamini-hochberg", "adjusted_over": 2}
    rows = pair("0", "1", factor="temperature")

    shown = section([*rows, slope], factor="temperature")
    flat = section([*rows, slope | {"p_adjusted": 0.3}], factor="temperature")

    assert says(shown, "change with temperature by +0.70 [+0.20, +1.20]", "p = 0.010")
    assert says(flat, "not shown to change with temperature", "+0.70 [+0.20, +1.20]")


def test_planned_tests_that_could_not_be_done_are_told_with_the_reason():
    plan = Plan(primary=(Contrast("model", "a", "gpt-b"), Contrast("model", "a", "c")))
    rows = [*pair("a", "gpt-b", **PLANNED), *pair("a", "c", NAN, **untested("c"))]

    said = "\n".join(design(results(TWO, rows, plan=plan)))

    assert says(said, "2 contrasts were planned", "every other pair is exploratory")
    assert says(said, "2 planned contrasts", "1 could not be tested", "a against c")
    assert says(said, "c has no scorable answer")


def test_where_nothing_was_planned_nothing_is_done_as_planned():
    said = "\n".join(design(results(TWO, pair("a", "gpt-b"))))

    assert says(said, "No contrast of two levels was planned", "exploratory")
    assert "As done" not in said
    assert "nothing was compared" in "\n".join(design(results(TWO)))
    assert "no test was asked for" in "\n".join(design(results(TWO, plan=Plan(tests=()))))


@pytest.mark.parametrize(
    ("decider", "named"),
    [
        ("mean", "the difference of means"),
        ("mann_whitney", "the Mann-Whitney test"),
        ("permutation", "the permutation of means"),
    ],
)
def test_the_design_names_what_decides(decider, named):
    said = "\n".join(design(results(TWO, plan=Plan(decided_by=decider))))

    assert says(said, "decided by", named)


def test_planned_contrasts_across_conditions_that_differ_are_counted():
    plan = Plan(primary=(Contrast("model", "a", "gpt-b"),))

    said = "\n".join(design(results(TWO, pair("a", "gpt-b", **PLANNED, **POOLED), plan=plan)))

    assert says(said, "1 planned contrast, none left out", "1 of them", "pooled")


def test_the_design_counts_who_was_asked_and_what_of_the_grid():
    scores = [*around(80, model="a", strategy="none"), *around(78, model="b", strategy="x", n=9)]

    said = "\n".join(design(results([*scores, *PEOPLE[:5]])))

    assert says(said, "2 models and 1 group of people", "2 strategies and 1 temperature")
    assert says(said, "44 answers in 3 conditions, 5 to 30 per condition")
    assert says(said, "Of the 4 combinations", "2 were asked")
    alone = "\n".join(design(results(around(90, provider="baseline", model="oracle"))))
    assert says(alone, "1 baseline", "30 answers in 1 condition, 30 per condition")
    assert "unique" not in said


@pytest.mark.parametrize(("wordings", "reach"), [(1, "no other"), (4, "no other"), (5, "5 ways")])
def test_how_far_results_reach_depends_on_the_wordings(wordings, reach):
    worded = [row | {"wording": n % wordings} for n, row in enumerate(TWO)]

    said = "\n".join(design(results(worded)))

    assert says(said, reach)
    assert ("clustered" in said) == (wordings >= 5)
