import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.summaries import chosen_norms, rank_models, summarize_conditions
from tests.helpers.hostile import NAMES
from tests.helpers.scores import condition, grid, scores_table


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
    assert row["n_repeated"] == 0
    assert row["mean"] == 82  # (80 + 80 + 86) / 3
    assert row["sd"] == pytest.approx(np.sqrt(12))  # (4 + 4 + 16) / 2
    assert row[["median", "min", "max"]].tolist() == [80, 80, 86]
    # Student's t with two degrees of freedom, 4.3027: every answer counts.
    half = 4.3027 * np.sqrt(12 / 3)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((82 - half, 82 + half), abs=1e-3)
    assert row["cost_usd"] == 0.75
    assert row["median_latency_s"] == 2.5
    assert np.isnan(row["percentile_olson2021_study2"])  # not the published space


def test_shares_of_words_that_break_rules_by_hand():
    rows = [
        {"score": 80.0, "n_words": 10, "n_no_noun": 1, "n_very_rare": 4},
        {"score": 70.0, "n_words": 6, "n_no_noun": 3},
        {"outcome": "refused", "n_words": 0},
        {"strategy": "silent", "outcome": "refused", "n_words": 0},
    ]

    one, silent = summarize_conditions(scores_table(rows)).to_dict("records")

    # Of 16 words 4 are no noun, 4 very rare.
    shares = [one[f"share_{rule}"] for rule in ("no_noun", "proper_noun", "very_rare")]
    assert shares == [0.25, 0, 0.25]
    assert np.isnan(silent["share_no_noun"])


def test_an_unscorable_condition_has_a_share_and_no_score():
    row = summarize_conditions(scores_table([{"outcome": "empty"}] * 4)).iloc[0]

    assert (row["n"], row["n_scorable"], row["scorable_share"]) == (4, 0, 0)
    assert row["scorable_high"] == pytest.approx(3.8415 / (4 + 3.8415), abs=1e-4)  # z^2 / (n + z^2)
    assert row[["mean", "mean_low", "sd", "median", "cost_usd"]].isna().all()


@pytest.mark.parametrize("scores", [[80.0], [70.0, 90.0]])
def test_fewer_than_three_answers_have_a_mean_and_no_interval(scores):
    row = summarize_conditions(scores_table(condition(scores))).iloc[0]

    assert row["mean"] == 80
    assert row[["mean_low", "mean_high"]].isna().all()


def test_percentiles_are_told_in_the_spaces_of_their_norms_only():
    spaces = ["glove-840b-300d", "glove-6b-100d", "wordnet"]
    scores = scores_table([{"score": 84.19, "space": space} for space in spaces])

    summary = summarize_conditions(scores).set_index("space")

    columns = ["percentile_olson2021_study2", "percentile_bellemare2024_100k"]
    assert summary.loc["glove-840b-300d", columns].tolist() == pytest.approx([82.3, 64.7], abs=0.05)
    # 77th percentile 84.138, 78th 84.514; (84.19 - 84.138) / 0.376 = 0.138.
    assert summary.loc["glove-6b-100d", columns].tolist() == pytest.approx(
        [77.138, np.nan], abs=0.05, nan_ok=True
    )
    assert summary.loc["wordnet", columns].isna().all()
    assert [(norm.name, norm.space) for norm in chosen_norms(summary.reset_index())] == [
        ("olson2021_study2", "glove-840b-300d"),
        ("olson2021_study2", "glove-6b-100d"),
        ("bellemare2024_100k", "glove-840b-300d"),
    ]


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


def test_models_are_ranked_in_the_cells_that_all_of_them_share():
    rows = condition([80, 82, 84], model="a") + condition([70, 71], model="a", strategy="random")
    rows += condition([78, 79, 80], model="b")

    ranking = rank_models(scores_table(rows)).set_index("label")

    assert ranking["mean"].to_dict() == pytest.approx({"a": 82, "b": 79})
    assert ranking["raw_mean"].to_dict() == pytest.approx({"a": 77.4, "b": 79})
    assert ranking["n_cells"].tolist() == [1, 1]
    half = 4.3027 * 2 / 3**0.5
    assert ranking.loc["a", ["mean_low", "mean_high"]].tolist() == pytest.approx(
        [82 - half, 82 + half], abs=1e-3
    )


@pytest.mark.parametrize(
    ("of_b", "n_cells"), [((None, "none"), 1), ((0.5, "random"), 1), ((None, "random"), 1)]
)
def test_models_that_share_no_cell_are_ranked_in_coarser_ones(of_b, n_cells):
    temperature, strategy = of_b
    rows = condition([80, 82, 84], model="a", temperature=0.5)
    rows += condition([78, 79], model="b", temperature=temperature, strategy=strategy)

    ranking = rank_models(scores_table(rows))

    assert ranking["mean"].tolist() == pytest.approx([82, 78.5])
    assert set(ranking["n_cells"]) == {n_cells}


def test_five_wordings_are_what_the_interval_of_a_rank_is_about():
    means = [78.0, 80, 80, 81, 86]
    rows = [
        row
        for wording, mean in enumerate(means)
        for row in condition([mean - 1, mean + 1], wording=wording)
    ]
    expected = ttest_1samp(means, 0).confidence_interval()

    for table in (rank_models, summarize_conditions):
        row = table(scores_table(rows)).iloc[0]
        assert (row["mean_low"], row["mean_high"]) == pytest.approx((expected.low, expected.high))


def test_ranks_have_the_range_that_the_verdicts_leave():
    spread = np.linspace(-2, 2, 20)
    rows = [
        row
        for model, mean in zip(NAMES, [90, 84.2, 84, 83.9, 70, 60, 50, 40], strict=True)
        for row in condition(mean + spread, model=model)
    ]
    scores = scores_table(rows)

    ranking = rank_models(scores, tests=compare(scores)).set_index("label").loc[list(NAMES)]

    ranges = ranking[["rank_low", "rank_high"]].to_numpy().tolist()
    assert ranges == [[1, 1], *[[2, 4]] * 3, *([n, n] for n in (5, 6, 7, 8))]
    assert rank_models(scores)[["rank_low", "rank_high"]].isna().all(axis=None)


def test_equal_means_share_a_rank():
    scores = scores_table([{"model": name, "score": 80.0} for name in "ab"])

    assert rank_models(scores)["rank"].tolist() == [1, 1]
