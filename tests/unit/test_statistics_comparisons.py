import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal, ttest_ind, ttest_rel

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.tables.facts import Computation, LeftOut, Omission, Unit, left_out
from divergent_bench.base.analysis_names import MEANINGS
from divergent_bench.design.analysis_plan import TESTS, Contrast, Plan
from tests.helpers.hostile import NAMES
from tests.helpers.scores import condition, grid, only, scores_table


def test_two_models_by_hand():
    scores = scores_table(condition([70, 72, 74], model="a") + condition([80, 82, 84], model="b"))

    tests = compare(scores)

    # Rank sums 6 and 15: H = 12 / (6 * 7) * (6^2/3 + 15^2/3) - 3 * 7 = 3.857, chi2(1): p = 0.0495.
    omnibus = only(tests, test="kruskal_wallis")
    assert (omnibus["statistic"], omnibus["p"]) == pytest.approx((3.857, 0.0495), abs=1e-3)
    assert omnibus["effect"] == pytest.approx(3.857 / 5, abs=1e-3)
    # U = 0 of 9, exact: 2 of the 20 ways to share out six ranks are as extreme.
    pair = only(tests, test="mann_whitney")
    assert (pair["statistic"], pair["p"], pair["effect"]) == pytest.approx((0, 0.1, 0))
    # Both sd 2: t = -10 / sqrt(4/3 + 4/3), one of 20 permutations and its mirror image.
    difference = only(tests, test="mean_difference")
    found = difference[["effect", "statistic", "p", "p_adjusted"]].tolist()
    assert found == pytest.approx([-10, -10 / (8 / 3) ** 0.5, 0.1, 0.1])
    assert difference["computation"] == Computation.ALL
    # Correction 1 - 3/15.
    assert only(tests, test="hedges_g")["effect"] == pytest.approx(-10 / 2 * 0.8)
    assert set(tests["n_strata"]) == {1}
    assert (tests["space"] == "wordnet").all()


def test_every_test_that_a_plan_can_name_has_a_meaning_and_rows():
    tests = compare(grid(["a", "b"]), Plan(tests=TESTS))

    assert list(MEANINGS) == list(TESTS)
    assert set(TESTS) <= set(tests["test"])


def test_more_levels_agree_with_scipy():
    scores = grid(["a", "b", "c"], n=5, baselines=False)

    omnibus = only(compare(scores), test="kruskal_wallis", factor="model")

    groups = [part["score"] for _, part in scores.groupby("model", observed=True)]
    assert (omnibus["statistic"], omnibus["p"]) == pytest.approx(tuple(kruskal(*groups)))


def pairs_of(tests, test="mann_whitney", **where):
    pairs = tests[tests["test"] == test]
    for column, value in where.items():
        pairs = pairs[pairs[column] == value]
    return pairs


FAMILIES = ("mann_whitney", "mean_difference")


@pytest.mark.parametrize("test", FAMILIES)
def test_the_pairs_of_a_factor_are_a_family_of_benjamini_and_hochberg(test):
    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12))

    pairs = pairs_of(tests, test, factor="model").sort_values("p", ascending=False)
    # p * 3 / rank, never above that of a larger p.
    stepped = np.minimum.accumulate(pairs["p"].to_numpy() * 3 / np.array([3, 2, 1]))
    assert pairs["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert set(pairs["adjustment"]) == {"Benjamini-Hochberg over 3"}
    assert set(pairs["role"]) == {"exploratory"}
    assert pairs_of(tests, test, factor="strategy")["adjusted_over"].tolist() == [1]


def test_nothing_is_confirmatory_that_nobody_planned():
    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], people=True), Plan(TESTS))

    assert set(tests["role"]) == {"exploratory", "descriptive"}


