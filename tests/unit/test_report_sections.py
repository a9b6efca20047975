import re

import pandas as pd
import pytest

from divergent_bench.analysis.statistics.diversity import measure_diversity
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.config import parse_config
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.design.expansion import expand
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.reporting.provenance import provenance
from divergent_bench.reporting.report.baselines import baselines
from divergent_bench.reporting.report.comparisons import planned_contrasts
from divergent_bench.reporting.report.diversity import diversity
from divergent_bench.reporting.report.methods import appended, methods
from divergent_bench.reporting.report.power import power
from divergent_bench.reporting.report.rules import rules
from divergent_bench.reporting.report.scorability import scorability
from divergent_bench.reporting.report.sent_settings import on_mixed_output, sending_table
from divergent_bench.reporting.report.variance import on_variance
from tests.helpers.results import (
    PLANNED,
    POOLED,
    around,
    bounds,
    crossing,
    further,
    pair,
    power_row,
    results,
    says,
    table,
)
from tests.helpers.scores import scores_table
from tests.helpers.words import words_table

TWO = [*around(80, model="a"), *around(78, model="b")]
PEOPLE = around(75, provider="people", model="olson", strategy="not-applicable")
BELOW = (-2.0, -3.0, -1.0)


def text_of(section):
    return "\n\n".join(part for part in section if part)


def test_shares_of_scorable_answers_are_compared_in_percentage_points():
    row = further("scorability", "a", "b", (-0.25, -0.4, -0.1), p=0.001, p_adjusted=0.003)

    said = text_of(scorability(results([*TWO, *[{"model": "a"}] * 10], [*pair("a", "b"), row])))

    unscorable = "[10](answers.html#model=a&scorable=no)"
    assert f"| a | 40 | 40 | 0 | 0 | 0 | 0 | 0 | 30 | {unscorable} | 75.0% [" in said
    assert says(said, "1 of 1 tested pair is shown to differ", "share of scorable answers")
    assert says(said, "b more often than a", "+25.0 percentage points [+10.0, +40.0]", "p = 0.003")


def test_words_that_break_the_rules_are_told_of_each_model(monkeypatch):
    rows = [
        {"score": 80.0, "n_words": 10, "n_no_noun": 1, "n_very_rare": 4},
        {"score": 70.0, "n_words": 10, "strategy": "other", "n_proper_noun": 1},
        {"model": "silent", "outcome": "refused", "n_words": 0},
    ]

    said = text_of(rules(results(rows)))

    assert "| a | 2 | 5.0% | 5.0% | 20.0% |" in said
    assert "| silent | 1 | n/a | n/a | n/a |" in said
    assert says(said, "very rare", "32,600")
    monkeypatch.setattr(type(TASK), "rules", {})
    assert text_of(rules(results(rows))) == ""


def test_shares_that_were_not_shown_to_differ_are_not_listed():
    row = further("scorability", "a", "b", (0.25, -0.1, 0.4), p=0.2, p_adjusted=0.2)

    said = text_of(scorability(results(TWO, [row])))

    assert says(said, "0 of 1 tested pair is shown to differ")
    assert "more often" not in said


