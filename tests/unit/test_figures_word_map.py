import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.tables import TABLES
from divergent_bench.reporting.figures.word_map import draw_word_map
from tests.helpers.figures import assert_legible, assert_same_bytes, texts_of


def word_map(n, **columns):
    rng = np.random.default_rng(n)
    plain = {
        "space": "wordnet",
        "word": [f"word-number-{i}" for i in range(n)],
        "x": rng.normal(0, 50, n),
        "y": rng.normal(0, 50, n),
        "share_of_models": np.linspace(0.9, 0.01, n),
        "share_of_people": np.nan,
        "share_of_baselines": np.nan,
        "n_models_using": 1,
    }
    return pd.DataFrame(plain | columns, columns=list(TABLES["word_map"])).astype(
        dict(TABLES["word_map"])
    )


CASES = {
    "none": word_map(0),
    "five": word_map(5),
    "twelve": word_map(12),
    "three hundred": word_map(300),
    "all at one place": word_map(40, x=0.0, y=0.0),
    "odd words": word_map(6, word=["$x_1$", "naïve", "模型", "a_b", "x" * 60, "<b>"]),
}


@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_word_map(CASES[case]))


def test_the_dots_are_where_the_table_says_and_grow_with_the_share():
    table = word_map(12)

    dots = draw_word_map(table).axes[0].collections[0]

    assert dots.get_offsets().tolist() == table[["x", "y"]].to_numpy().tolist()
    areas = dots.get_sizes()
    assert areas[:6] / areas[0] == pytest.approx(table["share_of_models"][:6] / 0.9)


def test_colours_say_who_uses_a_word():
    table = word_map(
        5,
        share_of_models=[0.5, 0, 0, 0.2, 0.1],
        share_of_people=[0, 0.5, 0, 0.2, 0],
        share_of_baselines=[0, 0, 0.5, 0, 0],
    )

    text = texts_of(draw_word_map(table))

    assert "only models (2)" in text
    assert "only people (1)" in text
    assert "only baselines (1)" in text
    assert "several of these (1)" in text


def test_the_most_used_words_are_named_first():
    texts = texts_of(draw_word_map(word_map(40, x=0.0, y=0.0)))

    # All labels compete for one place; the word in most lists gets it.
    assert "word-number-0" in texts
    assert "word-number-39" not in texts


def test_equal_input_gives_equal_bytes(tmp_path):
    table = word_map(60)

    assert_same_bytes(draw_word_map(table), draw_word_map(table), tmp_path)
