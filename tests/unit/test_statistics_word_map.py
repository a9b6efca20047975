"""The map of words: shares by hand, nearness, and the same bytes whatever the threads."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from divergent_bench.analysis.statistics.word_map import FEWEST_WORDS, MOST_WORDS, map_words
from divergent_bench.analysis.tables import TABLES
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from tests.helpers.words import words_table

PACKAGE = Path(__file__).parents[2] / "divergent_bench"


def space_of(vectors, words):
    vectors = np.asarray(vectors, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    info = SpaceInfo("wordnet", vectors.shape[1], len(words), "", "", "", published=False)
    return Space("wordnet", vectors, {word: row for row, word in enumerate(words)}, info)


def random_space(n, d=20, seed=0):
    names = [f"w{i:03}" for i in range(n)]
    return space_of(np.random.default_rng(seed).normal(size=(n, d)), names), names


def test_the_shares_are_means_over_models_cohorts_and_baselines():
    words = ["ant", "bee", "cat", "dog", "elk", "fox"]
    space = space_of(np.eye(6), words)
    table = pd.concat(
        [
            words_table(["ant bee", "ant cat", "ant dog", "ant -x"], model="a"),
            words_table(["elk cat"], model="b"),
            words_table(["ant fox", "bee"], model="people", provider="people"),
            words_table(["fox"], model="random", provider="baseline"),
        ]
    )

    found = map_words(table, space).set_index("word")

    # ant: all four lists of a, none of b; one of two lists of people; not the baseline.
    ant = found.loc["ant"]
    assert ant[["share_of_models", "share_of_people", "share_of_baselines"]].tolist() == [
        0.5,
        0.5,
        0,
    ]
    assert ant["n_models_using"] == 1
    # cat: one of four lists of a, the only one of b, a mean of 5/8.
    assert found.loc["cat", "share_of_models"] == 0.625
    assert found.loc["cat", "n_models_using"] == 2
    # Sums over the four users: fox 1.5, ant 1.5, cat 1.25, elk 1, bee 0.75, dog 0.25.
    assert found.index.tolist() == ["ant", "fox", "cat", "elk", "bee", "dog"]


def test_shares_of_who_is_not_there_are_missing():
    space, names = random_space(6)

    found = map_words(words_table([" ".join(names)]), space)

    assert found["share_of_models"].eq(1).all()
    assert found[["share_of_people", "share_of_baselines"]].isna().all(axis=None)


def test_only_words_of_the_space_and_the_most_used_are_placed():
    space, names = random_space(MOST_WORDS + 20)
    often = names[20:]
    lists = [" ".join(names), " ".join(often)]
    other = words_table(["w000"], space="another")

    found = map_words(pd.concat([words_table(lists), other]), space)

    assert found["word"].tolist() == often
    assert set(found["space"]) == {"wordnet"}
    assert found.dtypes.astype(str).to_dict() == {**TABLES["word_map"]}


@pytest.mark.parametrize("n", [0, 1, FEWEST_WORDS - 1])
def test_too_few_words_make_an_empty_table(n):
    space, names = random_space(6)

    found = map_words(words_table([" ".join(names[:n])]), space)

    assert found.empty
    assert list(found.columns) == list(TABLES["word_map"])


@pytest.mark.parametrize("n", [FEWEST_WORDS, 7, 40])
def test_few_words_are_placed_too(n):
    space, names = random_space(n)

    found = map_words(words_table([" ".join(names)]), space)

    assert len(found) == n
    assert np.isfinite(found[["x", "y"]]).all(axis=None)


def test_related_words_lie_near_each_other():
    # Three groups of ten directions, each around an axis of its own.
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(3, 12), 10, axis=0)
    names = [f"w{i:02}" for i in range(30)]
    space = space_of(centres + rng.normal(0, 0.05, size=(30, 12)), names)

    found = map_words(words_table([" ".join(names)]), space).sort_values("word")

    places = found[["x", "y"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 10 == np.arange(30) // 10).all()


def test_neither_order_nor_threads_change_the_map():
    space, names = random_space(120)
    rng = np.random.default_rng(3)
    table = words_table([" ".join(rng.choice(names, 10, replace=False)) for _ in range(40)])

    first = map_words(table, space)
    with threadpool_limits(2):
        again = map_words(table.sample(frac=1, random_state=1), space)

    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_nothing_else_imports_scikit_learn():
    importers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any((name or "").split(".")[0] == "sklearn" for name in [module, *names]):
                importers.add(path.name)

    assert importers == {"word_map.py"}
