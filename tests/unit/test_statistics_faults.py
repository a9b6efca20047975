"""What the first edition told wrongly, as it counted each list once (issue 14), told right."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, ttest_ind

from divergent_bench.analysis.statistics.agreement import compare_spaces
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.intervals import mean_interval
from divergent_bench.analysis.statistics.power import estimate_power
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import Plan
from tests.helpers.scores import condition, grid, only, scores_table
from tests.helpers.simulation import SHAPES


def test_the_same_lists_drawn_more_often_seldom_differ():
    # 51, 75 and 85 % were said to differ. test_calibration has thousands of these.
    rng, lists, differ = np.random.default_rng(1), SHAPES["zipf"], 0
    plan = Plan(("mann_whitney",), ("model",))
    for sizes in ((30, 300), (50, 500), (100, 1000)) * 10:
        a, b = (
            condition(lists.scores[lists.draw(rng, n)], model=model)
            for model, n in zip("ab", sizes, strict=True)
        )
        row = only(compare(scores_table(a + b), plan), test="mean_difference")
        differ += row["p_adjusted"] <= 0.05

    assert differ <= 5  # of 30; more once in 300 times


def test_two_models_that_repeat_themselves_are_told_apart_by_all_of_their_answers():
    # 2 points apart, 100 answers of 7 and 8 lists: found in 0 to 2 %.
    a = np.repeat([74.0, 76, 78, 80, 82, 84, 86], [5, 10, 20, 30, 20, 10, 5])
    b = np.repeat([72.0, 74, 76, 78, 80, 82, 84], [5, 10, 20, 30, 20, 10, 5])
    scores = scores_table(condition(a, model="a") + condition(b, model="b"))

    row = only(compare(scores), test="mean_difference")

    assert (row["effect"], row["n_a"], row["unit"]) == (2, 100, "answer")
    assert row["p"] == pytest.approx(ttest_ind(a, b, equal_var=False).pvalue)
    assert row["p"] < 1e-5


def test_a_verdict_and_its_estimate_are_of_one_parameter():
    # b was said to score higher, though the mean of a is 9.5 points above.
    a, b = np.repeat([97.0, 72.0], [94, 6]), np.full(98, 86.0)
    tests = compare(scores_table(condition(a, model="a") + condition(b, model="b")))

    mean, ranks = (only(tests, test=test) for test in ("mean_difference", "mann_whitney"))

    assert mean["effect"] == pytest.approx(0.94 * 97 + 0.06 * 72 - 86)
    # Variance 25^2 * 0.94 * 0.06 of the answers of a, none of those of b.
    assert mean["statistic"] == pytest.approx(9.5 / np.sqrt(625 * 0.0564 / 99))
    assert 0 < mean["effect_low"] < mean["effect"] < mean["effect_high"]
    # The rank test tells the same of other words: a answers higher 94 times of 100.
    assert (ranks["effect_name"], ranks["effect"]) == ("probability_of_superiority", 0.94)
    assert ranks["p"] == pytest.approx(mannwhitneyu(a, b).pvalue)


def test_means_and_ranks_that_point_apart_are_both_told():
    # Four of five answers of a are lower, the fifth is far higher.
    a, b = np.repeat([79.0, 99.0], [80, 20]), np.repeat([79.5, 80.5], 50)
    tests = compare(scores_table(condition(a, model="a") + condition(b, model="b")))

    mean, ranks = (only(tests, test=test) for test in ("mean_difference", "mann_whitney"))

    assert mean["effect"] == pytest.approx(3)
    assert mean["effect_low"] > 0
    assert ranks["effect"] == pytest.approx(0.2)
    assert ranks["effect_high"] < 0.5


def test_two_models_that_always_give_the_same_answer_differ_for_this_prompt():
    # It was said that they could not be tested, and that 100 % [100, 100] lay between models.
    rows = condition([95.0] * 20, model="a", scored_words="x|y")
    rows += condition([80.0] * 20, model="b", scored_words="u|v")

    row = only(compare(scores_table(rows)), test="mean_difference")

    assert (row["effect"], row["reason"]) == (15, Omission.NO_VARIATION)
    assert row["p"] < 1e-10
    assert row[["effect_low", "effect_high"]].isna().all()
    assert "has no interval" in row["note"]


def test_models_without_any_spread_have_no_certain_shares_of_variance():
    rows = condition([95.0] * 20, model="a") + condition([80.0] * 20, model="b")

    table = decompose_variance(scores_table(rows))

    assert table[["share", "share_low", "share_high"]].isna().all(axis=None)
    assert set(table["reason"]) == {Omission.NO_VARIATION}


def test_models_are_ranked_by_like_prompts():
    # a is higher by 3 and by 4, and was second, as it was asked more often in the hard prompt.
    rows = []
    for strategy, mean, apart, sizes in (("none", 70, 3, (60, 12)), ("random", 90, 4, (12, 60))):
        for model, up, n in zip("ab", (apart, 0), sizes, strict=True):
            spread = mean + up + np.linspace(-1, 1, n)
            rows += condition(spread, model=model, strategy=strategy)
    scores = scores_table(rows)

    ranking = rank_models(scores, tests=compare(scores)).set_index("label")

    assert ranking["mean"].to_dict() == pytest.approx({"a": 83.5, "b": 80})
    assert ranking.loc["a", "raw_mean"] < ranking.loc["b", "raw_mean"]
    assert ranking[["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[1] * 3, [2] * 3]


def test_a_difference_that_crosses_is_told_in_each_prompt():
    spread = np.linspace(-3, 3, 30)
    rows = []
    for strategy, up in (("none", 10), ("random", -6.5)):
        rows += condition(80 + up + spread, model="a", strategy=strategy)
        rows += condition(80 + spread, model="b", strategy=strategy)

    tests = compare(scores_table(rows), Plan(factors=("model",)))

    for test in ("interaction", "crossing"):
        assert only(tests, test=test)["p_adjusted"] < 1e-6
    simple = tests[tests["test"] == "simple_effect"]
    assert simple["effect"].tolist() == pytest.approx([10, -6.5])
    assert simple["within"].str.contains('"strategy": "(?:none|random)"', regex=True).all()
    assert (simple["p_adjusted"] < 1e-6).all()


def test_one_temperature_and_people_are_no_two_temperatures():
    power = estimate_power(grid(["a", "b"], ["none", "random"], people=True), Plan())

    assert power["factor"].tolist() == ["model", "strategy"]


def of_sizes(sizes, seed=1):
    rng = np.random.default_rng(seed)
    return scores_table(
        row
        for (model, strategy), n in sizes.items()
        for row in condition(rng.normal(80, 3, n), model=model, strategy=strategy)
    )


def test_power_is_that_of_the_answers_that_are_compared():
    # 95 against 5 answers was told the power of 50 against 50.
    few = of_sizes({("a", "none"): 95, ("b", "none"): 5})
    # These share one small cell only.
    apart = of_sizes({
        ("a", "none"): 95, ("a", "random"): 5, ("b", "random"): 5, ("b", "letters"): 95,
    })  # fmt: skip
    even = of_sizes({("a", "none"): 50, ("b", "none"): 50})

    few, apart, even = (
        only(estimate_power(scores, Plan(factors=("model",))), factor="model")
        for scores in (few, apart, even)
    )

    assert even["smallest_difference"] == pytest.approx(1.7, abs=0.3)
    assert few["smallest_difference"] > 2 * even["smallest_difference"]
    assert apart["smallest_difference"] > 2 * even["smallest_difference"]


def test_sixty_models_with_five_answers_cannot_be_told_apart():
    power = estimate_power(of_sizes({(f"m{n:02}", "none"): 5 for n in range(60)}), Plan())

    # 1,770 pairs; the rarest of 252 ways to share out 10 answers has p = 2 / 252.
    assert power["n_comparisons"].tolist() == [1_770]
    assert power["n_cannot_reject"].tolist() == [1_770]
    assert power["smallest_difference"].isna().all()
    assert power["reason"].tolist() == [Omission.CANNOT_REJECT]


def test_with_one_answer_per_model_no_variance_can_be_estimated():
    table = decompose_variance(scores_table([{"model": m, "score": 80.0} for m in "abc"]))

    assert set(table["reason"]) == {Omission.SINGLE_ANSWERS}
    assert table[["variance", "share", "share_low", "share_high"]].isna().all(axis=None)


def test_every_space_has_its_verdicts_and_their_order_its_agreement():
    spread = np.linspace(-2, 2, 10)
    first = scores_table(
        row
        for place, model in enumerate("abc")
        for row in condition(80 + 5 * place + spread, model=model)
    )
    second = first.assign(space="glove", score=200 - first["score"])
    both = pd.concat([first, second], ignore_index=True)

    tests = compare(both, Plan(factors=("model",)))

    tau = only(compare_spaces(both), measure="kendall_tau_b")
    assert tau[["value", "low", "high"]].tolist() == [-1, -1, -1]
    differences = tests[tests["test"] == "mean_difference"]
    assert (differences["p_adjusted"] <= 0.05).all()
    signs = differences.groupby("space")["effect"].apply(lambda found: np.sign(found).tolist())
    assert signs.to_dict() == {"wordnet": [-1] * 3, "glove": [1] * 3}


def test_identical_answers_are_counted_over_all_answers():
    # 12 of 60 are the same text without a list; nobody was said to repeat anything.
    rows = condition(np.linspace(70, 80, 48))
    rows += [{"outcome": "refused", "text_digest": "same", "seed": n} for n in range(100, 112)]

    ranking = rank_models(scores_table(rows))

    assert ranking[["n", "n_scorable", "n_repeated"]].iloc[0].tolist() == [60, 48, 11]


def test_the_highest_mean_is_that_of_the_first_rank_though_it_is_of_one_list():
    rows = condition([90.0] * 9, model="x", scored_words="always|this")
    rows += condition(np.linspace(80, 84, 9), model="y")

    ranking = rank_models(scores_table(rows))

    assert ranking[["label", "rank"]].to_numpy().tolist() == [["x", 1], ["y", 2]]


def test_two_answers_have_no_interval():
    assert np.isnan(mean_interval(np.array([70.0, 90.0]))).all()
    ranking = rank_models(scores_table(condition([70.0, 90.0])))
    assert ranking[["mean_low", "mean_high"]].isna().all(axis=None)
