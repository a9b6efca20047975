"""What kinds of things are named."""

import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.statistics.word_shares import category_shares, valid_words
from divergent_bench.instrument.spaces.lexicon import CATEGORIES
from divergent_bench.reporting.figures.kinds import MOST_KINDS, draw_kinds
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.words import words_table


def named(*categories, n=1, **key):
    """Give `n` lists with a word of each category; no category: no noun."""
    line = " ".join(f"word{place}" for place in range(len(categories)))
    kinds = [category or None for _ in range(n) for category in categories]
    return words_table([line] * n, **key).assign(category=kinds)


def grid(models):
    rng = np.random.default_rng(3)
    tables = [named(*rng.choice([*CATEGORIES, ""], 40), n=3, model=model) for model in models]
    others = [
        named(*CATEGORIES, model="people", provider="people"),
        named("person", "act", model="oracle", provider="baseline"),
    ]
    return pd.concat([*tables, *others], ignore_index=True)


CASES = {
    "no word": lambda: words_table([]),
    "no valid word": lambda: words_table(["-qzx -fgh"]),
    "one word": lambda: named("animal"),
    "no noun": lambda: named("", ""),
    "only people": lambda: named(*CATEGORIES, provider="people", model="people"),
    "odd names": lambda: grid(["$x_1$", "模型", "_hidden"]),
    "twelve": lambda: grid([f"m{i}" for i in range(12)]),
    "sixty with long names": lambda: grid([f"{i} {LONG}" for i in range(60)]),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_kinds(CASES[case]()))


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(lambda: draw_kinds(CASES["twelve"]()))


def test_the_cells_are_the_shares_of_the_words():
    words = pd.concat(
        [
            named("animal", "animal", "food", ""),
            words_table(["-dog"], strategy="other"),
            named("food", model="people", provider="people"),
        ]
    )

    figure = draw_kinds(words)

    axes = figure.axes[0]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert columns == ["animal", "food", "other nouns", "no noun"]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["a  n = 4", "people  n = 1"]
    of_a, of_people = (mesh.get_array().ravel().tolist() for mesh in axes.collections)
    assert of_a == [0.5, 0.25, 0, 0.25]
    assert of_people == [0, 1, 0, 0]
    assert "25" in texts_of(figure)


def test_categories_that_are_seldom_used_are_summed_up():
    used = CATEGORIES[: MOST_KINDS + 2]
    words = named(*(each for place, each in enumerate(used) for _ in range(len(used) - place)))

    axes = draw_kinds(words).axes[0]

    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert columns == [*CATEGORIES[:MOST_KINDS], "other nouns", "no noun"]
    total = len(used) * (len(used) + 1) / 2
    assert axes.collections[0].get_array().ravel()[-2:].tolist() == pytest.approx([3 / total, 0])


def test_only_valid_words_of_the_primary_space_count():
    words = pd.concat(
        [named("animal", "food"), words_table(["-dog"]), named("time", space="own")],
        ignore_index=True,
    )

    found = category_shares(valid_words(words))

    assert found.words.tolist() == ["animal", "food"]
    assert found.shares.tolist() == [[0.5], [0.5]]
    assert found.users[["n_lists", "n_words"]].to_numpy().tolist() == [[1, 2]]


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    words = grid(["a", "b", "c", "d"])

    assert_same_bytes(draw_kinds(words), draw_kinds(words.sample(frac=1, random_state=1)), tmp_path)
