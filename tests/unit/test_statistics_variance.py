"""Where the variance of the scores comes from."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.tables.facts import LeftOut, Omission, left_out
from tests.helpers.scores import condition, grid, scores_table


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


def test_two_by_two_by_hand():
    means = {("a", "none"): 70, ("a", "etymology"): 74, ("b", "none"): 80, ("b", "etymology"): 88}
    rows = [
        row
        for (model, strategy), mean in means.items()
        for row in condition([mean - 1, mean + 1] * 2, model=model, strategy=strategy)
    ]

    table = by_component(decompose_variance(scores_table(rows)))

    # Models 72 and 84: +-6. Strategies 75 and 81: +-3. What is left over: +-1. Within 4/3, a fourth
    # of it is noise of a mean, of which each component has a fourth.
    expected = {"model": 36 - 1 / 12, "strategy": 9 - 1 / 12, "model:strategy": 1 - 1 / 12}
    assert table["variance"].to_dict() == pytest.approx(expected | {"within": 4 / 3})
    total = 46 - 1 / 4 + 4 / 3
    assert table["share"].tolist() == pytest.approx([each / total for each in table["variance"]])
    assert table["n_levels"].tolist() == ["2", "2", "2x2", "2x2"]
    assert table[["reason", "note"]].isna().all(axis=None)


def test_noise_is_taken_off_by_hand():
    rows = condition([78, 82], model="a") + condition([81, 85], model="b")

    table = by_component(decompose_variance(scores_table(rows)))

    # Variances 8 with n - 1, so 4 of each mean. Means 80 and 83: 1.5^2, of which noise 1/2 * 4.
    assert table["variance"].to_dict() == pytest.approx({"model": 2.25 - 2, "within": 8})


def test_every_answer_counts_however_often_its_list_was_given():
    rows = condition([70, 70, 70, 80], model="a", scored_words="the|same")
    rows += condition([90, 94], model="b")

    table = by_component(decompose_variance(scores_table(rows)))

    # a: mean 72.5, variance 25, of the mean 25 / 4. b: mean 92, variance 8, of the mean 4.
    assert table["variance"].to_dict() == pytest.approx(
        {"model": (19.5 / 2) ** 2 - (25 / 4 + 4) / 2 / 2, "within": (25 + 8) / 2}
    )


def test_wordings_by_hand():
    # Two wordings of a condition, means 78 and 84, answers with the variance 2: the means differ by
    # 18 in variance, of which 1 is noise.
    rows = condition([77, 79], wording=0) + condition([83, 85], wording=1)
    rows += condition([77, 79], wording=0, model="b") + condition([83, 85], wording=1, model="b")

    table = by_component(decompose_variance(scores_table(rows)))

    assert table.loc["wording", "variance"] == pytest.approx(17)
    assert table.loc["within", "variance"] == pytest.approx(2)
    # These two wordings are all that is spoken of: noise of the means of models is 1/4 of 2.
    assert table.loc["model", "variance"] == pytest.approx(-0.5 / 2)


def test_five_wordings_are_a_sample_and_add_noise():
    means = [78, 80, 82, 84, 86]
    rows = [
        row
        for model in "ab"
        for wording, mean in enumerate(means)
        for row in condition([mean - 1, mean + 1], model=model, wording=wording)
    ]

    table = by_component(decompose_variance(scores_table(rows)))

    # Between means 10, so that the mean of a model has the noise 10 / 5.
    assert table.loc["model", "variance"] == pytest.approx(-2 / 2)
    assert table.loc["wording", "variance"] == pytest.approx(10 - 2 / 2)


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


def test_where_answers_do_not_vary_there_are_no_shares():
    table = decompose_variance(
        scores_table(condition([80.1] * 3, model="a") + condition([70.3] * 3, model="b"))
    )

    assert table["variance"].tolist() == pytest.approx([4.9**2, 0])
    assert table[["share", "share_low", "share_high"]].isna().all(axis=None)
    assert set(table["reason"]) == {Omission.NO_VARIATION}


def test_one_model_that_never_varies_is_estimated_beside_one_that_does():
    rows = condition([80] * 5, model="a") + condition([70, 74, 76], model="b")

    table = by_component(decompose_variance(scores_table(rows)))

    assert table.loc["within", "variance"] == pytest.approx(np.var([70, 74, 76], ddof=1) / 2)
    assert table["share_low"].notna().all()


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
