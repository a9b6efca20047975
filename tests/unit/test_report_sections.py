import re

import pandas as pd
import pytest

from divergent_bench.analysis.statistics.diversity import measure_diversity
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.config import parse_config
from divergent_bench.design.analysis_plan import Contrast, Plan
from divergent_bench.design.expansion import expand
from divergent_bench.reporting.provenance import provenance
from divergent_bench.reporting.report.baselines import baselines
from divergent_bench.reporting.report.comparisons import planned_contrasts
from divergent_bench.reporting.report.diversity import diversity
from divergent_bench.reporting.report.methods import methods
from divergent_bench.reporting.report.power import power
from divergent_bench.reporting.report.scorability import scorability
from divergent_bench.reporting.report.sent_settings import on_mixed_output, sending_table
from divergent_bench.reporting.report.variance import on_variance
from tests.helpers.results import POOLED, around, further, pair, power_row, results
from tests.helpers.scores import scores_table
from tests.helpers.words import words_table

TWO = [*around(80, model="a"), *around(78, model="b")]
PEOPLE = around(75, provider="people", model="olson", strategy="not-applicable")


def text_of(section):
    return "\n\n".join(part for part in section if part)


def test_shares_of_scorable_answers_are_compared_in_percentage_points():
    rows = [
        *pair("a", "b"),
        further("scorability", "a", "b", (-0.25, -0.4, -0.1), p=0.001, p_adjusted=0.003),
    ]

    said = text_of(scorability(results([*TWO, *[{"model": "a"}] * 10], rows)))

    assert "| a | 40 | 40 | 0 | 0 | 0 | 0 | 30 | 75.0% [" in said
    assert "1 of 1 tested pair differs in the share of scorable answers" in said
    assert (
        "- b more often than a: +25.0 percentage points [+10.0, +40.0] (p = 0.003, "
        "Benjamini-Hochberg over 3)"
    ) in said


def test_shares_that_were_not_shown_to_differ_are_not_listed():
    row = further("scorability", "a", "b", (0.25, -0.1, 0.4), p=0.2, p_adjusted=0.2)

    said = text_of(scorability(results(TWO, [row])))

    assert "0 of 1 tested pair differs in the share" in said
    assert "more often" not in said


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ((0.5, 4.0), "the sign survives that in 1."),
        ((-0.5, 4.0), "- a over b does not survive: between -0.50 and +4.00 points"),
    ],
)
def test_worst_cases_say_whether_the_sign_survives(bounds, said):
    row = further("worst_case", "a", "b", (float("nan"), *bounds))

    assert said in text_of(scorability(results(TWO, [*pair("a", "b"), row])))


def test_worst_cases_of_pairs_that_do_not_differ_are_left_out():
    row = further("worst_case", "a", "b", (float("nan"), -1.0, 4.0))

    assert "Worst" not in text_of(scorability(results(TWO, [*pair("a", "b", 0.3), row])))


def test_worst_cases_are_bounds_where_scorability_differs_and_scores_do_not():
    bounds = further("worst_case", "a", "b", (float("nan"), -4.9, 2.1))
    share = further("scorability", "a", "b", (0.2, 0.1, 0.3), p=0.001, p_adjusted=0.001)

    said = text_of(scorability(results(TWO, [*pair("a", "b", 0.3), bounds, share])))

    assert "1 pair without a shown difference of scores" in said
    assert "- a less b: -4.90 to +2.10 points" in said


def test_baselines_are_counted_against_models_and_not_against_people():
    random = around(79, provider="baseline", model="random-nouns")

    said = text_of(baselines(results([*TWO, *PEOPLE, *random])))

    assert re.search(
        r"- \*random-nouns\* \(baseline\): 78.*, above the mean of 1 of 2 models", said
    )
    assert "a high score alone does not show divergent thinking" in said
    assert "comparisons of means, not tests" in said
    assert "No baseline was scored" in text_of(baselines(results(TWO)))


def test_people_are_placed_among_the_models_by_the_tests():
    rows = [
        *pair("a", "olson", delta=(0.4, 0.2, 0.6)),
        *pair("b", "olson", 0.3, **POOLED),
    ]

    said = text_of(baselines(results([*TWO, *PEOPLE], rows)))

    assert "People (olson) scored 7" in said
    assert "(30 of 30 lists scorable). Of the models tested against them, a scored higher" in said
    assert "; b was not shown to differ." in said
    assert "1 of these 2 comparisons pools conditions that differ" in said


def test_percentiles_are_told_of_models_in_the_published_space():
    scores = [{"score": 84.19, "space": "glove-840b-300d"}]

    said = text_of(baselines(results(scores)))

    assert (
        "Among the 8,572 people of Olson et al. 2021, study 2, the models' means stand at" in said
    )
    assert "percentile 82." in said