def test_planned_contrasts_are_a_family_of_holm_by_the_test_that_decides():
    planned = [("model", "c", "a"), ("model", "b", "c"), ("strategy", "none", "etymology")]
    plan = Plan(primary=tuple(Contrast(*each) for each in planned))

    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12), plan)

    confirmatory = tests[tests["role"] == "confirmatory"]
    assert set(confirmatory["test"]) == {"mean_difference"}
    names = ["factor", "group_a", "group_b"]
    assert [tuple(row) for row in confirmatory[names].to_numpy()] == planned
    models = confirmatory[confirmatory["factor"] == "model"].sort_values("p")
    stepped = np.maximum.accumulate(models["p"].to_numpy() * [2, 1])
    assert models["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert confirmatory["adjustment"].tolist() == ["Holm over 2"] * 2 + ["Holm over 1"]
    rest = pairs_of(tests, "mean_difference", factor="model", role="exploratory")
    assert rest[["group_a", "group_b", "adjusted_over"]].to_numpy().tolist() == [["a", "b", 1]]
    assert set(pairs_of(tests, "mann_whitney")["role"]) == {"exploratory"}


def test_the_config_names_what_decides():
    plan = Plan(primary=(Contrast("model", "a", "b"),), decided_by="mann_whitney")

    tests = compare(grid(["a", "b"]), plan)

    assert only(tests, role="confirmatory")["test"] == "mann_whitney"


@pytest.mark.parametrize("planned", [(), (Contrast("model", "a", "b"),)], ids=str)
def test_no_row_contradicts_itself(planned):
    rng = np.random.default_rng(5)
    rows = [
        row
        for place, model in enumerate("abcdef")
        for row in condition(rng.normal(80 + place, 3, 12), model=model)
    ]

    tests = pairs_of(compare(scores_table(rows), Plan(primary=planned)), "mean_difference")

    rejected = tests["p_adjusted"] <= 0.05
    without_0 = (tests["effect_low"] > 0) | (tests["effect_high"] < 0)
    assert rejected.tolist() == without_0.tolist()
    assert 0 < rejected.sum() < len(tests)


def test_only_what_is_planned_is_tested():
    plan = Plan(tests=("equivalence",), factors=("strategy",))

    tests = compare(grid(["a", "b"], ["none", "etymology"], n=12), plan)

    assert tests["test"].tolist() == [
        "equivalence", "mean_difference", "interaction", "crossing",
    ]  # fmt: skip
    assert set(tests["factor"]) == {"strategy"}
    assert tests["margin"].iloc[0] == 1
    assert set(tests["role"]) == {"exploratory"}


def test_a_baseline_takes_part_in_the_contrast_that_names_it_and_nowhere_else():
    plan = Plan(primary=(Contrast("model", "a", "random-nouns"),))
    scores = grid(["a", "b"])

    tests = compare(scores, plan)

    pairs = pairs_of(tests, factor="model")
    assert pairs[["group_a", "group_b"]].to_numpy().tolist() == [["a", "random-nouns"], ["a", "b"]]
    assert pairs["pooled"].tolist() == [False, False]
    assert only(tests, test="kruskal_wallis")["n_a"] == 16
    assert set(tests["factor"]) == {"model"}  # a baseline has no temperature to compare


def test_like_is_compared_with_like():
    # Each strategy separates the models by 2 points, a lower; the strategies lie 20 apart. Model a
    # has more answers in the high one, so its overall mean is the higher one.
    rows = []
    for model, shift in (("a", 0), ("b", 2)):
        for strategy, mean in (("none", 70), ("etymology", 90)):
            n = 30 if (model, strategy) in {("a", "etymology"), ("b", "none")} else 6
            values = mean + shift + np.linspace(-0.9, 0.9, n)
            rows += condition(values, model=model, strategy=strategy)
    scores = scores_table(rows)

    tests = compare(scores, Plan(tests=TESTS))

    means = scores.groupby("model", observed=True)["score"].mean()
    assert means["a"] > means["b"]
    difference = only(tests, test="mean_difference", factor="model")
    assert (difference["effect"], difference["n_strata"]) == (pytest.approx(-2), 2)
    ranks = only(tests, test="mann_whitney", factor="model")
    assert (ranks["effect"], ranks["statistic_name"]) == (0, "Z")
    assert only(tests, test="permutation", factor="model")["p"] == pytest.approx(1 / 5000)
    assert "simple_effect" not in set(tests["test"])  # 2 points in both


def test_in_a_balanced_grid_the_difference_is_that_of_the_overall_means():
    scores = grid(["a", "b"], ["none", "etymology"], [0.5, 1.0], baselines=False)

    difference = only(compare(scores), test="mean_difference", factor="model")

    means = scores.groupby("model", observed=True)["score"].mean()
    assert difference["effect"] == pytest.approx(means["a"] - means["b"])
    assert difference["n_strata"] == 4


def test_answers_without_a_counterpart_are_left_out():
    scores = grid(["a", "b"], ["none", "etymology"], n=8, baselines=False)
    scores = scores[(scores["model"] != "b") | (scores["strategy"] != "etymology")]

    tests = compare(scores)

    pair = only(tests, test="mann_whitney", factor="model")
    assert pair[["n_unmatched_a", "n_unmatched_b"]].tolist() == [8, 0]
    assert pair["note"] == "8 of 16 answers of a left out: no counterpart"
    assert pair[["n_a", "n_b", "n_strata"]].tolist() == [8, 8, 1]
    assert only(tests, test="kruskal_wallis", factor="model")["n_a"] == 16


def test_groups_that_share_no_condition_are_pooled_with_a_warning():
    apart = grid(["b"], ["etymology"], [1.0], baselines=False)
    scores = pd.concat([grid(["a"], baselines=False), apart], ignore_index=True)

    tests = compare(scores, Plan(factors=("model",)))

    for test in ("mann_whitney", "mean_difference", "kruskal_wallis"):
        row = only(tests, test=test)
        assert (row["pooled"], row["confounded_with"]) == (True, "strategy|temperature")
        assert row["note"].startswith("pooled over conditions that differ: strategy and temp")


def test_people_are_compared_with_the_answers_to_the_plain_prompt():
    scores = grid(["a", "b"], ["none", "etymology"], people=True)

    tests = compare(scores)

    pair = only(tests, test="mean_difference", group_a="a", group_b="people")
    plain = scores[scores["strategy"] != "etymology"].groupby("model", observed=True)["score"]
    assert pair["effect"] == pytest.approx(plain.mean()["a"] - plain.mean()["people"])
    assert pair[["n_a", "n_b", "n_unmatched_a"]].tolist() == [8, 8, 8]
    assert not pair["pooled"]
    omnibus = only(tests, test="kruskal_wallis", factor="model")
    assert omnibus["n_groups"] == 2
    assert left_out(omnibus) == [LeftOut("model", "people", Omission.NO_COUNTERPART)]
    assert set(tests["factor"]) == {"model", "strategy"}  # people have no temperature


def test_turning_a_contrast_round_turns_its_signs():
    scores = grid(["a", "b"], ["none", "etymology"], [0.5, 1.0], n=9)
    scores.loc[::9, ["score", "scored_words"]] = np.nan
    tests = [each for each in TESTS if each not in {"kruskal_wallis", "permutation"}]

    one, other = (
        compare(scores, Plan(tuple(tests), ("model",), (Contrast("model", *pair),)))
        for pair in (("a", "b"), ("b", "a"))
    )

    # P(a > b) becomes 1 - P(a > b); the range of differences has no sign.
    middle = np.where(one["test"] == "mann_whitney", 1.0, 0.0)
    signed = one["test"] != "interaction"
    assert (one["effect"] + other["effect"] - middle)[signed].abs().max() < 1e-12
    assert (one["effect_low"] + other["effect_high"] - middle).abs().max() < 1e-12
    assert one["p"].tolist() == pytest.approx(other["p"].tolist(), nan_ok=True)
    assert "worst_case" in set(one["test"])


def test_unscorable_answers_are_tested_and_bounded():
    scores = scores_table(
        [
            *condition([80, 82, 84], model="a"),
            {"model": "a"},
            *condition([70, 71, 72, 73], model="b"),
        ]
    )

    tests = compare(scores)

    scorable = only(tests, test="scorability")
    # 3 of 4 against 4 of 4: either way round is as likely, so p = 1.
    found = scorable[["n_a", "n_b", "p", "effect"]].tolist()
    assert found == pytest.approx([4, 4, 1, -0.25])
    bounds = only(tests, test="worst_case")
    # The missing one between 70 and 84: (246 + 70) / 4 - 71.5 and (246 + 84) / 4 - 71.5.
    assert bounds[["effect_low", "effect_high"]].tolist() == [7.5, 11]
    assert np.isnan(bounds["effect"])
    assert bounds[["assumed_low", "assumed_high"]].tolist() == [70, 84]
    # And between any two scores that there can be, 0 and 200.
    logical = only(tests, test="logical_bounds")
    assert logical[["effect_low", "effect_high"]].tolist() == [246 / 4 - 71.5, 446 / 4 - 71.5]


def test_without_unscorable_answers_there_is_nothing_to_test_or_bound():
    tests = compare(grid(["a", "b"]))

    row = only(tests, test="scorability")
    assert (row["effect"], row["reason"]) == (0, Omission.ALL_SCORABLE)
    assert np.isnan(row["p"])
    assert "worst_case" not in set(tests["test"])


def test_large_samples_are_tested_by_t():
    rng = np.random.default_rng(4)
    scores = scores_table(
        condition(rng.normal(80, 3, 1_100), model="a")
        + condition(rng.normal(80.3, 3, 1_000), model="b")
    )

    row = only(compare(scores, Plan(tests=("permutation",))), test="permutation")

    a, b = (part["score"] for _, part in scores.groupby("model", observed=True))
    expected = ttest_ind(a, b, equal_var=False)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row[["computation", "unit"]].tolist() == [Computation.T, Unit.ANSWER]


def test_baselines_take_no_part():
    scores = grid(["a", "b"])

    with_baselines, without = compare(scores), compare(grid(["a", "b"], baselines=False))

    pd.testing.assert_frame_equal(with_baselines, without)


def test_every_space_is_tested_by_itself():
    scores = grid(["a", "b"])
    second = scores.assign(space="glove", score=150 - scores["score"])

    tests = compare(pd.concat([scores, second], ignore_index=True))

    first = tests[tests["space"] == "wordnet"].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, compare(scores))
    effects = pairs_of(tests, "mean_difference").set_index("space")["effect"]
    assert effects["glove"] == pytest.approx(-effects["wordnet"])