@pytest.mark.parametrize(
    ("seen", "any_", "survive"),
    [
        ((0.5, 4.0), (0.1, 9.0), ("1", "1")),
        ((0.5, 4.0), (-7.0, 9.0), ("1", "0")),
        ((-0.5, 4.0), (-7.0, 9.0), ("0", "0")),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_worst_cases_say_whether_the_sign_survives(seen, any_, survive, turned):
    a, b, points = "a", "b", (2.0, 1.0, 3.0)
    if turned:  # the same the other way round
        a, b, points = "b", "a", BELOW
        seen, any_ = ((-high, -low) for low, high in (seen, any_))

    said = text_of(
        scorability(results(TWO, [*pair(a, b, points=points), *bounds(a, b, seen, any_)]))
    )

    assert says(said, "1 pair with a shown difference", "survives", "in", survive[0])
    assert says(said, "could score at all", "survives in", survive[1])
    falls = says(said, "a over b does not survive", "-0.50 and +4.00 points")
    assert falls == (survive[0] == "0")


def test_worst_cases_of_pairs_that_have_no_verdict_are_left_out():
    rows = bounds("a", "b", (-1.0, 4.0), (-9.0, 9.0))
    cells = {"strategy=x": (6.0, 4.0, 8.0), "strategy=y": (-3.0, -5.0, -1.0)}

    alike = results(TWO, [*pair("a", "b", 0.3), *rows])
    depends = results(TWO, [*pair("a", "b"), *crossing("a", "b", cells), *rows])

    for of_run in (alike, depends):
        assert "Worst" not in text_of(scorability(of_run))
        assert "survive" not in text_of(scorability(of_run))


def test_a_model_whose_tokens_all_went_into_reasoning_is_named():
    thinking = {"model": "a", "outcome": "truncated", "n_words": 0, "layout": "none"}
    told = text_of(scorability(results([*TWO, *[thinking] * 2, {"model": "b"}])))
    assert says(told, "- a: 2 of 32 answers reached the limit", "still reasoning")
    assert "Raise `max_tokens`" in told
    assert "- b: " not in told


def test_worst_cases_are_bounds_where_scorability_differs_and_scores_do_not():
    rows = bounds("a", "b", (-4.9, 2.1), (-9.0, 9.0))
    share = further("scorability", "a", "b", (0.2, 0.1, 0.3), p=0.001, p_adjusted=0.001)

    said = text_of(scorability(results(TWO, [*pair("a", "b", 0.3), *rows, share])))

    assert says(said, "1 pair without a shown difference of scores")
    assert says(said, "a less b", "-4.90 to +2.10 points")


def test_baselines_are_counted_against_models_and_not_against_people():
    random = around(79, provider="baseline", model="random-nouns")

    said = text_of(baselines(results([*TWO, *PEOPLE, *random])))

    assert says(said, "random-nouns", "78.78", "above the mean of 1 of 2 models")
    assert "a high score alone does not show divergent thinking" in said
    assert says(said, "comparisons of means, not tests")
    assert "No baseline was scored" in text_of(baselines(results(TWO)))
    low = around(10, provider="baseline", model="random-nouns")
    assert says(text_of(baselines(results([*TWO, *low]))), "No baseline", "above that of a model")


def test_people_are_placed_among_the_models_by_the_tests():
    scores = [*TWO, *around(76, model="c"), *PEOPLE]
    rows = [
        *pair("a", "olson"),
        *pair("b", "olson", 0.3, **POOLED),
        *pair("c", "olson", points=BELOW),
    ]

    said = text_of(baselines(results(scores, rows)))

    assert says(said, "People (olson)", "30 of 30 lists")
    assert says(said, "a scored higher")
    assert says(said, "c scored lower")
    assert says(said, "b was not shown to differ")
    assert says(said, "1 of these 3 comparisons pools conditions that differ")


def test_each_model_is_set_against_people_and_the_best_of_them():
    by_hand = {
        "people": "olson",
        "n_scorable": 30,
        "n_people": 30,
        "mean_people": 74.78,
        "p_adjusted": 0.0004,
        "share_of_people_above_median": 0.123,
        **{f"difference_upper_{part}": 2.5 for part in ("half", "quarter")},
        "difference_upper_tenth": -3.25,
    }
    other = by_hand | {"people": "elsewhere", "model": "c", "mean": 99.0}
    table_of_people = table(
        "people",
        [
            by_hand | {"model": "b", "mean": 77.78, "difference": 3.0},
            by_hand
            | {"model": "a|b", "mean": 79.78, "difference": 5.0}
            | {"difference_low": 4.0, "difference_high": 6.0},
            other,
        ],
    )

    said = text_of(baselines(results([*TWO, *PEOPLE], people=table_of_people)))

    first = "| a\\|b | 30 | 79.78 | +5.00 [+4.00, +6.00] | < 0.001 | 12% | +2.50 | +2.50 | -3.25 |"
    second = "| b | 30 | 77.78 | +3.00 | < 0.001 | 12% | +2.50 | +2.50 | -3.25 |"
    assert f"{first}\n{second}" in said
    assert "99.00" not in said
    assert "above its median" not in text_of(baselines(results([*TWO, *PEOPLE])))


def test_percentiles_are_told_of_models_in_the_published_space():
    scores = [{"score": 84.19, "space": "glove-840b-300d"}]

    said = text_of(baselines(results(scores)))

    assert (
        "Among the 8,572 people of Olson et al. 2021, study 2, the models' means stand at" in said
    )
    assert "percentile 82." in said


def test_repetition_is_counted_over_lists_and_over_texts():
    scores = [*around(80), *[{"score": 80.0, "scored_words": "x|y"}] * 10]
    silent = [{"model": "b", "text_digest": "no", "outcome": "refused"}] * 5

    said = text_of(diversity(results([*scores, *silent, *around(70, model="b")])))

    assert says(said, "a gave some list", "more than once")
    assert says(said, "61 different lists in 70 scorable answers")
    assert says(said, "in means and tests every answer counts")
    # 9 of the ten equal lists, 4 of the five equal refusals
    assert says(said, "13 of all 75 answers repeat an earlier one")
    assert "| a | 40 | 40 | 31 | 9 |" in said
    assert "| b | 35 | 30 | 30 | 4 |" in said


def test_what_was_given_once_is_not_called_repeated():
    said = text_of(diversity(results(around(80))))

    assert says(said, "No scored words were given twice")
    assert "repeat an earlier" not in said
    assert "repeated texts" not in said


def test_diversity_is_told_beside_that_of_people_where_words_are_the_same():
    words = pd.concat(
        [
            words_table(["tree sea", "tree sky"], model="a|b"),
            words_table(["fog"], model="oracle", provider="baseline"),
            words_table(["cat"], model="olson", provider="people"),
        ]
    )
    here = results(TWO, diversity=measure_diversity(words))
    published = [{**row, "space": "glove-840b-300d"} for row in TWO]
    there = results(published, diversity=measure_diversity(words.assign(space="glove-840b-300d")))

    said = text_of(diversity(here))

    shown = "tree (100%), sea (50%), sky (50%)"
    assert f"| a\\|b | 2 | 3 | 0.333 | {shown} |" in said
    assert "| *oracle* (baseline) | 1 | 1 |" in said
    assert "| *olson* (people) | 1 | 1 |" in said
    # The vocabulary of people was counted in the published space.
    assert "1,968" not in said
    assert says(text_of(diversity(there)), "500 people", "1,968", "1.3 %")


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ((30, 40, 500), ["10", "20", "30"]),
        ((500, 600, 20), ["50", "100", "500"]),
        ((12, 9, 500), ["10"]),
        ((9,), []),
        ((20,), ["10", "20"]),
    ],
)
def test_vocabularies_are_compared_at_numbers_of_lists_that_two_models_have(lists, told):
    of_models = [words_table(["tree sea"] * n, model=f"m{i}") for i, n in enumerate(lists)]
    people = words_table(["cat"] * 500, model="olson", provider="people")
    words = pd.concat([*of_models, people])

    said = text_of(diversity(results(TWO, diversity=measure_diversity(words))))

    assert re.findall(r"in (\d+) lists", said) == told


