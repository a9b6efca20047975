import numpy as np
import pandas as pd
import pytest

from divergent_bench.analysis.statistics.word_shares import valid_words, word_shares
from divergent_bench.reporting.figures.words import draw_words
from tests.helpers.figures import (
    LONG,
    assert_legible,
    assert_legible_in_one_column,
    assert_same_bytes,
    texts_of,
)
from tests.helpers.words import words_table


def answers(models, n=6, **key):
    """Lists of ten of sixty words; each model has its favourites."""
    tables = []
    for place, model in enumerate(models):
        rng = np.random.default_rng(place)
        lists = [
            " ".join(f"word{i}" for i in rng.choice(60, 10, replace=False) // (1 + place % 3))
            for _ in range(n)
        ]
        lists = [" ".join(dict.fromkeys(line.split())) for line in lists]
        tables.append(words_table(lists, model=model, **key))
    return pd.concat(tables, ignore_index=True)


def mixed(models):
    others = [answers(["people"], provider="people"), answers(["oracle"], provider="baseline")]
    return pd.concat([answers(models), *others], ignore_index=True)


CASES = {
    "no word": lambda: words_table([]),
    "no valid word": lambda: words_table(["-qzx -fgh"]),
    "one list": lambda: words_table(["cat dog"]),
    "one model": lambda: answers(["a"]),
    "only baselines": lambda: answers(["random-nouns"], provider="baseline"),
    "odd names": lambda: mixed(["$x_1$", "模型", "_hidden"]),
    "twelve": lambda: mixed([f"m{i}" for i in range(12)]),
    "forty with long names": lambda: mixed([f"{i} {LONG}" for i in range(40)]),
}


@pytest.mark.layout
@pytest.mark.parametrize("case", CASES)
def test_no_text_is_clipped_and_none_lies_on_another(case):
    assert_legible(draw_words(CASES[case]()))


@pytest.mark.layout
def test_it_is_legible_in_one_column():
    assert_legible_in_one_column(lambda: draw_words(CASES["twelve"]()))


def test_the_cells_are_the_shares_of_the_lists():
    words = pd.concat(
        [
            words_table(["cat dog", "cat -ox", "cat elk"]),
            words_table(["dog"], model="people", provider="people"),
        ]
    )

    figure = draw_words(words)

    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "elk"]
    # cat is in three of three lists, dog and elk in one; the only list of people has dog.
    assert axes.collections[0].get_array().filled(0).ravel() == pytest.approx([1, 1 / 3, 1 / 3])
    assert axes.collections[1].get_array().filled(0).ravel().tolist() == [0, 1, 0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["a  n = 3", "people  n = 1"]
    assert "33" in texts_of(figure)


def test_models_with_like_habits_stand_side_by_side():
    kinds = {"cat dog": ["a", "c", "e"], "elk fox": ["b", "d", "f"]}
    words = pd.concat(
        [words_table([line], model=model) for line, models in kinds.items() for model in models]
    )

    labels = [label.get_text()[0] for label in draw_words(words).axes[0].get_xticklabels()]

    assert {frozenset(labels[:3]), frozenset(labels[3:])} == {frozenset("ace"), frozenset("bdf")}


def test_shares_are_those_that_a_count_by_hand_gives():
    words = mixed(["a", "b"])

    used = word_shares(valid_words(words))

    for column, user in enumerate(used.users.to_dict("records")):
        mine = words[words["model"] == user["model"]]
        lists = [set(part["word"]) for _, part in mine.groupby("seed")]
        assert user["n_lists"] == len(lists)
        expected = [sum(word in each for each in lists) / len(lists) for word in used.words]
        assert used.shares[:, column].tolist() == pytest.approx(expected)


@pytest.mark.layout
def test_equal_input_gives_equal_bytes(tmp_path):
    words = mixed(["a", "b", "c", "d"])

    assert_same_bytes(draw_words(words), draw_words(words.sample(frac=1, random_state=1)), tmp_path)
