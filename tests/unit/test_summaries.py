import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.summaries import chosen_norms, rank_models, summarize_conditions
from tests.helpers.scores import grid, scores_table


def test_a_condition_by_hand():
    scores = scores_table(
        [
            {"score": 80.0, "scored_words": "x|y", "cost_usd": 0.25, "latency_s": 1.0},
            {"score": 80.0, "scored_words": "y|x", "cost_usd": 0.5, "latency_s": 3.0},
            {"score": 86.0, "latency_s": 2.0},
            {"outcome": "refused", "latency_s": 9.0},
        ]
    )

    row = summarize_conditions(scores).iloc[0]

    assert row[["n", "n_ok", "n_refused", "n_empty", "n_scorable", "n_unique_lists"]].tolist() == [
        4, 3, 1, 0, 3, 2,
    ]  # fmt: skip
    assert row["scorable_share"] == 0.75
    assert row["effective_n"] == pytest.approx(9 / 5)  # (2 + 1)^2 / (4 + 1)
    assert row["mean"] == 82  # (80 + 80 + 86) / 3
    assert row["sd"] == pytest.approx(np.sqrt(12))  # (4 + 4 + 16) / 2
    assert row[["median", "min", "max"]].tolist() == [80, 80, 86]
    assert (row["mean_low"], row["mean_high"]) == (80, 86)  # two lists: all between them
    assert row["cost_usd"] == 0.75
    assert row["median_latency_s"] == 2.5
    assert np.isnan(row["percentile_olson2021_study2"])  # not the published space


def test_an_unscorable_condition_has_a_share_and_no_score():
    row = summarize_conditions(scores_table([{"outcome": "empty"}] * 4)).iloc[0]

    assert (row["n"], row["n_scorable"], row["scorable_share"]) == (4, 0, 0)
    assert row["scorable_high"] == pytest.approx(3.8415 / (4 + 3.8415), abs=1e-4)  # z^2 / (n + z^2)
    assert row[["mean", "mean_low", "sd", "median", "cost_usd"]].isna().all()


def test_one_sample_has_a_mean_and_no_interval():
    row = summarize_conditions(scores_table([{"score": 80.0}])).iloc[0]

    assert row["mean"] == 80
    assert row[["sd", "mean_low", "mean_high"]].isna().all()


def test_percentiles_are_told_in_the_published_space_only():
    scores = scores_table([{"score": 84.19, "space": "glove-840b-300d"}, {"score": 84.19}])

    summary = summarize_conditions(scores).set_index("space")

    columns = ["percentile_olson2021_study2", "percentile_bellemare2024_100k"]
    assert summary.loc["glove-840b-300d", columns].tolist() == pytest.approx([82.3, 64.7], abs=0.05)
    assert summary.loc["wordnet", columns].isna().all()


def test_only_chosen_norms_are_filled_in():
    scores = scores_table([{"score": 84.19, "space": "glove-840b-300d"}])

    for table in (summarize_conditions, rank_models):
        chosen = table(scores, ["bellemare2024_100k"])
        assert np.isnan(chosen["percentile_olson2021_study2"].iloc[0])
        assert chosen["percentile_bellemare2024_100k"].iloc[0] == pytest.approx(64.7, abs=0.05)
        assert [norm.name for norm in chosen_norms(chosen)] == ["bellemare2024_100k"]


def test_conditions_are_sorted_within_spaces_in_the_order_of_the_table():
    first = grid(["b", "a"], ["none", "etymology"], [None, 0.5], n=2)
    scores = pd.concat([first, first.assign(space="aaa")], ignore_index=True)

    summary = summarize_conditions(scores.sample(frac=1, random_state=2).sort_values(
        "space", key=lambda column: column != "wordnet", kind="stable"
    ))  # fmt: skip

    assert summary["space"].unique().tolist() == ["wordnet", "aaa"]
    keys = summary.loc[summary["provider"] == "openai", ["model", "strategy", "temperature"]]
    assert keys.head(4).fillna({"temperature": -1}).to_numpy().tolist() == [
        ["a", "etymology", 0.5],
        ["a", "etymology", -1],
        ["a", "none", 0.5],
        ["a", "none", -1],
    ]


def test_the_summary_does_not_depend_on_the_order_of_the_rows():
    scores = grid(["a", "b"], ["none", "etymology"])

    pd.testing.assert_frame_equal(
        summarize_conditions(scores.sample(frac=1, random_state=1)), summarize_conditions(scores)
    )


def test_another_model_changes_no_other_row():
    alone = summarize_conditions(grid(["a"], baselines=False))
    joined = summarize_conditions(
        pd.concat([grid(["a"], baselines=False), grid(["b"], baselines=False)], ignore_index=True)
    )

    pd.testing.assert_frame_equal(joined.head(1), alone)


def test_models_are_ranked_and_people_and_baselines_stand_among_them_without_a_rank():
    scores = scores_table(
        [
            {"model": "low", "score": 70.0},
            {"model": "high", "score": 85.0},
            {"model": "high", "score": 87.0, "temperature": 1.0},
            {"model": "silent", "outcome": "refused"},
            {"model": "olson", "provider": "people", "score": 80.0},
            {"model": "oracle", "provider": "baseline", "score": 100.0},
        ]
    )

    ranking = rank_models(scores)

    assert ranking["label"].tolist() == ["oracle", "high", "olson", "low", "silent"]
    assert ranking["kind"].tolist() == ["baseline", "model", "people", "model", "model"]
    assert ranking["rank"].fillna(0).tolist() == [0, 1, 0, 2, 0]
    assert ranking["n_conditions"].tolist() == [1, 2, 1, 1, 1]
    assert ranking["baseline"].tolist() == [True, False, False, False, False]


def test_equal_means_share_a_rank():
    scores = scores_table([{"model": name, "score": 80.0} for name in "ab"])

    assert rank_models(scores)["rank"].tolist() == [1, 1]