def test_likeness_is_told_within_models_and_between_them():
    rows = [
        {"model_a": "a", "model_b": "a", "mean_similarity": 0.5, "mean_jaccard": 0.25},
        {"model_a": "a", "model_b": "b", "mean_similarity": 0.4, "mean_jaccard": 0.125}
        | {"mean_similarity_low": 0.3, "mean_similarity_high": 0.45},
        {"model_a": "b", "model_b": "b", "mean_similarity": 0.75, "mean_jaccard": 0.5},
    ]
    rows = [{"n_lists_a": 9, "n_lists_b": 9, **row} for row in rows]
    words = pd.concat([words_table(["tree sea"], model=model) for model in "ab"])

    def said_of(rows):
        tables = {"diversity": measure_diversity(words), "homogeneity": table("homogeneity", rows)}
        return text_of(diversity(results(TWO, **tables)))

    said = said_of(rows)
    assert said.index("| b | 0.750 | 0.500 |") < said.index("| a | 0.500 | 0.250 |")
    assert "| a and b | 0.400 [0.300, 0.450] | 0.125 |" in said
    assert "How alike" not in said_of(rows[:1])


def test_power_tells_the_smallest_difference_of_a_factor():
    plan = Plan(primary=(Contrast("model", "a", "b"),))

    said = text_of(power(results(TWO, power=[power_row()])))
    planned = text_of(power(results(TWO, plan=plan, power=[power_row(n_comparisons=1)])))

    assert says(said, "2.35 points in the median pair", "3.46 points", "fewest answers")  # 2.345
    assert says(said, "1.88 points", "only comparison", "one of 3", "2.25")
    assert says(said, "each level needs 138 scorable answers")
    assert says(planned, "2.35 points in the planned contrast")
    assert "only comparison" not in planned