def test_repetition_is_counted():
    scores = [*around(80), *[{"score": 80.0, "scored_words": "x|y"}] * 10]

    said = text_of(diversity(results(scores)))

    assert "a gave some list (the same scored words, in any order) more than once" in said
    assert "31 unique lists in 40 scorable answers" in said
    assert "| a | 40 | 31 | 12.3 |" in said  # 40^2 / (30 + 10^2)
    assert "Nobody gave the same" in text_of(diversity(results(around(80))))


def test_diversity_is_told_beside_that_of_people():
    words = pd.concat(
        [
            words_table(["tree sea", "tree sky"], model="a|b"),
            words_table(["fog"], model="oracle", provider="baseline"),
            words_table(["cat"], model="olson", provider="people"),
        ]
    )

    said = text_of(diversity(results(TWO, diversity=measure_diversity(words))))

    assert "500 people used 1,968 different words, and two of their lists shared 1.3%" in said
    shown = "tree (100%), sea (50%), sky (50%)"
    assert f"| a\\|b | 2 | 3 | n/a | n/a | n/a | n/a | 0.333 | {shown} |" in said
    assert "| *oracle* (baseline) | 1 | 1 |" in said
    assert "| *olson* (people) | 1 | 1 |" in said


def test_power_tells_the_smallest_difference_of_a_factor():
    said = text_of(power(results(TWO, power=[power_row()])))

    assert (
        "- Between two models: a true difference of 2.35 points would be shown with 80 % power "
        "when 3 comparisons are made, and one of 1.88 points in a single comparison (standard "
        "deviation 2.25, median effective n 20.5). To show 1 point, each level needs 138 unique "
        "lists."
    ) in said
    single = power_row(factor="strategy", n_comparisons=1)
    said = text_of(power(results(TWO, power=[single])))
    assert "- Between two strategies: a true difference of 2.35 points would be shown" in said
    assert "in a single comparison" not in said


def test_unknown_power_is_told_with_its_reason():
    unknown = power_row(smallest_difference=None, reason=Omission.TOO_FEW_LEVELS)

    said = text_of(power(results(TWO, power=[unknown])))

    assert "- Between models: not known (fewer than two levels to compare)." in said
    assert text_of(power(results(TWO))) == ""


def test_sources_of_variance_are_told_in_words():
    rows = [
        {"component": "model", "variance": 4.0, "share": 0.4, "share_low": 0.3, "share_high": 0.5},
        {"component": "strategy", "variance": 0.1, "share": 0.01, "share_low": 0.0}
        | {"share_high": 0.04},
        {"component": "model:strategy", "variance": -0.1, "share": 0.0},
        {"component": "within", "variance": 6.0, "share": 0.6, "share_low": 0.5, "share_high": 0.7},
    ]
    left_out = encode_left_out([LeftOut("model", "c", Omission.INCOMPLETE)])
    given = [{**row, "n_levels": "2x2", "left_out": left_out} for row in rows]

    said = text_of(on_variance(results(TWO, variance=given)))

    assert "over 2x2 conditions" in said
    assert "- Between models: 40% [30%, 50%]\n" in said
    assert "- Between strategies: 1% [0%, 4%], which may be chance\n" in said
    assert "- Interaction of model and strategy: none that can be told from chance\n" in said
    assert "- Between answers of the same condition: 60% [50%, 70%]" in said
    assert said.count("Left out: model c.") == 1


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

    said = text_of(methods(results(scores, plan=plan, norms=["olson2021_study2"]), {}, {}))

    assert "equivalence within 0.5 points" in said
    assert "Kruskal-Wallis" not in said
    assert "Percentiles: where the mean stands among the people of Olson et al. 2021" in said
    assert "Bellemare-Pepin" not in said


def test_costs_are_told_by_model_where_something_was_paid():
    scores = [*around(80, model="a", cost_usd=0.5), *around(80, model="free", cost_usd=0.0)]

    said = text_of(methods(results(scores), {}, {}))

    assert "| a | 30 | 15.0000 | 1.00 |" in said
    assert "free" not in said.partition("### Costs")[2]


def test_the_appendix_shows_text_as_blocks_and_single_values_as_a_table():
    appendix = {"Prompts": {"none": "List ten\nwords | <b>"}, "Versions": {"numpy": "2|3"}}
    appendix["Config"] = "name: x\n"

    said = text_of(methods(results(TWO), appendix, {"wordnet": "| check |\n| --- |"}))

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
    rows = pair("olson", "oracle", delta=(-0.4, -0.6, -0.2), role="confirmatory")
    of_run = results([*TWO, *PEOPLE, *oracle], rows, plan=plan)

    assert "Of the models tested" not in text_of(baselines(of_run))
    told = text_of(planned_contrasts(of_run))
    assert "- The baseline oracle scored higher than people (olson) by" in told
