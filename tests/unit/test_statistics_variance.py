"""Where the variance of the scores comes from."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from tests.helpers.scores import grid, scores_table


def condition(scores, **key):
    """Return the answers of a condition, a list each."""
    return [{**key, "score": float(score)} for score in scores]


def crossed(models, strategies, temperatures, *, n, seed=0, sd=3.0):
    """Return a full grid of random answers around random means."""
    rng = np.random.default_rng(seed)
    return [
        row
        for model, strategy, temperature in product(models, strategies, temperatures)
        for row in condition(
            rng.normal(rng.normal(80, 2), sd, n),
            model=model,
            strategy=strategy,
            temperature=temperature,
        )
    ]


def by_component(table):
    return table.set_index("component")


def test_two_by_two_without_noise_by_hand():
    means = {("a", "none"): 70, ("a", "etymology"): 74, ("b", "none"): 80, ("b", "etymology"): 88}
    rows = [
        row
        for (model, strategy), mean in means.items()
        for row in condition([mean, mean], model=model, strategy=strategy)
    ]

    table = by_component(decompose_variance(scores_table(rows)))

    # Models 72 and 84: +-6. Strategies 75 and 81: +-3. What is left over: +-1.
    assert table["variance"].to_dict() == pytest.approx(
        {"model": 36, "strategy": 9, "model:strategy": 1, "within": 0}
    )
    assert table["share"].tolist() == pytest.approx([36 / 46, 9 / 46, 1 / 46, 0])
    assert table["n_levels"].tolist() == ["2", "2", "2x2", "2x2"]
    # Lists of one condition do not differ, so neither do the replicates.
    assert table["share_low"].to_numpy() == pytest.approx(table["share"].to_numpy())
    assert table["share_high"].to_numpy() == pytest.approx(table["share"].to_numpy())
    assert table["note"].isna().all()


def test_noise_is_taken_off_by_hand():
    rows = condition([78, 82], model="a") + condition([81, 85], model="b")

    table = by_component(decompose_variance(scores_table(rows)))

    # Variances 8 with n - 1, so 4 of each mean. Means 80 and 83: 1.5^2, of which noise 1/2 * 4.
    assert table["variance"].to_dict() == pytest.approx({"model": 2.25 - 2, "within": 8})


def test_repeated_lists_are_one_observation_by_hand():
    rows = [
        *condition([70] * 3, model="a", scored_words="the|same"),
        *condition([80], model="a"),
        *condition([90, 94], model="b"),
    ]

    table = by_component(decompose_variance(scores_table(rows)))

    # a: mean 72.5; shares 3/4 and 1/4: S2 = 0.625, S3 = 0.4375, so that the factor is
    # 0.625 / (0.625 - 0.875 + 0.390625) = 4.444; noise 4.444 * (7.5^2 + 7.5^2) / 4^2 = 31.25;
    # within 18.75 + 31.25 = 50, the variance of 70 and 80. b: mean 92, noise 8 / 2 = 4, within 8.
    assert table["variance"].to_dict() == pytest.approx(
        {"model": (19.5 / 2) ** 2 - (31.25 + 4) / 2 / 2, "within": (50 + 8) / 2}
    )


@pytest.mark.parametrize("temperatures", [[0.5], [0.2, 0.7, 1.0]])
def test_a_balanced_grid_agrees_with_the_analysis_of_variance(temperatures):
    rows = crossed(["a", "b", "c"], ["none", "etymology"], temperatures, n=6)
    factors = ["model", "strategy", *(["temperature"] if len(temperatures) > 1 else [])]

    table = by_component(decompose_variance(scores_table(rows)))

    formula = "score ~ " + " * ".join(f"C({factor})" for factor in factors)
    anova = anova_lm(ols(formula, pd.DataFrame(rows)).fit())
    error = anova.loc["Residual", "mean_sq"]
    expected = (anova["sum_sq"] - anova["df"] * error) / len(rows)
    expected.index = [name.replace("C(", "").replace(")", "") for name in expected.index]
    expected = expected.rename({"Residual": "within"})
    expected["within"] = error
    assert table["variance"].to_dict() == pytest.approx(expected.to_dict())
    assert table["share"].sum() == pytest.approx(1)


def test_intervals_hold_the_share_and_stay_between_0_and_1():
    # In many conditions the noise of the means adds up: effects that hold it twice lie far above.
    table = decompose_variance(
        scores_table(crossed("abcdefghijkl", ["none", "etymology", "nothing"], [0.5, 1.0], n=6))
    )

    assert (table["share_low"] >= 0).all()
    assert (table["share_low"] <= table["share"]).all()
    assert (table["share"] <= table["share_high"]).all()
    assert (table["share_high"] <= 1).all()
    assert (table["share_low"] < table["share_high"]).all()


def test_every_condition_weighs_the_same():
    few = condition([78, 82], model="a") + condition([88, 92], model="b")
    many = condition([78, 82] * 50, model="a") + condition([88, 92], model="b")

    a, b = (by_component(decompose_variance(scores_table(rows))) for rows in (few, many))

    # 100 answers, 50 each 2 from their mean: variance 4 * 100 / 99, of the mean 4 / 99.
    assert a.loc["model", "variance"] == pytest.approx(25 - (4 + 4) / 4)
    assert b.loc["model", "variance"] == pytest.approx(25 - (4 / 99 + 4) / 4)
    assert b.loc["within", "variance"] == pytest.approx((400 / 99 + 8) / 2)


def test_a_level_that_lacks_combinations_is_left_out_and_named():
    rows = crossed(["a", "b", "c"], ["none", "etymology"], [0.5, 1.0, 1.5], n=4)
    capped = [row for row in rows if not (row["model"] == "a" and row["temperature"] == 1.5)]
    without = [row for row in rows if row["temperature"] != 1.5]

    table = decompose_variance(scores_table(capped))

    # Of 1.5 a third is lacking, of the model a too; both factors have three levels: the later one.
    assert left_out(table.iloc[0]) == [LeftOut("temperature", "1.5", Omission.INCOMPLETE)]
    assert set(table["note"]) == {"left out: temperature 1.5"}
    same = decompose_variance(scores_table(without))
    told = ["left_out", "note"]
    pd.testing.assert_frame_equal(table.drop(columns=told), same.drop(columns=told))


def test_of_equally_incomplete_levels_the_one_of_the_larger_factor_is_left_out():
    rows = crossed(["a", "b", "c", "d"], ["none"], [0.2, 0.5, 0.7], n=3)
    # Lacking: of b 2 of 3, of c 1 of 3; of 0.5 and of 0.7 less.
    lacking = {("b", 0.2), ("b", 0.5), ("c", 0.7)}
    kept = [row for row in rows if (row["model"], row["temperature"]) not in lacking]

    table = by_component(decompose_variance(scores_table(kept)))

    # Without b: c and 0.7 lack 1 of 3 each; three levels each, the later factor: 0.7.
    assert set(table["note"]) == {"left out: model b, temperature 0.7"}
    assert table["n_levels"].to_dict() == {
        "model": "3",
        "temperature": "2",
        "model:temperature": "3x2",
        "within": "3x2",
    }


def test_a_condition_without_a_scorable_answer_is_a_missing_one():
    scores = grid(["a", "b", "c"], ["none", "etymology"], unscorable="b")

    table = decompose_variance(scores)

    assert set(table["note"]) == {"left out: model b"}


def test_a_factor_of_which_one_level_remains_is_no_component():
    rows = crossed(["a", "b"], ["none"], [0.5, 1.0], n=4)
    only_a = [row for row in rows if row["temperature"] == 0.5 or row["model"] == "a"]

    table = decompose_variance(scores_table(only_a))

    assert table["component"].tolist() == ["model", "within"]
    assert set(table["note"]) == {"left out: temperature 1"}


def test_one_factor_and_none():
    one = decompose_variance(grid(["a"], temperatures=[0.5, 1.0, None]))
    none = decompose_variance(grid(["a"]))

    assert one["component"].tolist() == ["temperature", "within"]
    assert none["component"].tolist() == ["within"]
    assert none[["share", "share_low", "share_high"]].iloc[0].tolist() == [1, 1, 1]
    assert none["reason"].tolist() == [Omission.TOO_FEW_LEVELS]


def test_a_condition_with_a_single_list_is_noted():
    rows = condition([80] * 5, model="a", scored_words="always|this") + condition(
        [70, 74], model="b"
    )

    table = by_component(decompose_variance(scores_table(rows)))

    assert table.loc["within", "variance"] == pytest.approx((0 + 8) / 2)
    assert set(table["n_single_list"]) == {1}
    assert "single list, taken to have no variance within: 1" in table["note"].iloc[0]


def test_where_nothing_varies_there_are_no_shares():
    table = decompose_variance(
        scores_table(condition([80, 80], model="a") + condition([80, 80], model="b"))
    )

    assert table["variance"].tolist() == [0, 0]
    assert table[["share", "share_low", "share_high"]].isna().all(axis=None)


def test_baselines_people_and_answers_without_a_strategy_take_no_part():
    models = grid(["a", "b"], ["none", "etymology"], baselines=False)
    people = grid(["students"], ["not-applicable"], [None]).assign(provider="people")
    joined = pd.concat([people, models], ignore_index=True)

    table = decompose_variance(joined)

    pd.testing.assert_frame_equal(table, decompose_variance(models))
    recorded = people.assign(provider="recorded", model="old")
    noted = decompose_variance(pd.concat([models, recorded], ignore_index=True))
    assert noted["variance"].tolist() == table["variance"].tolist()
    assert set(noted["note"]) == {"left out: model old, temperature default"}


def test_recorded_models_of_which_no_strategy_is_known_are_compared():
    recorded = grid(["a", "b"], ["not-applicable"], [None], baselines=False)

    assert decompose_variance(recorded)["component"].tolist() == ["model", "within"]


@pytest.mark.parametrize(
    "scores", [grid([]), grid(["a"], unscorable="a", baselines=False)], ids=["baselines", "refused"]
)
def test_without_a_scorable_answer_the_table_is_empty(scores):
    table = decompose_variance(scores)

    assert table.empty
    assert table["variance"].dtype == float


def test_every_space_is_decomposed_for_itself():
    wordnet = grid(["a", "b"], ["none", "etymology"])
    doubled = wordnet.assign(space="glove", score=wordnet["score"] * 2)

    table = decompose_variance(pd.concat([doubled, wordnet], ignore_index=True))

    assert table["space"].unique().tolist() == ["glove", "wordnet"]
    glove, alone = (table[table["space"] == space] for space in ("glove", "wordnet"))
    assert glove["variance"].to_numpy() == pytest.approx(4 * alone["variance"].to_numpy())
    assert glove["share_low"].to_numpy() == pytest.approx(alone["share_low"].to_numpy())


def test_the_order_of_the_rows_does_not_matter():
    scores = grid(["a", "b", "c"], ["none", "etymology"], [0.5, 1.0])
    shuffled = scores.sample(frac=1, random_state=3).reset_index(drop=True)

    pd.testing.assert_frame_equal(decompose_variance(shuffled), decompose_variance(scores))


def test_drawing_in_pieces_is_drawing(monkeypatch):
    scores = grid(["a", "b"], ["none", "etymology"], n=30)
    whole = decompose_variance(scores)

    monkeypatch.setattr("divergent_bench.analysis.statistics.variance._DRAWS_AT_ONCE", 1_000)

    pd.testing.assert_frame_equal(decompose_variance(scores), whole)


def test_intervals_cover_the_true_shares():
    effects = {"a": -2.0, "b": 0.0, "c": 2.0}  # variance 8/3; strategies make no difference
    truth = {"model": (8 / 3) / (8 / 3 + 9), "strategy": 0.0}
    rng = np.random.default_rng(5)
    covered = dict.fromkeys(truth, 0)
    for _ in range(60):
        rows = [
            row
            for model, strategy in product(effects, ["none", "etymology"])
            for row in condition(
                rng.normal(80 + effects[model], 3, 20), model=model, strategy=strategy
            )
        ]
        table = by_component(decompose_variance(scores_table(rows)))
        for component, share in truth.items():
            low, high = table.loc[component, ["share_low", "share_high"]]
            covered[component] += low <= share <= high

    # Of 60 intervals with 95 %, 51 or fewer cover once in 300 times.
    assert min(covered.values()) > 51