def test_power_tells_where_nothing_can_be_shown():
    nothing = {"smallest_difference": None, "smallest_difference_worst": None}
    some = power_row(n_cannot_reject=2, smallest_difference_worst=None)
    every = power_row(n_cannot_reject=3, reason=Omission.CANNOT_REJECT, **nothing)

    assert says(text_of(power(results(TWO, power=[some]))), "2 pairs have too few answers")
    said = text_of(power(results(TWO, power=[every])))
    assert says(said, "two models", "too few to show any difference", "1.88 points", "only")
    assert "80 % power" not in said.partition("- ")[2]


def test_unknown_power_is_told_with_its_reason():
    unknown = power_row(smallest_difference=None, reason=Omission.TOO_FEW_LEVELS)

    said = text_of(power(results(TWO, power=[unknown])))

    assert says(said, "Between models", "not known", "fewer than two levels to compare")
    assert text_of(power(results(TWO))) == ""


def component(name, variance, share, low=None, high=None, **row):
    row |= {"component": name, "variance": variance, "share": share, "n_levels": "2x2"}
    return row | {"share_low": low, "share_high": high}


def test_sources_of_variance_are_told_in_words():
    rows = [
        component("model", 4.0, 0.4, 0.3, 0.5),
        component("strategy", 0.1, 0.01, 0.0, 0.04),
        component("model:strategy", -0.1, 0.0),
        component("wording", 0.2, 0.004, 0.001, 0.009),
        component("within", 6.0, 0.6, 0.5, 0.7),
    ]
    left_out = encode_left_out([LeftOut("model", "c", Omission.INCOMPLETE)])

    said = text_of(on_variance(results(TWO, variance=[{**r, "left_out": left_out} for r in rows])))

    assert says(said, "over 2x2 conditions")
    assert says(said, "Between models: 40.0% [30.0%, 50.0%]")
    assert says(said, "Between strategies: 1.0% [0.0%, 4.0%], which may be chance")
    assert says(said, "Interaction of model and strategy: none that can be told from chance")
    assert says(said, "Between wordings of the same strategy: 0.4% [0.1%, 0.9%]")
    assert says(said, "Between answers of the same condition: 60.0% [50.0%, 70.0%]")
    assert said.count("Left out: model c.") == 1


@pytest.mark.parametrize("variance", [0.0, None])
def test_no_share_is_told_where_answers_do_not_vary_or_do_not_say(variance):
    reason = None if variance == 0 else Omission.SINGLE_ANSWERS
    share = 1.0 if variance == 0 else None
    rows = [
        component("model", 4.0, share, share, share, reason=reason),
        component("within", variance, 0.0 if variance == 0 else None, reason=reason),
    ]

    said = text_of(on_variance(results(TWO, variance=rows)))

    assert "100.0%" not in said
    assert "could not be estimated" in said or "No share can be estimated" in said


def asked(model, n=5, requested="temperature|seed|structured", sent="temperature|seed|structured"):
    return around(80, n=n, model=model, requested=requested, sent=sent, served_model=f"{model}-1")


def test_what_was_requested_and_really_sent_is_told_per_model():
    scores = scores_table(asked("a") + asked("b", sent="temperature"))
    table = sending_table(scores).splitlines()
    assert [cell.strip() for cell in table[2].strip("|").split("|")] == [
        *("a", "5", "5 of 5", "5 of 5", "5 of 5", "a-1")
    ]
    assert [cell.strip() for cell in table[3].strip("|").split("|")] == [
        *("b", "5", "5 of 5", "0 of 5", "0 of 5", "b-1")
    ]


def test_a_comparison_of_json_with_free_text_is_told():
    mixed = scores_table(asked("a") + asked("b", sent="temperature"))
    assert on_mixed_output(mixed).startswith("5 of 10 answers were asked for as JSON (a)")
    assert on_mixed_output(scores_table(asked("a") + asked("b"))) == ""


