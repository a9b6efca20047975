"""Comparisons within stimuli: what answers to one of them have in common is taken out."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from divergent_bench.analysis.people import compare_with_people
from divergent_bench.analysis.statistics.cells import match, split
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.decision import decide
from divergent_bench.analysis.statistics.design import answers
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.summaries import rank_models, summarize_conditions
from tests.helpers.scores import condition, only, scores_table

CUES = ["bread", "desk", "music", "ocean", "winter"]
# By cue, a mean of 71, 80, 59, 90, 65 and of 68, 79, 60, 84, 64: differences 3, 1, -1, 6, 1.
A = {"bread": [70, 72], "desk": [80, 80], "music": [58, 60], "ocean": [91, 89], "winter": [65, 65]}
B = {"bread": [68, 68], "desk": [78, 80], "music": [60, 60], "ocean": [84, 84], "winter": [63, 65]}
DIFFERENCES = np.array([3, 1, -1, 6, 1])


def rows(by_cue: dict[str, list[float]], **key: object) -> Iterator[dict[str, object]]:
    for cue, scores in by_cue.items():
        yield from condition(scores, task="cdat", strategy="cdat", stimulus=cue, **key)


def row_of(table: pd.DataFrame, **where: object) -> "pd.Series":
    return only(table, test="mean_difference", **where)


def assert_paired(row: "pd.Series", sign: int = 1) -> None:
    known = stats.ttest_1samp(sign * DIFFERENCES, 0)
    assert row["effect"] == pytest.approx(sign * 2)
    assert row["statistic"] == pytest.approx(known.statistic)
    assert row["p"] == pytest.approx(known.pvalue)
    assert row["unit"] == "stimulus"


def test_two_models_are_compared_stimulus_by_stimulus() -> None:
    table = scores_table([*rows(A, model="a"), *rows(B, model="b")])
    row = row_of(compare(table), factor="model")
    assert_paired(row)
    low, high = stats.ttest_1samp(DIFFERENCES, 0).confidence_interval(0.95)
    assert (row["effect_low"], row["effect_high"]) == pytest.approx((low, high))
    # As if answers were independent of each other, nothing would be seen of it.
    of_a, of_b = (np.concatenate(list(of.values())) for of in (A, B))
    assert stats.ttest_ind(of_a, of_b).pvalue > 0.5


def test_how_often_a_stimulus_was_asked_does_not_matter() -> None:
    often = A | {"ocean": A["ocean"] * 20}
    table = scores_table([*rows(often, model="a"), *rows(B, model="b")])
    assert_paired(row_of(compare(table), factor="model"))


def test_a_stimulus_that_one_has_no_score_at_is_left_aside() -> None:
    lacking = B | {"winter": [np.nan, np.nan]}
    table = scores_table([*rows(A, model="a"), *rows(lacking, model="b")])
    row = row_of(compare(table), factor="model")
    known = stats.ttest_1samp(DIFFERENCES[:4], 0)
    assert (row["effect"], row["p"]) == pytest.approx((DIFFERENCES[:4].mean(), known.pvalue))


def test_strategies_are_compared_stimulus_by_stimulus() -> None:
    second = [row | {"strategy": "cdat-associated"} for row in rows(B, model="a")]
    table = scores_table([*rows(A, model="a"), *second])
    assert_paired(row_of(compare(table), factor="strategy"))


def test_people_are_compared_with_models_stimulus_by_stimulus() -> None:
    of_people = {"provider": "people", "model": "students", "temperature": np.nan}
    people = [row | of_people | {"strategy": "not-applicable"} for row in rows(B)]
    table = scores_table([*rows(A, model="a"), *people])
    tests = compare(table)
    assert_paired(row_of(tests, factor="model"))
    (told,) = compare_with_people(table, tests).to_dict("records")
    assert told["difference"] == pytest.approx(2)
    assert told["p_adjusted"] == pytest.approx(stats.ttest_1samp(DIFFERENCES, 0).pvalue)


def test_a_few_stimuli_are_cells_of_their_own() -> None:
    few = {cue: [float(score) for score in A[cue]] for cue in CUES[:2]}
    # Three points lower at each, and asked more often about what scores high.
    lower = {"bread": [67, 69], "desk": [77, 77] * 10}
    table = scores_table([*rows(few, model="a"), *rows(lower, model="b")])
    row = row_of(compare(table), factor="model")
    assert row["effect"] == pytest.approx(3)
    assert row["n_strata"] == 2
    assert row["unit"] == "answer"
    ranking = rank_models(table)
    assert ranking["model"].tolist() == ["a", "b"]
    assert ranking["mean"].tolist() == pytest.approx([75.5, 72.5])


def test_levels_that_share_no_stimulus_are_told_to_be_confounded() -> None:
    one, other = {"bread": [70.0, 72.0, 71.0]}, {"desk": [78.0, 80.0, 81.0]}
    table = scores_table([*rows(one, model="a"), *rows(other, model="b")])
    row = row_of(compare(table), factor="model")
    assert row["pooled"]
    assert row["confounded_with"] == "stimulus"


def test_the_interval_of_a_condition_is_that_of_the_means_of_stimuli() -> None:
    table = scores_table(rows(A, model="a"))
    (row,) = summarize_conditions(table).to_dict("records")
    means = np.array([np.mean(scores) for scores in A.values()])
    low, high = stats.t.interval(0.95, 4, means.mean(), stats.sem(means))
    assert (row["mean"], row["n"]) == (73, 10)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((low, high))
    ranked = rank_models(table).iloc[0]
    assert (ranked["mean_low"], ranked["mean_high"]) == pytest.approx((low, high))


def test_variance_between_stimuli_is_a_component() -> None:
    table = scores_table([*rows(A, model="a"), *rows(B, model="b")])
    found = decompose_variance(table).set_index("component")
    assert list(found.index) == ["model", "stimulus", "within"]
    # Of the means of the cues, less what the answers to one of them (variance 1 on average) add.
    within = np.mean([np.var(s, ddof=1) for s in (*A.values(), *B.values())])
    between = np.mean([np.var([np.mean(s) for s in of.values()], ddof=1) for of in (A, B)])
    assert found.loc["within", "variance"] == pytest.approx(within)
    assert found.loc["stimulus", "variance"] == pytest.approx(between - within / 2)
    assert found.loc["stimulus", "share"] > 0.9


def test_the_error_rate_is_that_which_is_named() -> None:
    """SD of cues: 8 points, of what a cue does to a model: 3, of answers: 2. No mean differs."""
    rng = np.random.default_rng(1)
    n_cues, n_answers, size = 20, 3, 600
    compared = answers(
        scores_table(
            row
            for model in "ab"
            for row in rows({f"cue{i}": [0.0] * n_answers for i in range(n_cues)}, model=model)
        )
    )
    rejected = alone = 0
    for _ in range(size):
        cues = rng.normal(75, 8, n_cues) + rng.normal(0, 3, (2, n_cues))
        values = np.repeat(cues.ravel(), n_answers) + rng.normal(0, 2, len(compared))
        cells = split(compared.assign(score=values), "model", ["a", "b"], "cdat")
        matched = match(cells, ("a", "b"), lambda level: level.n)
        found = decide(*matched.levels, matched.weights)
        rejected += found.p <= 0.05
        half = len(values) // 2
        alone += stats.ttest_ind(values[:half], values[half:]).pvalue <= 0.05
    assert 0.03 <= rejected / size <= 0.07
    assert alone / size < 0.02  # independent answers would never see what is there
