import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal, ttest_ind

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.design import answers, confounded_with, levels
from divergent_bench.analysis.tables.facts import Computation, LeftOut, Omission, Unit, left_out
from divergent_bench.base.analysis_names import MEANINGS
from divergent_bench.design.analysis_plan import TESTS, Contrast, Plan
from tests.helpers.scores import grid, scores_table


def rows_of(values, **key):
    return [{**key, "score": float(value)} for value in values]


def only(table, **where):
    chosen = table
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1, chosen
    return chosen.iloc[0]


def test_two_models_by_hand():
    scores = scores_table(rows_of([70, 72, 74], model="a") + rows_of([80, 82, 84], model="b"))

    tests = compare(scores)

    # Rank sums 6 and 15: H = 12 / (6 * 7) * (6^2/3 + 15^2/3) - 3 * 7 = 3.857, chi2(1): p = 0.0495.
    omnibus = only(tests, test="kruskal_wallis")
    assert (omnibus["statistic"], omnibus["p"]) == pytest.approx((3.857, 0.0495), abs=1e-3)
    assert omnibus["effect"] == pytest.approx(3.857 / 5, abs=1e-3)
    # U = 0 of 9, exact: 2 of the 20 ways to share out six ranks are as extreme.
    pair = only(tests, test="mann_whitney")
    assert (pair["statistic"], pair["p"], pair["effect"]) == pytest.approx((0, 0.1, -1))
    # Both sd 2: standard error sqrt(4/3 + 4/3) with 4 degrees of freedom, t 2.776.
    difference = only(tests, test="mean_difference")
    assert difference["effect"] == -10
    assert difference["effect_low"] == pytest.approx(-10 - 2.776 * (8 / 3) ** 0.5, abs=1e-3)
    # Correction 1 - 3/15.
    assert only(tests, test="hedges_g")["effect"] == pytest.approx(-10 / 2 * 0.8)
    assert set(tests["n_strata"]) == {1}
    assert (tests["space"] == "wordnet").all()


def test_every_test_that_a_plan_can_name_has_a_meaning_and_rows():
    tests = compare(grid(["a", "b"]), Plan(tests=TESTS))

    assert list(MEANINGS) == list(TESTS)
    assert set(TESTS) <= set(tests["test"])


def test_a_list_given_again_changes_counts_and_nothing_else():
    scores = grid(["a", "b", "c"], n=6)
    repeated = compare(pd.concat([scores] * 5, ignore_index=True))
    once = compare(scores)

    of_lists = repeated["test"] != "scorability"
    same = [column for column in once.columns if column not in {"n_a", "n_b"}]
    pd.testing.assert_frame_equal(repeated.loc[of_lists, same], once.loc[of_lists, same])
    assert (repeated["n_a"] == 5 * once["n_a"]).all()


def test_more_levels_agree_with_scipy():
    scores = grid(["a", "b", "c"], n=5, baselines=False).assign(
        scored_words=lambda table: [f"{place}|x" for place in range(len(table))]
    )

    omnibus = only(compare(scores), test="kruskal_wallis", factor="model")

    groups = [part["score"] for _, part in scores.groupby("model", observed=True)]
    assert (omnibus["statistic"], omnibus["p"]) == pytest.approx(tuple(kruskal(*groups)))


def pairs_of(tests, test="mann_whitney", **where):
    pairs = tests[tests["test"] == test]
    for column, value in where.items():
        pairs = pairs[pairs[column] == value]
    return pairs