def test_recorded_answers_were_not_requested():
    unsaid = {"requested": None, "sent": None, "served_model": None}
    scores = scores_table(around(80, n=3, **unsaid))
    assert sending_table(scores) == ""
    assert on_mixed_output(scores) == ""


def test_methods_cite_the_tests_and_the_norms_that_were_chosen():
    scores = [{"score": 84.19, "space": "glove-840b-300d"}]
    plan = Plan(tests=("mann_whitney", "equivalence"), margin=0.5)

    said = text_of(methods(results(scores, plan=plan, norms=["olson2021_study2"])))

    assert says(said, "equivalence within 0.5 points")
    assert "Kruskal-Wallis" not in said
    assert "among the people of Olson et al. 2021" in said
    assert "Bellemare-Pepin" not in said


def test_methods_call_confirmatory_what_was_planned_and_leave_baselines_where_they_are():
    plan = Plan(primary=(Contrast("model", "a", "oracle"),))

    unplanned, planned = (text_of(methods(results(TWO, plan=p))) for p in (Plan(), plan))

    assert "confirmatory" not in unplanned
    assert says(planned, "Planned contrasts are confirmatory", "Holm")
    for said in (unplanned, planned):
        assert "without baselines" not in said
        assert says(said, "baselines only where a planned contrast names one")
        assert "unique list" not in said
        assert "bootstrap" not in said
    none = text_of(methods(results(TWO, plan=Plan(tests=()))))
    assert "exploratory" not in none


def test_costs_are_told_by_model_where_something_was_paid():
    scores = [*around(80, model="a", cost_usd=0.5), *around(80, model="free", cost_usd=0.0)]

    said = text_of(methods(results(scores)))

    assert "| a | 30 | 15.0000 | 1.00 |" in said
    assert "free" not in said.partition("### Costs")[2]


def test_the_appendix_shows_text_as_blocks_and_single_values_as_a_table():
    appendix = {"Prompts": {"none": "List ten\nwords | <b>"}, "Versions": {"numpy": "2|3"}}
    appendix["Config"] = "name: x\n"

    said = text_of(
        [
            *methods(results(TWO, verification={"wordnet": "| check |\n| --- |"})),
            *appended(appendix),
        ]
    )

    assert "### Prompts\n\n#### none\n\n```\nList ten\nwords | <b>\n```" in said
    assert "### Versions\n\n| what | value |\n| :--- | :--- |\n| numpy | 2\\|3 |" in said
    assert "### Config\n\n```\nname: x\n```" in said
    assert "### Verification of wordnet\n\n| check |" in said


def test_the_appendix_knows_prompts_and_seeds():
    models = {"provider": "openai", "models": ["gpt-4o"]}
    few = {"provider": "baseline", "models": ["random-nouns"]}
    config = parse_config(
        {
            "name": "demo",
            "strategies": {"own": {"text": "Ten words.", "system": "Be brief."}},
            "experiments": [
                {"name": "x", "providers": [models], "strategies": ["own"], "seeds": [3, 4, 9]},
                {"name": "y", "providers": [models], "temperature": 1.0, "samples": 5},
                {"name": "z", "providers": [few], "samples": 1},
            ],
        }
    )

    told = provenance(config, expand(config), [])

    assert told["Prompts"]["own"] == "system:\nBe brief.\n\nuser:\nTen words."
    assert told["Seeds"] == {
        "openai/gpt-4o": "3 to 5 in each of 2 conditions, from 0 to 9",
        "baseline/random-nouns": "1 in 1 condition, from 0 to 0",
    }
    assert "gpt-4o" in told["Config"]


def test_a_planned_contrast_of_people_with_a_baseline_is_none_with_a_model():
    oracle = around(99, provider="baseline", model="oracle")
    plan = Plan(primary=(Contrast("model", "olson", "oracle"),))
    rows = pair("olson", "oracle", points=BELOW, **PLANNED)
    of_run = results([*TWO, *PEOPLE, *oracle], rows, plan=plan)

    assert "Of the models tested" not in text_of(baselines(of_run))
    told = text_of(planned_contrasts(of_run))
    assert says(told, "The baseline oracle scored higher than people (olson)", "2.00 points")
