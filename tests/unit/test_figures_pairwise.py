from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.tables import TABLES
from divergent_bench.reporting.figures.pairwise import draw_pairwise
from tests.helpers.figures import LONG, assert_legible, assert_same_bytes, texts_of


def pairs(models, deltas, p=0.02, *, test="mann_whitney", role="exploratory"):
    """A deciding row and a difference in points (five times delta) for every pair, in order."""
    rows = []
    for (a, b), delta in zip(combinations(models, 2), deltas, strict=True):
        row = {"space": "wordnet", "factor": "model", "group_a": a, "group_b": b, "role": role}
        row |= {"n_unique_a": 10, "n_unique_b": 12}
        decided = {"p_adjusted": p, "adjustment": "holm over 3"} if p is not None else {}
        rows += [
            row | decided | {"test": test, "effect_name": "cliffs_delta", "effect": delta},
            row
            | {"test": "mean_difference", "effect_name": "mean_difference", "role": "descriptive"}
            | {"effect": 5 * delta, "effect_low": 5 * delta - 1, "effect_high": 5 * delta + 2},
        ]
    return pd.DataFrame(rows, columns=list(TABLES["tests"])).astype(dict(TABLES["tests"]))


def many(models, **rest):
    n = len(models) * (len(models) - 1) // 2
    return pairs(models, np.random.default_rng(2).uniform(-1, 1, n), **rest)


CASES = {
    "two": many(["a", "b"]),
    "three with odd names": many(["$x_1$", "模型", "people"], role="confirmatory"),
    "four with long names": many([f"{LONG}{i}" for i in range(4)]),
    "five": many(list("abcde"), p=0.0001),
    "five, untested": many(list("abcde"), p=None),
    "twelve with long names": many([f"{i} {LONG}" for i in range(12)], role="confirmatory"),
    "forty with long names": many([f"{i} {LONG}" for i in range(40)]),
    "nothing": many(["a", "b"]).iloc[:0],
}


@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_pairwise(CASES[case]))


def test_few_models_are_differences_in_points_the_higher_first():
    axes = draw_pairwise(pairs(list("abc"), [0.2, -0.4, 0.1])).axes[0]

    # Five times delta; of a and c (-2, from -3 to 0), c is the higher: 2, from 0 to 3.
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "c\nover a",
        "a\nover b",
        "b\nover c",
    ]
    drawn = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert drawn == [[0, 3], [0, 3], [-0.5, 2.5]]
    assert axes.lines[1].get_xdata().tolist() == [2, 1, 0.5]


def test_many_models_are_a_triangle_of_the_column_over_the_row():
    # a beats all, b all but a, and so on: the order of the names is that of the models.
    deltas = [(ord(b) - ord(a)) / 10 for a, b in combinations("abcde", 2)]

    figure = draw_pairwise(pairs(list("abcde"), deltas))

    cells = figure.axes[0].images[0].get_array()
    for row, column in np.ndindex(5, 5):
        if row > column:
            assert cells[row, column] == pytest.approx((row - column) / 10)
        else:
            assert cells.mask[row, column]
    assert "+0.40 *" in texts_of(figure)
    assert "*** p" in texts_of(figure)  # in the note only: p is 0.02
    assert texts_of(figure).count("***") == 1


def test_who_beats_most_comes_first_whichever_side_of_the_pairs_it_is_on():
    deltas = [-(ord(b) - ord(a)) / 10 for a, b in combinations("abcde", 2)]

    figure = draw_pairwise(pairs(list("abcde"), deltas))

    names = [text.get_text() for text in figure.axes[0].texts if text.get_text().isalpha()]
    assert names == list("edcba")
    assert figure.axes[0].images[0].get_array().min() == pytest.approx(0.1)


def test_untested_pairs_are_hatched_and_planned_ones_framed():
    tests = many(list("abcdef"))
    tests.loc[0, ["p_adjusted", "effect"]] = np.nan
    tests.loc[[2, 4], "role"] = "confirmatory"

    figure = draw_pairwise(tests)

    patches = figure.axes[0].patches
    assert sorted(patch.get_hatch() or "frame" for patch in patches) == ["////", "frame", "frame"]
    assert "Boxes: planned comparisons" in texts_of(figure)


def test_the_permutation_test_decides_where_no_other_was_done():
    tests = many(list("abcde"), test="permutation")
    tests.loc[tests["test"] == "permutation", "effect_name"] = "mean_difference"

    text = texts_of(draw_pairwise(tests))

    assert "Permutation test; p adjusted: holm over 3. Unit: unique list, 10 to 12" in text
    assert "Differences between pairs: difference of means, points" in text


def test_effects_without_tests_carry_no_stars_and_are_not_hatched():
    figure = draw_pairwise(many(list("abcde"), p=None, test="cliffs_delta"))

    assert "no p value" in texts_of(figure)
    assert not figure.axes[0].patches


def test_equal_input_gives_equal_bytes(tmp_path):
    tests = many(list("abcdef"))
    shuffled = tests.sample(frac=1, random_state=1)

    assert_same_bytes(draw_pairwise(tests), draw_pairwise(shuffled), tmp_path)
