import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal

from divergent_bench.statistics.comparisons import compare
from divergent_bench.statistics.design import answers, confounded_with, levels
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
    difference = only(tests, test="mean_difference")
    assert difference["statistic"] == -10
    assert difference["effect"] == pytest.approx(-10 / 2 * 0.8)  # sd 2, correction 1 - 3/15
    assert (tests["space"] == "wordnet").all()


def test_a_list_given_again_changes_counts_and_nothing_else():
    scores = grid(["a", "b", "c"], n=6)
    repeated = compare(pd.concat([scores] * 5, ignore_index=True))
    once = compare(scores)

    same = [column for column in once.columns if column not in {"n_a", "n_b"}]
    pd.testing.assert_frame_equal(repeated[same], once[same])
    assert (repeated["n_a"] == 5 * once["n_a"]).all()


def test_more_levels_agree_with_scipy():
    scores = grid(["a", "b", "c"], n=5, baselines=False).assign(
        scored_words=lambda table: [f"{place}|x" for place in range(len(table))]
    )

    omnibus = only(compare(scores), test="kruskal_wallis", factor="model")

    groups = [part["score"] for _, part in scores.groupby("model", observed=True)]
    assert (omnibus["statistic"], omnibus["p"]) == pytest.approx(tuple(kruskal(*groups)))


def test_holm_is_over_the_pairs_of_a_factor():
    tests = compare(grid(["a", "b", "c"], ["none", "etymology"], n=12))

    pairs = tests[(tests["test"] == "mann_whitney") & (tests["factor"] == "model")]
    by_size = pairs.sort_values("p")
    stepped = np.maximum.accumulate(by_size["p"].to_numpy() * [3, 2, 1])
    assert by_size["p_adjusted"].to_numpy() == pytest.approx(np.minimum(stepped, 1))
    assert set(pairs["adjustment"]) == {"holm over 3"}
    assert only(tests, test="mann_whitney", factor="strategy")["adjustment"] == "holm over 1"


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
    assert "degenerate: c has one unique list" in pairs.loc[("a", "c"), "note"]
    assert "degenerate: d has no scorable sample" in pairs.loc[("a", "d"), "note"]
    assert pairs.loc[("a", "b"), "adjustment"] == "holm over 1"
    assert pairs.loc[("a", "c"), ["n_b", "n_unique_b"]].tolist() == [30, 1]
    assert "left out, degenerate: c" in only(tests, test="kruskal_wallis")["note"]


def test_equal_scores_are_not_tested():
    scores = scores_table(rows_of([80, 80], model="a") + rows_of([80, 80], model="b"))

    tests = compare(scores)

    assert tests.loc[tests["test"] == "kruskal_wallis", "note"].item() == (
        "not tested: all scores are equal"
    )
    assert only(tests, test="mann_whitney")["p"] == 1
    assert only(tests, test="mean_difference")["note"].endswith("no variation in either group")


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


def test_factors_that_cannot_be_told_apart_are_noted():
    crossed = grid(["a", "b"], ["none", "etymology"], baselines=False)
    confounded = pd.concat(
        [grid(["a"], ["none"], baselines=False), grid(["b"], ["etymology"], baselines=False)],
        ignore_index=True,
    )

    assert confounded_with(answers(crossed), "model") == []
    assert confounded_with(answers(confounded), "model") == ["strategy"]
    assert (
        "not balanced over strategy"
        in only(compare(confounded), test="kruskal_wallis", factor="model")["note"]
    )


def test_a_missing_combination_is_noted_though_every_pair_of_factors_is_crossed():
    full = grid(["a", "b"], ["none", "etymology"], [0, 1], baselines=False)
    missing = (full["model"] == "a") & (full["strategy"] == "none") & (full["temperature"] == 0)

    assert confounded_with(answers(full[~missing]), "model") == ["strategy", "temperature"]


def test_the_order_of_the_rows_does_not_matter():
    scores = grid(["a", "b", "c"], ["none", "etymology"], [0.5, None])

    shuffled = scores.sample(frac=1, random_state=1)

    pd.testing.assert_frame_equal(compare(shuffled), compare(scores))
