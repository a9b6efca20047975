"""The finding says what the tables hold of who leads, and nothing that they do not hold."""

import re

import pandas as pd
import pytest

from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.reporting.report.finding import finding
from tests.helpers.results import (
    PLANNED,
    POOLED,
    around,
    computed,
    crossing,
    omnibus,
    pair,
    power_row,
    results,
    same,
    says,
    table,
    untested,
)
from tests.helpers.scores import grid, scores_table

TWO = [*around(80, model="a"), *around(78, model="b", n=20)]
THREE = [*TWO, *around(60, model="c")]
PEOPLE = around(75, provider="people", model="olson", strategy="not-applicable")
NAN = float("nan")
HIGHER = re.compile(r"scored higher|scores higher|is higher")
ABOVE, BELOW = (2.0, 1.0, 3.0), (-2.0, -3.0, -1.0)


def said_of(scores, rows=(), **given):
    return finding(results(scores, rows, **given))


def bullet(text, start):
    """Return the one bullet of a finding that starts so."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"- {start}")]
    return found


def test_one_model_is_not_compared():
    said = said_of(around(80))

    assert says(said, "a", "30 of 30 answers", "no second model")
    assert not HIGHER.search(said)


def test_a_leader_is_set_apart_by_its_tests_with_points_and_interval():
    said = said_of(TWO, pair("a", "b"))

    assert says(said, "a", "highest mean of 2 models", "30 of 30")
    assert says(said, "scored higher than the other", "exploratory")
    assert says(said, "2.00 points [+1.00, +3.00] above", "b")
    assert says(said, "rank is 1")


def test_the_direction_of_a_pair_does_not_depend_on_its_order():
    said = said_of(TWO, pair("b", "a", points=BELOW, chance=(0.3, 0.2, 0.4)))

    assert says(said, "a", "highest mean")
    assert says(said, "scored higher than the other")
    assert says(said, "2.00 points [+1.00, +3.00] above", "b")


def test_no_difference_is_claimed_where_none_is_shown():
    said = said_of(TWO, pair("a", "b", 0.3, points=(0.5, -0.5, 1.5)))

    assert says(said, "No model was shown to score lower")
    assert says(said, "not told apart from b")
    assert says(said, "rank is between 1 and 2")
    assert says(said, "0.50 points [-0.50, +1.50] above", "b")
    assert not HIGHER.search(said)
    assert "equal" not in said


@pytest.mark.parametrize(
    ("p", "others", "rank"),
    [
        ((0.01, 0.01), "each of the 2 others", "is 1"),
        ((0.2, 0.01), "1 of the 2 others", "is between 1 and 2"),
        ((0.2, 0.2), None, "is between 1 and 3"),
    ],
)
def test_all_some_or_none_of_the_others_are_below(p, others, rank):
    said = said_of(THREE, [*pair("a", "b", p[0]), *pair("a", "c", p[1]), *pair("b", "c")])

    level = [name for name, each in zip("bc", p, strict=True) if each > 0.05]
    assert says(said, "scored higher than", others) if others else not HIGHER.search(said)
    assert says(said, "rank", rank)
    assert ("not told apart" in said) == bool(level)
    for name in level:
        assert says(said, "not told apart", name)


def test_a_rank_is_not_told_by_another_test_than_that_of_means():
    rows = pair("a", "b")

    assert "rank is" in said_of(TWO, rows)
    assert "rank is" not in said_of(TWO, rows, plan=Plan(decided_by="mann_whitney"))


def test_a_pair_that_depends_on_the_prompt_is_nowhere_called_higher():
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}

    said = said_of(TWO, [*pair("a", "b"), *crossing("a", "b", cells)])

    assert says(said, "above b depends on the prompt", "-3.00", "prompt y", "+6.00", "prompt x")
    assert says(said, "No model was shown to score lower")
    assert not re.search("scored higher", said)
    assert "not told apart" not in said
    # Nor is the mean difference, which has no verdict, told in the place of one.
    assert "2.00 points" not in said


def test_what_depends_on_several_factors_depends_on_their_combination():
    cells = {
        "strategy=x temperature=0": (6.0, 4.0, 8.0),
        "strategy=y temperature=1": (-3.0, -5.0, -1.0),
    }

    said = said_of(TWO, [*pair("a", "b"), *crossing("a", "b", cells)])

    assert says(said, "depends on the combination of prompt and temperature", "+6.00")


def test_wordings_are_something_a_pair_can_depend_on():
    cells = {"strategy=x wording=0": (6.0, 4.0, 8.0), "strategy=x wording=1": (-3.0, -5.0, -1.0)}

    said = said_of(TWO, [*pair("a", "b"), *crossing("a", "b", cells)])

    assert says(said, "depends on the wording", "wording 1", "wording 0")


def test_many_pairs_that_depend_are_named_and_not_spelt_out():
    scores = [row for place, name in enumerate("abcde") for row in around(80 - place, model=name)]
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}
    rows = [row for name in "bcd" for row in [*pair("a", name), *crossing("a", name, cells)]]

    said = said_of(scores, [*rows, *pair("a", "e")])

    assert says(said, "scored higher than 1 of the 4 others")
    assert says(said, "3 others", "b, c and d", "depends on the prompt")


def test_a_crossing_that_is_not_shown_changes_nothing():
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}

    said = said_of(TWO, [*pair("a", "b"), *crossing("a", "b", cells, p=0.2)])

    assert "depends" not in said
    assert says(said, "scored higher than the other")


def test_ranks_that_contradict_the_highest_mean_are_told_where_they_decide():
    plan = Plan(decided_by="mann_whitney")

    said = said_of(TWO, pair("a", "b", chance=(0.3, 0.2, 0.4)), plan=plan)

    assert says(said, "a", "highest mean")
    assert says(said, "No model was shown to score lower")
    assert says(said, "But", "b scored higher")
    assert says(said, "2.00 points [+1.00, +3.00] above", "b")


def test_a_lead_that_turns_in_the_cells_the_two_share_is_told_as_it_is():
    said = said_of(TWO, pair("a", "b", 0.4, points=(-0.5, -1.5, 0.5)))

    assert says(said, "0.50 points [-0.50, +1.50] below", "b")


def test_the_next_in_the_ranking_is_the_next_in_the_ranking():
    # b, the second, was not compared: c is not passed off as the next.
    said = said_of(THREE, pair("a", "c"))

    assert "next in the ranking" not in said


def test_models_with_the_same_mean_both_have_the_highest():
    said = said_of([*same(80, model="a"), *same(80, model="b"), *around(60, model="c")])

    assert says(said, "a", "highest mean")
    assert says(said, "b is the same")


def test_answers_that_are_always_the_same_differ_without_an_interval():
    rows = pair("a", "b", 0.0001, points=(15.0, NAN, NAN), reason=Omission.NO_VARIATION)

    said = said_of([*same(95, model="a"), *same(80, model="b")], rows)

    assert says(said, "scored higher than the other")
    assert says(said, "15.00 points above", "b")
    assert says(said, "holds for these prompts", "no interval")
    assert "points [" not in said.partition("\n")[2]


@pytest.mark.parametrize(
    ("rows", "plan", "said"),
    [
        ([omnibus()], Plan(tests=()), "No test of pairs was asked for"),
        ([omnibus()], Plan(), "could not be tested against another model"),
        (pair("a", "b", NAN, **untested("b")), Plan(), "could not be tested"),
    ],
)
def test_tests_that_were_not_made_are_not_reported_as_made(rows, plan, said):
    text = said_of(TWO, rows, plan=plan)

    assert said in text
    assert not HIGHER.search(text)


def test_planned_contrasts_and_only_these_are_called_planned():
    plan = Plan(primary=(Contrast("model", "a", "b"),))
    rows = [*pair("a", "b", **PLANNED), *pair("a", "c"), *pair("b", "c")]

    said = said_of(THREE, rows, plan=plan)

    assert says(said, "1 planned, the others exploratory")
    contrast = bullet(said, "Planned contrast")
    assert says(contrast, "a scored higher than b by 2.00 points [+1.00, +3.00]", "Holm over 1")
    assert said.count("Planned") == 1
    assert "lanned" not in said_of(THREE, rows)
    for text in (said, said_of(THREE, rows)):
        assert "confirmatory" not in text


def test_a_planned_contrast_that_depends_on_the_prompt_has_no_winner():
    plan = Plan(primary=(Contrast("model", "a", "b"),))
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}

    said = said_of(TWO, [*pair("a", "b", **PLANNED), *crossing("a", "b", cells)], plan=plan)

    contrast = bullet(said, "Planned contrast")
    assert says(contrast, "a and b", "depends on the prompt")
    assert says(contrast, "a less that of b", "+6.00 [+4.00, +8.00]", "prompt x", "-3.00")
    assert "scored higher" not in contrast


def test_many_planned_contrasts_are_counted():
    names = ["b", "c", "d", "e"]
    scores = [row for place, name in enumerate("abcde") for row in around(80 - place, model=name)]
    plan = Plan(primary=tuple(Contrast("model", "a", name) for name in names))
    tested = zip(names, (0.01, 0.2, 0.3, 0.01), strict=True)
    rows = [row for name, p in tested for row in pair("a", name, p, **PLANNED)]
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}

    said = said_of(scores, [*rows, *crossing("a", "e", cells)], plan=plan)

    assert says(said, "4 planned contrasts", "1 shows a difference", "a over b")
    assert "over e" not in said
    assert says(said, "In 1", "depends")


@pytest.mark.parametrize(
    ("p", "points", "parts"),
    [
        (0.01, ABOVE, ("a scored higher than people (olson)", "74.78")),
        (0.01, BELOW, ("a scored lower than people (olson)", "74.78")),
        (0.2, (0.5, -1.0, 2.0), ("a was not shown to differ from people (olson)", "74.78")),
    ],
)
def test_the_leader_is_compared_with_people_in_the_plain_prompt(p, points, parts):
    said = said_of([*around(80), *PEOPLE], pair("a", "olson", p, points=points))

    assert says(said, "In the plain prompt", *parts)
    value, low, high = points
    where = "above" if value > 0 else "below"
    low, high = (low, high) if value > 0 else (-high, -low)
    assert says(said, "it is", f"{abs(value):.2f} points [{low:+.2f}, {high:+.2f}] {where}")
    assert "there is no second model to compare it with" in said


def test_people_who_could_not_be_compared_are_told_alone():
    said = said_of([*around(80), *PEOPLE])

    assert says(said, "People (olson)", "scored", "30 of 30 lists")
    assert not HIGHER.search(said)


@pytest.mark.parametrize(
    ("p", "verb"), [(0.01, "scored higher than"), (0.4, "not shown to differ")]
)
def test_two_groups_of_people_are_compared_with_each_other(p, verb):
    others = around(73, provider="people", model="rest", strategy="not-applicable")

    said = said_of([*PEOPLE, *others], pair("olson", "rest", p, points=ABOVE))

    assert says(said, "People (olson)", verb)
    assert says(said, "people (rest)", "2.00 points [+1.00, +3.00]")
    assert "two models" not in said


def test_other_factors_are_told_by_their_pairs_and_the_trend():
    cells = {"model=a": (6.0, 4.0, 8.0), "model=b": (-3.0, -5.0, -1.0)}
    slope = {"test": "trend", "factor": "temperature", "role": "exploratory", "effect": 0.7}
    slope |= {"effect_low": 0.2, "effect_high": 1.2, "p": 0.01, "p_adjusted": 0.01}
    slope |= {"adjusted_by": "benjamini-hochberg", "adjusted_over": 2}
    rows = [
        *pair("none", "x", factor="strategy"),
        *pair("none", "y", factor="strategy"),
        *crossing("none", "y", cells, "strategy"),
        *pair("0", "1", 0.4, factor="temperature"),
    ]
    scores = grid(["a"], ["none", "x"], [0.0, 1.0])

    said = said_of(scores, [*rows, slope])
    flat = said_of(scores, [*rows, slope | {"p_adjusted": 0.3}])

    assert says(
        said, "1 of the 2 pairs of strategies is shown to differ", "in 1", "depends on the model"
    )
    # A single pair is named.
    assert says(said, "Temperature 0 and temperature 1 were not shown to differ", "p = 0.400")
    assert says(said, "change with temperature by +0.70 [+0.20, +1.20] points")
    assert says(flat, "not shown to change with temperature", "+0.70 [+0.20, +1.20]")


def test_baselines_above_the_leader_are_named():
    random = around(90, provider="baseline", model="random-nouns")

    said = said_of([*around(80), *random])

    assert says(said, "random-nouns", "above that of a")
    assert "A high score alone does not show divergent thinking" in said
    below = said_of([*around(99), *random])
    assert says(below, "No baseline", "above that of a")
    assert "divergent thinking" not in below
    assert "baseline" not in said_of(around(80))


def limits(text):
    return bullet(text, "Limits")


def test_limits_come_from_the_numbers():
    scores = [*around(80, model="a"), *around(70, model="b"), *[{"model": "b"}] * 20]

    said = limits(finding(results(scores, power=[power_row()], scoring="minimum=5")))

    assert says(said, "wordnet cannot be compared with published ones")
    assert says(said, "scoring is not the published one")
    assert says(
        said, "75.0 % of the answers could be scored", "60 % to 100 %"
    )  # 60 of 80, 30 of 50
    assert says(said, "2.35 points", "two models")  # 2.345
    assert says(said, "one wording")
    assert "only" not in said


@pytest.mark.parametrize(("unscorable", "told"), [(0, False), (1, False), (2, True)])
def test_the_share_of_scorable_answers_is_told_where_it_is_below_99_percent(unscorable, told):
    scores = [*around(80, n=100 - unscorable), *[{"model": "a"}] * unscorable]

    assert ("could be scored" in said_of(scores)) == told


def test_power_is_told_for_what_was_planned():
    plan = Plan(primary=(Contrast("model", "a", "b"),))
    nothing = {"smallest_difference": None, "smallest_difference_worst": None}
    hopeless = power_row(n_cannot_reject=3, reason=Omission.CANNOT_REJECT, **nothing)

    planned = said_of(TWO, pair("a", "b", **PLANNED), plan=plan, power=[power_row()])
    cannot = said_of(TWO, pair("a", "b"), power=[hopeless])

    assert says(planned, "2.35 points", "planned contrast of models")
    assert says(cannot, "cannot show any difference between two models, however large")
    assert says(cannot, "unless many pairs differ")
    assert "may well have been missed" not in cannot
    unknown = power_row(reason=Omission.TOO_FEW_LEVELS, **nothing)
    assert "missed" not in said_of(TWO, pair("a", "b"), power=[unknown])


def test_other_wordings_are_spoken_of_where_many_were_sent():
    worded = [row | {"wording": n % 6} for n, row in enumerate(TWO)]

    assert "wording" not in said_of(worded)
    assert says(said_of([row | {"wording": n % 2} for n, row in enumerate(TWO)]), "fewer than 5")


def test_unbalanced_models_are_a_limit():
    scores = [*around(80, model="a", strategy="none"), *around(70, model="b", strategy="x")]

    assert says(said_of(scores), "not all asked in the same conditions", "strategy")


def test_nothing_scorable_and_nothing_but_baselines_are_said_to_be_so():
    assert said_of(grid(["a"], unscorable="a")) == "None of the 8 answers could be scored."
    assert "Only baselines" in said_of(grid([]))
    only_people = said_of(PEOPLE)
    assert says(only_people, "People (olson)", "scored")
    assert "model" not in only_people
    silent = said_of([*PEOPLE, *[{"model": "a"}] * 3])
    assert "No answer of a model could be scored." in silent


def test_what_share_of_people_scored_lower_is_told_of_the_first_model_and_of_baselines():
    space = "glove-840b-300d"
    # The norm: 84.19 is the 82nd percentile of study 2; 98 is above the 99th.
    models = [{"model": "a", "score": 84.19}, {"model": "b", "score": 70.0}]
    random = [{"model": "random-nouns", "provider": "baseline", "score": 98.0}]
    scores = [{**row, "space": space} for row in [*models, *random]]

    said = said_of(scores)

    assert says(said, "99 % scored below the mean of random-nouns", "82 % below that of a")
    assert says(said, "8,572 people")
    assert "of b" not in said
    assert "people" not in said_of([*models, *random])  # a space without a norm
    alone = said_of([{**row, "space": space} for row in random])
    assert says(alone, "99 % scored below the mean of random-nouns.")


def test_comparisons_across_conditions_that_differ_are_a_caution():
    said = said_of(TWO, pair("a", "b", **POOLED))
    assert says(said, "scored higher than the other", "pooled")
    assert says(limits(said), "Pooled comparisons")
    assert "they share" not in said, "two models that share no cell"

    rows = [*pair("a", "b"), *pair("a", "c", **POOLED), *pair("b", "c")]
    assert says(said_of(THREE, rows), "1 of 2 pooled")
    assert "pooled" not in said_of(TWO, pair("a", "b"))


def in_two_spaces(*tests):
    """Give the results of two spaces, the tests of each as rows."""
    scores = scores_table(THREE)
    both = pd.concat([scores, scores.assign(space="own")], ignore_index=True)
    rows = [
        {**row, "space": space}
        for space, found in zip(("wordnet", "own"), tests, strict=True)
        for row in found
    ]
    return results(both, table("tests", rows))


def test_a_verdict_says_in_how_many_spaces_it_holds():
    here = [*pair("a", "b"), *pair("a", "c")]
    reverse = [*pair("a", "b", points=BELOW), *pair("a", "c", points=BELOW)]
    mixed = [*pair("a", "b", 0.4), *pair("a", "c")]

    assert says(finding(in_two_spaces(here, here)), "holds in 2 of 2 spaces")
    assert says(finding(in_two_spaces(here, reverse)), "holds in 1 of 2 spaces")
    assert says(finding(in_two_spaces(here, mixed)), "2 verdicts 1 hold in all 2 spaces")
    assert "spaces" not in said_of(THREE, here)


def test_that_nothing_was_shown_is_told_of_the_spaces_too():
    here = pair("a", "b", 0.4)

    assert says(finding(in_two_spaces(here, pair("a", "b"))), "holds in 1 of 2 spaces")


def test_a_finding_is_a_few_bullets_of_short_sentences():
    scores = grid(
        [f"model {letter}" for letter in "abcdefghij"],
        ["none", "etymology", "opposites"],
        [0.2, 1.0],
        people=True,
        space="glove-840b-300d",
    )
    plan = Plan(
        primary=(Contrast("model", "model a", "model b"), Contrast("strategy", "none", "etymology"))
    )

    said = finding(computed(scores, plan))

    assert 3 <= len(said.splitlines()) <= 5
    # Statistics stand in brackets.
    words = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", said)
    for sentence in re.split(r"[.:;](?=\s|$)", words):
        assert len(sentence.split()) <= 30, sentence
