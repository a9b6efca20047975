import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.statistics.cells import by_wording, match, split
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.design import answers, confounded_with, levels
from divergent_bench.analysis.tables.facts import Omission
from divergent_bench.design.analysis_plan import Plan
from tests.helpers.scores import condition, grid, only, scores_table


def split_by(factor, scores, names=("a", "b"), plain="none"):
    return split(answers(scores), factor, names, plain)


def matched(cells, *names):
    return match(cells, names, lambda level: level.n)


def of_wordings(model, strategy, wordings, mean=80.0, n=2):
    """Answers to some wordings of a strategy, those to each with a mean 1 above the last."""
    return [
        row
        for wording in wordings
        for row in condition(
            mean + wording + np.linspace(-1, 1, n), model=model, strategy=strategy, wording=wording
        )
    ]


def test_every_answer_is_in_its_cell_however_often_it_was_given():
    rows = condition([80, 80, 90], model="a", scored_words="the|same")
    rows += [{"model": "a"}, *condition([70], model="a", strategy="random")]

    cells = split_by("model", scores_table(rows), ["a", "nobody"])

    a, nobody = cells.by_level["a"], cells.by_level["nobody"]
    assert cells.settings["strategy"].tolist() == ["none", "random"]
    assert [each.tolist() for each in a.scores] == [[80, 80, 90], [70]]
    assert (a.n.tolist(), a.answers.tolist()) == ([3, 1], [4, 1])
    assert a.means.tolist() == pytest.approx([250 / 3, 70])
    assert a.variances.tolist() == pytest.approx([100 / 3, np.nan], nan_ok=True)
    assert nobody.empty == Omission.NO_ANSWER


def test_shared_cells_weigh_the_same_and_the_others_are_left_out():
    rows = condition([1, 2, 3, 4], model="a") + condition([5, 6], model="b")
    rows += condition([7], model="a", strategy="random")
    rows += condition([8, 9, 9], model="b", strategy="random")
    rows += condition([7, 7], model="a", strategy="letters")

    found = matched(split_by("model", scores_table(rows)), "a", "b")

    assert found.settings["strategy"].tolist() == ["none", "random"]
    assert found.weights.tolist() == [0.5, 0.5]
    assert [level.n.tolist() for level in found.levels] == [[4, 1], [2, 3]]
    assert found.unmatched == (2, 0)
    assert not found.confounders


def test_levels_that_share_no_cell_are_pooled_and_what_may_explain_it_is_named():
    rows = condition([1, 2], model="a") + condition([3], model="b", strategy="random")

    found = matched(split_by("model", scores_table(rows)), "a", "b")

    assert [level.n.tolist() for level in found.levels] == [[2], [1]]
    assert found.confounders == ["strategy"]


def test_people_stand_beside_the_answers_to_the_plain_prompt():
    scores = grid(["a"], ["none", "random"], people=True, n=8, baselines=False)

    found = matched(split_by("model", scores, ["a", "people"]), "a", "people")

    assert [level.n.tolist() for level in found.levels] == [[8], [8]]
    assert found.unmatched == (8, 0)
    assert not found.confounders
    a = scores[(scores["model"] == "a") & (scores["strategy"] == "none")]
    assert sorted(found.levels[0].all_scores) == sorted(a["score"])


def test_four_wordings_are_cells_that_share_the_weight_of_their_strategy():
    rows = []
    for model in "ab":
        rows += of_wordings(model, "none", range(4)) + of_wordings(model, "random", [0])

    found = matched(split_by("model", scores_table(rows)), "a", "b")

    assert found.settings["wording"].tolist() == [0, 1, 2, 3, 0]
    assert found.weights.tolist() == [0.125] * 4 + [0.5]
    assert (found.levels[0].strata < 0).all()


def test_five_wordings_are_a_sample_in_one_cell_of_which_both_models_saw_the_same():
    rows = of_wordings("a", "none", range(5)) + of_wordings("b", "none", range(5))

    cells = split_by("model", scores_table(rows))

    a, b = cells.by_level["a"], cells.by_level["b"]
    assert (a.n.tolist(), a.strata.tolist()) == ([10], b.strata.tolist())
    assert a.strata[0] >= 0
    assert a.wording_means(0) == pytest.approx({0: 80, 1: 81, 2: 82, 3: 83, 4: 84})


def test_wordings_of_two_strategies_have_nothing_to_do_with_each_other():
    rows = of_wordings("a", "none", range(5)) + of_wordings("a", "random", range(5))

    cells = split_by("strategy", scores_table(rows), ["none", "random"])

    none, random = (cells.by_level[name].strata for name in ("none", "random"))
    assert (none >= 0).all()
    assert (random >= 0).all()
    assert (none != random).all()


def test_rank_tests_stay_within_wordings_that_both_saw():
    rows = of_wordings("a", "none", range(5)) + of_wordings("b", "none", range(1, 6), n=3)

    found = by_wording(matched(split_by("model", scores_table(rows)), "a", "b"))

    assert [level.n.tolist() for level in found.levels] == [[2] * 4, [3] * 4]
    assert found.weights.tolist() == [0.25] * 4


def test_rank_tests_of_wordings_that_nobody_shares_compare_all():
    scores = scores_table(
        of_wordings("a", "none", range(3)) + of_wordings("b", "none", range(3, 6))
    )

    found = by_wording(matched(split_by("model", scores), "a", "b"))

    assert [level.n.tolist() for level in found.levels] == [[6], [6]]
    assert only(compare(scores, Plan()), test="mann_whitney")["n_strata"] == 1


def test_temperatures_are_ordered_by_value_and_the_default_is_last():
    scores = answers(grid(["a"], temperatures=[None, 1.5, 0.2]))

    assert levels(scores, "temperature") == ["0.2", "1.5", "default"]


def test_factors_that_cannot_be_told_apart_are_known():
    crossed = grid(["a", "b"], ["none", "etymology"], baselines=False)
    parts = [grid(["a"], ["none"], baselines=False), grid(["b"], ["etymology"], baselines=False)]

    assert confounded_with(answers(crossed), "model") == []
    assert confounded_with(answers(pd.concat(parts)), "model") == ["strategy"]


def test_a_missing_combination_is_known_though_every_pair_of_factors_is_crossed():
    full = grid(["a", "b"], ["none", "etymology"], [0, 1], baselines=False)
    missing = (full["model"] == "a") & (full["strategy"] == "none") & (full["temperature"] == 0)

    assert confounded_with(answers(full[~missing]), "model") == ["strategy", "temperature"]