def test_levels_without_a_score_are_named_and_in_no_family():
    rows = condition(range(70, 90), model="a") + condition(range(71, 91), model="b")
    rows += condition([40] * 30, model="c", scored_words="always|the|same")
    rows += [{"model": "d"}] * 5

    tests = compare(scores_table(rows))

    pairs = pairs_of(tests, "mean_difference").set_index(["group_a", "group_b"])
    # A model that always gives the same list is compared like any other.
    assert pairs["p"].notna().tolist() == [True, True, False, True, False, False]
    assert pairs.loc[("a", "c"), "p_adjusted"] < 0.001
    of_d = [LeftOut("model", "d", Omission.NONE_SCORABLE)]
    assert left_out(pairs.loc[("c", "d")]) == of_d
    assert pairs.loc[("c", "d"), "reason"] == Omission.NO_SCORE
    assert set(pairs["adjusted_over"].dropna()) == {3}
    assert left_out(only(tests, test="kruskal_wallis")) == of_d


def test_equal_scores_differ_in_nothing():
    scores = scores_table(condition([80, 80], model="a") + condition([80, 80], model="b"))

    tests = compare(scores)

    for test in ("kruskal_wallis", "mann_whitney"):
        assert only(tests, test=test)["reason"] == Omission.EQUAL_SCORES
    row = only(tests, test="mean_difference")
    assert (row["effect"], row["p"], row["reason"]) == (0, 1, Omission.NO_VARIATION)


