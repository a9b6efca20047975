from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.tables import TABLES
from divergent_bench.reporting.figures.pairwise import draw_pairwise
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)


def pairs(models, differences, p=0.02, *, role="exploratory"):
    """The rows of every pair, in order: the difference in points, and what must not disturb it."""
    rows = []
    for (a, b), difference in zip(combinations(models, 2), differences, strict=True):
        row = {"space": "wordnet", "factor": "model", "group_a": a, "group_b": b}
        row |= {"n_a": 10, "n_b": 12, "role": "exploratory"}
        row |= {"p_adjusted": 0.9, "adjustment": "Holm over 99", "effect": -99.0}
        decided = {"p_adjusted": p, "adjustment": "Holm over 3" if p is not None else None}
        ends = {"effect_low": difference - 1, "effect_high": difference + 2}
        decided |= {"test": "mean_difference", "effect": difference, "role": role, **ends}
        rows += [
            row | {"test": "mann_whitney", "effect_name": "probability_of_superiority"},
            row | decided,
            row | {"test": "interaction", "effect": 7.0},
            row | {"test": "simple_effect", "within": '{"strategy": "none"}'},
            row | decided | {"space": "own", "effect": -difference, "p_adjusted": 0.9},
        ]
    trend = {"space": "wordnet", "factor": "temperature", "test": "trend", "effect": 3.0}
    return pd.DataFrame([*rows, trend], columns=list(TABLES["tests"])).astype(dict(TABLES["tests"]))


def many(models, **rest):
    n = len(models) * (len(models) - 1) // 2
    return pairs(models, np.random.default_rng(2).uniform(-30, 30, n), **rest)


CASES = {
    "two": many(["a", "b"]),
    "three with odd names": many(["$x_1$", "模型", "people"], role="confirmatory"),
    "four with long names": many([f"{LONG}{i}" for i in range(4)]),
    "five": many(list("abcde"), p=0.0001),
    "five, untested": many(list("abcde"), p=None),
    "twelve with long names": many([f"{i} {LONG}" for i in range(12)], role="confirmatory"),
    "forty with long names": many([f"{i} {LONG}" for i in range(40)]),
    "sixty": many([f"{i} {LONG}" for i in range(60)]),
    "nothing": many(["a", "b"]).iloc[:0],
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_pairwise(CASES[case]))


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(lambda: draw_pairwise(CASES["four with long names"]))


def test_few_models_are_differences_in_points_the_higher_first():
    figure = draw_pairwise(pairs(list("abc"), [1.0, -2.0, 0.5]))

    axes = figure.axes[0]
    # Of a and c (-2, from -3 to 0), c is the higher: 2, from 0 to 3.
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "c\nover a",
        "a\nover b",
        "b\nover c",
    ]
    drawn = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert drawn == [[0, 3], [0, 3], [-0.5, 2.5]]
    assert axes.lines[1].get_xdata().tolist() == [2, 1, 0.5]
    text = texts_of(figure)
    assert "Test of the difference of means; p adjusted: Holm over 3." in text
    assert "n = 10 to 12 scorable answers on each side" in text


@pytest.mark.parametrize(("p", "filled"), [(0.05, 1), (0.0501, 0)])
def test_a_mark_is_filled_where_the_interval_leaves_0_out(p, filled):
    axes = draw_pairwise(pairs(["a", "b"], [2.0], p=p)).axes[0]

    marks = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert [mark.get_markerfacecolor() != "white" for mark in marks] == [bool(filled)]


def test_many_models_are_a_matrix_of_the_column_over_the_row():
    # a beats all, b all but a, and so on: the order of the names is that of the models.
    differences = [float(ord(b) - ord(a)) for a, b in combinations("abcde", 2)]

    figure = draw_pairwise(pairs(list("abcde"), differences))

    cells = figure.axes[0].images[0].get_array()
    for row, column in np.ndindex(5, 5):
        if row > column:
            assert cells[row, column] == pytest.approx(row - column)
        else:
            assert cells.mask[row, column]
    assert "+4.0 *" in texts_of(figure)
    assert texts_of(figure).count("***") == 1  # in the note only: p is 0.02


def test_who_beats_most_comes_first_whichever_side_of_the_pairs_it_is_on():
    differences = [float(ord(a) - ord(b)) for a, b in combinations("abcde", 2)]

    figure = draw_pairwise(pairs(list("abcde"), differences))

    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["e  1", "d  2", "c  3", "b  4", "a  5"]
    assert figure.axes[0].images[0].get_array().min() == pytest.approx(1)


def test_above_the_diagonal_stands_how_often_the_row_scores_higher():
    tests = pairs(list("abcde"), [float(ord(b) - ord(a)) for a, b in combinations("abcde", 2)])
    ranks = tests["test"].eq("mann_whitney")
    tests.loc[ranks, "effect"] = [0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67, 0.68, 0.69, 0.7]

    axes = draw_pairwise(tests).axes[0]

    places = {text.get_position(): text.get_text() for text in axes.texts}
    assert [places[column, 0] for column in range(1, 5)] == ["61", "62", "63", "64"]
    assert [places[column, 1] for column in range(2, 5)] == ["65", "66", "67"]
    assert places[4, 3] == "70"


def test_untested_pairs_are_hatched_and_planned_ones_framed():
    tests = many(list("abcdef"))
    decides = tests.index[tests["test"].eq("mean_difference") & tests["space"].eq("wordnet")]
    tests.loc[decides[0], ["p_adjusted", "effect"]] = np.nan
    tests.loc[decides[1], "role"] = "confirmatory"
    # Planned, with another test to decide.
    tests.loc[decides[2] - 1, ["test", "role"]] = ["mann_whitney", "confirmatory"]

    figure = draw_pairwise(tests)

    patches = figure.axes[0].patches
    assert sorted(patch.get_hatch() or "frame" for patch in patches) == ["////", "frame", "frame"]
    assert "Boxes: planned comparisons" in texts_of(figure)


def test_effects_without_tests_carry_no_stars_and_are_not_hatched():
    figure = draw_pairwise(many(list("abcde"), p=None))

    assert "no p value" in texts_of(figure)
    assert not figure.axes[0].patches


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    tests = many(list("abcdef"))
    shuffled = pd.concat([tests.iloc[:1], tests.iloc[1:].sample(frac=1, random_state=1)])

    assert_same_bytes(draw_pairwise(tests), draw_pairwise(shuffled), tmp_path)