def test_exploratory_pairs_of_all_factors_are_one_family_of_benjamini_and_hochberg():
    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12))

    pairs = pairs_of(tests).sort_values("p", ascending=False)
    # Three pairs of models and one of strategies: p * 4 / rank, never above that of a larger p.
    stepped = np.minimum.accumulate(pairs["p"].to_numpy() * 4 / np.array([4, 3, 2, 1]))
    assert pairs["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert set(pairs["adjusted_by"]) == {"benjamini-hochberg"}
    assert set(pairs["adjusted_over"]) == {4}
    assert set(pairs["adjustment"]) == {"benjamini-hochberg over 4"}
    assert set(pairs["role"]) == {"exploratory"}


def test_without_a_primary_contrast_the_omnibus_tests_are_confirmatory():
    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12))

    omnibus = pairs_of(tests, "kruskal_wallis").sort_values("p")
    stepped = np.maximum.accumulate(omnibus["p"].to_numpy() * [2, 1])
    assert omnibus["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert set(omnibus["adjusted_by"]) == {"holm"}
    assert set(omnibus["adjusted_over"]) == {2}
    assert set(omnibus["role"]) == {"confirmatory"}


def test_primary_contrasts_are_a_family_of_holm_and_keep_their_order():
    plan = Plan(primary=(Contrast("model", "c", "a"), Contrast("strategy", "none", "etymology")))

    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12), plan)

    pairs = pairs_of(tests)
    planned = pairs[pairs["role"] == "confirmatory"]
    assert planned[["group_a", "group_b"]].to_numpy().tolist() == [
        ["c", "a"],
        ["none", "etymology"],
    ]
    by_size = planned.sort_values("p")
    stepped = np.maximum.accumulate(by_size["p"].to_numpy() * [2, 1])
    assert by_size["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert set(zip(planned["adjusted_by"], planned["adjusted_over"], strict=True)) == {("holm", 2)}
    rest = pairs[pairs["role"] == "exploratory"]
    assert rest[["group_a", "group_b"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]
    assert set(rest["adjusted_over"]) == {2}
    assert set(rest["adjusted_by"]) == {"benjamini-hochberg"}
    assert set(pairs_of(tests, "kruskal_wallis")["role"]) == {"exploratory"}


def test_only_what_is_planned_is_tested():
    plan = Plan(tests=("equivalence",), factors=("strategy",))

    tests = compare(grid(["a", "b"], ["none", "etymology"], n=12), plan)

    assert tests["test"].tolist() == ["equivalence", "mean_difference"]
    assert set(tests["factor"]) == {"strategy"}
    assert tests["margin"].iloc[0] == 1
    assert tests["role"].tolist() == ["exploratory", "descriptive"]


def test_a_baseline_takes_part_in_the_contrast_that_names_it_and_nowhere_else():
    plan = Plan(primary=(Contrast("model", "a", "random-nouns"),))
    scores = grid(["a", "b"])

    tests = compare(scores, plan)

    pairs = pairs_of(tests, factor="model")
    assert pairs[["group_a", "group_b"]].to_numpy().tolist() == [["a", "random-nouns"], ["a", "b"]]
    assert pairs["pooled"].tolist() == [True, False]
    assert pairs["confounded_with"].iloc[0] == "strategy|temperature"
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
            rows += rows_of(values, model=model, strategy=strategy)
    scores = scores_table(rows)

    tests = compare(scores, Plan(tests=TESTS))

    means = scores.groupby("model", observed=True)["score"].mean()
    assert means["a"] > means["b"]
    difference = only(tests, test="mean_difference", factor="model")
    assert (difference["effect"], difference["n_strata"]) == (pytest.approx(-2), 2)
    ranks = only(tests, test="mann_whitney", factor="model")
    assert (ranks["effect"], ranks["statistic_name"]) == (-1, "Z")
    assert only(tests, test="permutation", factor="model")["p"] == pytest.approx(1 / 2000)


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


def test_a_group_without_a_counterpart_is_left_out_of_the_omnibus_test():
    apart = grid(["c"], ["etymology"], baselines=False)
    scores = pd.concat([grid(["a", "b"], baselines=False), apart], ignore_index=True)

    omnibus = only(compare(scores), test="kruskal_wallis", factor="model")

    assert omnibus["n_groups"] == 2
    assert left_out(omnibus) == [LeftOut("model", "c", Omission.NO_COUNTERPART)]


def test_groups_that_share_no_condition_are_pooled_with_a_warning():
    people = grid(["people"], ["not-applicable"], [None], baselines=False).assign(provider="people")
    scores = pd.concat([grid(["a"], ["none", "etymology"]), people], ignore_index=True)

    tests = compare(scores)

    pair = only(tests, test="mann_whitney", factor="model")
    assert pair[["n_a", "n_b", "n_strata"]].tolist() == [16, 8, 1]
    for row in (pair, only(tests, test="kruskal_wallis", factor="model")):
        assert row["pooled"]
        assert row["confounded_with"] == "strategy|temperature"
        assert row["note"].startswith("pooled over conditions that differ: strategy and temp")
    assert set(tests["factor"]) == {"model", "strategy"}  # people have no temperature


def test_a_list_given_in_several_strata_is_one_unit():
    # a gave its first list twice under none and once under etymology.
    same = {"model": "a", "scored_words": "the|same"}
    scores = scores_table(
        [
            *rows_of([80, 80], strategy="none", **same),
            *rows_of([80], strategy="etymology", **same),
            *rows_of([70, 75], strategy="etymology", model="a"),
            *rows_of([81, 82], strategy="none", model="b"),
            *rows_of([71, 76, 79], strategy="etymology", model="b"),
        ]
    )

    pair = only(compare(scores), test="mann_whitney", factor="model")

    assert pair[["n_a", "n_unique_a", "n_unique_b"]].tolist() == [5, 3, 5]
    # none: 80 below 81 and 82: -1, weight 1 * 2 / 3. etymology: 70 and 75 against 71, 76, 79 win
    # 0 - 3 and 1 - 2 of 3: -4/6, weight 2 * 3 / 5.
    assert pair["effect"] == pytest.approx((-2 / 3 - 4 / 6 * 6 / 5) / (2 / 3 + 6 / 5))


def test_turning_a_contrast_round_turns_its_signs():
    scores = grid(["a", "b"], ["none", "etymology"], [0.5, 1.0], n=7)
    scores.loc[::9, ["score", "scored_words"]] = np.nan

    tables = [
        compare(scores, Plan(TESTS, ("model",), (Contrast("model", *pair),)))
        for pair in (("a", "b"), ("b", "a"))
    ]

    one, other = (table[table["test"] != "kruskal_wallis"] for table in tables)
    assert (one["effect"] + other["effect"]).dropna().abs().max() < 1e-12
    assert (one["effect_low"] + other["effect_high"]).abs().max() < 1e-12
    assert one["p"].tolist() == pytest.approx(other["p"].tolist(), nan_ok=True)
    assert "worst_case" in set(one["test"])


def test_unscorable_answers_are_tested_and_bounded():
    scores = scores_table(
        [*rows_of([80, 82, 84], model="a"), {"model": "a"}, *rows_of([70, 71, 72, 73], model="b")]
    )

    tests = compare(scores)

    scorable = only(tests, test="scorability")
    # 3 of 4 against 4 of 4: either way round is as likely, so p = 1.
    assert scorable[["n_a", "n_b", "p", "effect"]].tolist() == [4, 4, 1, -0.25]
    bounds = only(tests, test="worst_case")
    # The missing one between 70 and 84: (246 + 70) / 4 - 71.5 and (246 + 84) / 4 - 71.5.
    assert bounds[["effect_low", "effect_high"]].tolist() == [7.5, 11]
    assert np.isnan(bounds["effect"])
    assert bounds[["assumed_low", "assumed_high"]].tolist() == [70, 84]


def test_without_unscorable_answers_there_is_nothing_to_test_or_bound():
    tests = compare(grid(["a", "b"]))

    row = only(tests, test="scorability")
    assert (row["effect"], row["reason"]) == (0, Omission.ALL_SCORABLE)
    assert np.isnan(row["p"])
    assert "worst_case" not in set(tests["test"])


def test_large_samples_are_tested_by_t():
    rng = np.random.default_rng(4)
    scores = scores_table(
        rows_of(rng.normal(80, 3, 1_100), model="a")
        + rows_of(rng.normal(80.3, 3, 1_000), model="b")
    )

    row = only(compare(scores, Plan(tests=("permutation",))), test="permutation")

    a, b = (part["score"] for _, part in scores.groupby("model", observed=True))
    expected = ttest_ind(a, b, equal_var=False)
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row[["computation", "unit"]].tolist() == [Computation.T, Unit.CLUSTERED]


def test_baselines_take_no_part():
    scores = grid(["a", "b"])

    with_baselines, without = compare(scores), compare(grid(["a", "b"], baselines=False))

    pd.testing.assert_frame_equal(with_baselines, without)


def test_only_the_primary_space_is_tested():
    scores = grid(["a", "b"])
    second = scores.assign(space="glove-840b-300d", score=50.0)

    pd.testing.assert_frame_equal(
        compare(pd.concat([scores, second], ignore_index=True)), compare(scores)
    )


def test_a_group_with_one_list_is_degenerate_not_significant():
    scores = scores_table(
        rows_of(range(70, 90), model="a")
        + rows_of(range(71, 91), model="b")
        + rows_of([40] * 30, model="c", scored_words="always|the|same")
        + [{"model": "d"}] * 5
    )

    tests = compare(scores)

    pairs = tests[tests["test"] == "mann_whitney"].set_index(["group_a", "group_b"])
    assert pairs["p"].notna().tolist() == [True, False, False, False, False, False]
    of_c = LeftOut("model", "c", Omission.ONE_LIST)
    of_d = LeftOut("model", "d", Omission.NONE_SCORABLE)
    assert left_out(pairs.loc[("a", "c")]) == [of_c]
    assert left_out(pairs.loc[("c", "d")]) == [of_c, of_d]
    assert pairs["reason"].eq(Omission.DEGENERATE).tolist() == [False, *[True] * 5]
    assert pairs.loc[("a", "c"), "note"] == "degenerate: c has one unique list"
    assert pairs.loc[("a", "b"), "adjusted_over"] == 1
    assert pairs.loc[("a", "c"), ["n_b", "n_unique_b"]].tolist() == [30, 1]
    assert left_out(only(tests, test="kruskal_wallis")) == [of_c, of_d]


def test_equal_scores_are_not_tested():
    scores = scores_table(rows_of([80, 80], model="a") + rows_of([80, 80], model="b"))

    tests = compare(scores)

    assert only(tests, test="kruskal_wallis")["reason"] == Omission.EQUAL_SCORES
    assert only(tests, test="mann_whitney")["p"] == 1
    assert only(tests, test="mean_difference")["reason"] == Omission.NO_VARIATION


def test_of_baselines_alone_nothing_is_compared():
    assert compare(grid([])).empty


def test_one_level_of_everything_is_an_empty_table_with_its_columns():
    tests = compare(grid(["a"]))

    assert tests.empty
    assert "p_adjusted" in tests.columns


def test_temperatures_are_ordered_by_value_and_the_default_is_last():
    scores = grid(["a"], temperatures=[None, 1.5, 0.2])

    assert levels(answers(scores), "temperature") == ["0.2", "1.5", "default"]
    pairs = compare(scores)
    pairs = pairs[pairs["test"] == "mann_whitney"]
    assert pairs["group_a"].tolist() == ["0.2", "0.2", "1.5"]


def test_that_no_strategy_applies_is_no_strategy():
    recorded = grid(["people"], ["not-applicable"], [None], baselines=False)
    scores = pd.concat([grid(["a"], ["none", "etymology"]), recorded], ignore_index=True)

    tests = compare(scores)

    pairs = tests[(tests["test"] == "mann_whitney") & (tests["factor"] == "strategy")]
    assert pairs[["group_a", "group_b"]].to_numpy().tolist() == [["etymology", "none"]]


def test_factors_that_cannot_be_told_apart_are_known():
    crossed = grid(["a", "b"], ["none", "etymology"], baselines=False)
    confounded = pd.concat(
        [grid(["a"], ["none"], baselines=False), grid(["b"], ["etymology"], baselines=False)],
        ignore_index=True,
    )

    assert confounded_with(answers(crossed), "model") == []
    assert confounded_with(answers(confounded), "model") == ["strategy"]
    omnibus = only(compare(confounded), test="kruskal_wallis", factor="model")
    assert omnibus[["pooled", "confounded_with"]].tolist() == [True, "strategy"]


def test_a_missing_combination_is_known_though_every_pair_of_factors_is_crossed():
    full = grid(["a", "b"], ["none", "etymology"], [0, 1], baselines=False)
    missing = (full["model"] == "a") & (full["strategy"] == "none") & (full["temperature"] == 0)

    assert confounded_with(answers(full[~missing]), "model") == ["strategy", "temperature"]


def test_the_order_of_the_rows_does_not_matter():
    scores = grid(["a", "b", "c"], ["none", "etymology"], [0.5, None])

    shuffled = scores.sample(frac=1, random_state=1)

    pd.testing.assert_frame_equal(compare(shuffled), compare(scores))