def test_five_wordings_are_the_unit():
    rng = np.random.default_rng(2)
    rows = [
        row
        for model in "ab"
        for wording in range(5)
        for row in condition(rng.normal(80, 3, 6), model=model, wording=wording)
    ]

    row = only(compare(scores_table(rows)), test="mean_difference")

    means = pd.DataFrame(rows).groupby(["model", "wording"])["score"].mean()
    expected = ttest_rel(means["a"], means["b"])
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row["unit"] == Unit.WORDING


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_level_is_called_it_is_compared(name):
    scores = grid(["a", name], [name, "none"], n=4, baselines=False)
    plan = Plan(TESTS, primary=(Contrast("model", name, "a"),))

    tests = compare(scores, plan)

    plain = compare(grid(["a", "b"], ["c", "none"], n=4, baselines=False), Plan(TESTS))
    row = only(tests, test="mean_difference", factor="model")
    assert (row["group_a"], row["role"], row["pooled"]) == (name, "confirmatory", False)
    expected = only(plain, test="mean_difference", factor="model")
    assert row["effect"] == pytest.approx(-expected["effect"])


def test_of_baselines_alone_nothing_is_compared():
    assert compare(grid([])).empty


def test_one_level_of_everything_is_an_empty_table_with_its_columns():
    tests = compare(grid(["a"]))

    assert tests.empty
    assert "p_adjusted" in tests.columns


def test_temperatures_are_paired_in_their_order():
    pairs = pairs_of(compare(grid(["a"], temperatures=[None, 1.5, 0.2])))

    assert pairs["group_a"].tolist() == ["0.2", "0.2", "1.5"]


def test_that_no_strategy_applies_is_no_strategy():
    recorded = grid(["people"], ["not-applicable"], [None], baselines=False)
    scores = pd.concat([grid(["a"], ["none", "etymology"]), recorded], ignore_index=True)

    tests = compare(scores)

    pairs = tests[(tests["test"] == "mann_whitney") & (tests["factor"] == "strategy")]
    assert pairs[["group_a", "group_b"]].to_numpy().tolist() == [["etymology", "none"]]


def test_the_order_of_the_rows_does_not_matter():
    scores = grid(["a", "b", "c"], ["none", "etymology"], [0.5, None], n=5)

    shuffled = scores.sample(frac=1, random_state=1)

    pd.testing.assert_frame_equal(compare(shuffled), compare(scores))
