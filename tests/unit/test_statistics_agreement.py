import numpy as np
import pytest

from divergent_bench.analysis.statistics.agreement import compare_spaces, concordance
from tests.helpers.scores import scores_table


def scored(**by_space: dict[str, float]):
    return scores_table(
        {"space": space, "model": model, "seed": 0, "score": score}
        for space, means in by_space.items()
        for model, score in means.items()
    )


def test_two_spaces_that_swap_a_pair_by_hand():
    scores = scored(one={"a": 80.0, "b": 70.0, "c": 60.0}, other={"a": 90.0, "b": 50.0, "c": 55.0})

    tau, w = compare_spaces(scores).to_dict("records")

    assert (tau["space_a"], tau["space_b"], tau["n_models"]) == ("one", "other", 3)
    assert tau["value"] == pytest.approx(1 / 3)  # two pairs agree, one does not, of three
    # Sums of ranks 6, 3, 3 around 4: 6; at most 2^2 (3^3 - 3) / 12 = 8.
    assert (w["space_a"], w["measure"]) == ("all", "kendall_w")
    assert w["value"] == pytest.approx(6 / 8)


def test_the_same_order_agrees_and_baselines_take_no_part():
    scores = scored(one={"a": 80.0, "b": 70.0}, other={"a": 30.0, "b": 20.0})
    odd = scores.assign(provider="baseline", model=["x", "y", "y", "x"])
    joined = scores_table([*scores.to_dict("records"), *odd.to_dict("records")])

    assert compare_spaces(joined)["value"].tolist() == [1, 1]
    assert compare_spaces(joined)["n_models"].tolist() == [2, 2]


def test_models_without_a_score_in_some_space_take_no_part():
    scores = scored(one={"a": 80.0, "b": 70.0}, other={"a": 90.0, "b": np.nan})

    agreement = compare_spaces(scores)

    assert agreement["n_models"].tolist() == [1, 1]
    assert agreement["value"].isna().all()


def test_the_interval_is_of_models_whose_answers_are_drawn_again():
    rng = np.random.default_rng(1)
    rows = [
        {"space": space, "model": model, "seed": seed, "score": score}
        for place, model in enumerate("abcd")
        for seed, score in enumerate(rng.normal(80 + place, 4, 12))
        for space, score in (("one", score), ("other", score + rng.normal(0, 2)))
    ]

    agreement = compare_spaces(scores_table(rows))

    assert (agreement["low"] <= agreement["value"]).all()
    assert (agreement["low"] < agreement["high"]).all()
    apart = [row | {"score": row["score"] + 40 * ord(row["model"])} for row in rows]
    of_order = compare_spaces(scores_table(apart))
    assert of_order[["value", "low", "high"]].to_numpy().tolist() == [[1.0] * 3] * 2


def test_a_model_that_is_seldom_scorable_in_some_space_has_an_interval_still():
    rows = [
        {"space": space, "model": model, "seed": seed, "score": 80.0 + seed}
        for space in ("one", "other")
        for model in "ab"
        for seed in range(3)
        if (space, model) != ("other", "b") or seed == 0
    ]

    agreement = compare_spaces(scores_table(rows))

    assert agreement[["low", "high"]].notna().all(axis=None)


def test_a_single_space_has_nothing_to_agree_with():
    assert compare_spaces(scored(one={"a": 80.0, "b": 70.0})).empty


def test_ties_are_corrected_for():
    # Ranks 1.5, 1.5, 3 twice: with the correction the same order is full agreement.
    assert concordance([np.array([5.0, 5, 9]), np.array([1.0, 1, 2])]) == pytest.approx(1)


@pytest.mark.parametrize("ratings", [[], [[1.0, 2]], [[1.0], [2.0]], [[1.0, 1], [2.0, 2]]], ids=str)
def test_where_there_is_no_order_there_is_no_concordance(ratings):
    assert np.isnan(concordance([np.array(rating) for rating in ratings]))
