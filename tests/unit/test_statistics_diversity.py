import csv
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from divergent_bench.analysis.statistics import diversity
from divergent_bench.analysis.statistics.diversity import (
    WordLists,
    compare_vocabularies,
    measure_diversity,
    rarefy,
)
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.instrument.norms import HUMAN_DIVERSITY
from tests.helpers.words import words_table

LISTS = st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=2, max_size=12)


def gathered(lists) -> WordLists:
    pairs = [(number, word) for number, words in enumerate(lists) for word in words]
    samples, words = np.array(pairs).T
    return WordLists.of(samples, words)


def test_three_lists_by_hand():
    (row,) = measure_diversity(words_table(["tree sea", "tree sky", "sea tree"])).to_dict(
        "records"
    )[:1]

    assert (row["level"], row["provider"], row["model"]) == ("model", "openai", "a")
    assert (row["n_lists"], row["n_different_lists"], row["n_distinct_words"]) == (3, 2, 3)
    assert row["effective_lists"] == pytest.approx(9 / 5)  # (2 + 1)^2 / (4 + 1)
    assert row["mean_list_length"] == 2
    # Shared by pair 1-2: tree; 1-3: both; 2-3: tree.
    assert row["mean_shared_words"] == pytest.approx(4 / 3)
    assert row["mean_jaccard"] == pytest.approx((1 / 3 + 1 + 1 / 3) / 3)
    assert np.isnan(row["distinct_at_10"])
    assert row["top_words"] == "tree 1.000|sea 0.667|sky 0.333"


def test_the_curve_of_three_lists_by_hand():
    curve = rarefy(words_table(["tree sea", "tree sky", "sea tree"]))
    of_model = curve[curve["level"] == "model"]

    assert of_model["n_lists"].tolist() == [1, 2, 3]
    # Two of the three have 3, 2 or 3 words, according to which.
    assert of_model["expected_distinct_words"].tolist() == pytest.approx([2, 8 / 3, 3])


@given(lists=LISTS)
def test_means_over_pairs_are_those_of_all_pairs(lists):
    pairs = list(combinations(lists, 2))
    found = gathered(lists)

    assert found.mean_shared() == pytest.approx(np.mean([len(a & b) for a, b in pairs]))
    assert found.mean_jaccard() == pytest.approx(
        np.mean([len(a & b) / len(a | b) for a, b in pairs])
    )


@given(lists=LISTS)
def test_the_curve_is_the_mean_over_all_choices(lists):
    sizes = range(1, len(lists) + 1)
    expected = [
        np.mean([len(set().union(*chosen)) for chosen in combinations(lists, size)])
        for size in sizes
    ]

    assert gathered(lists).rarefy(list(sizes)) == pytest.approx(expected)


def test_beyond_the_limit_the_mean_index_is_estimated(monkeypatch):
    rng = np.random.default_rng(1)
    lists = [set(rng.choice(30, 10, replace=False).tolist()) for _ in range(400)]
    exact = gathered(lists).mean_jaccard()
    monkeypatch.setattr(diversity, "EXACT_UP_TO", 200)

    estimated = gathered(lists).mean_jaccard()

    assert estimated != exact
    assert estimated == pytest.approx(exact, rel=0.02)
    assert estimated == gathered(lists).mean_jaccard()


def test_one_list_has_no_pair():
    row = measure_diversity(words_table(["tree sea"])).iloc[0]

    assert row[["mean_shared_words", "mean_jaccard"]].isna().all()
    assert row["effective_lists"] == 1


def test_models_come_with_their_conditions_and_rejected_words_do_not_count():
    table = pd.concat(
        [
            words_table(["tree sea"], temperature=None),
            words_table(["tree -qqq"], temperature=1.0),
            words_table(["-qqq"], model="silent"),
        ]
    )

    measured = measure_diversity(table)

    assert measured[["level", "model", "n_lists", "n_distinct_words"]].to_numpy().tolist() == [
        ["model", "a", 2, 2],
        ["condition", "a", 1, 1],
        ["condition", "a", 1, 2],
    ]
    assert measured["temperature"].isna().tolist() == [True, False, True]


def test_vocabularies_are_compared_in_each_space():
    table = pd.concat(
        [
            words_table(["tree sea", "tree sky"]),
            words_table(["tree fog"], model="b"),
            words_table(["tree"], space="own"),
            words_table(["fog"], model="b", space="own"),
        ]
    )

    overlap = compare_vocabularies(table)

    assert overlap.to_numpy().tolist() == [
        ["wordnet", "a", "b", 3, 2, 1, 0.25, pytest.approx(1 / 3), 0.5],
        ["own", "a", "b", 1, 1, 0, 0, 0, 0],
    ]


def test_the_table_comes_back_as_it_was(tmp_path):
    measured = measure_diversity(words_table(["tree sea", "tree sky"]))

    write_table(measured, tmp_path / "diversity.csv")

    pd.testing.assert_frame_equal(read_table("diversity", tmp_path / "diversity.csv"), measured)


def test_no_valid_word_makes_empty_tables():
    nothing = words_table(["-qqq"])

    assert [len(f(nothing)) for f in (measure_diversity, rarefy, compare_vocabularies)] == [0, 0, 0]


def test_people_vary_as_the_reference_says(shared_data):
    with (shared_data / "human_lists.tsv").open(encoding="utf-8", newline="") as file:
        answers = [
            [re.sub("[^a-z -]", "", row[f"word.{i}"].lower()).strip() for i in range(1, 11)]
            for row in csv.DictReader(file, delimiter="\t")
        ]
    vocabulary = {word: number for number, word in enumerate({w for a in answers for w in a if w})}

    people = gathered([{vocabulary[word] for word in answer if word} for answer in answers])

    assert people.n == HUMAN_DIVERSITY.n_lists
    # How words are cleaned makes a difference of one or two per cent.
    assert len(people.word_counts) == pytest.approx(HUMAN_DIVERSITY.n_distinct_words, rel=0.02)
    assert people.mean_jaccard() == pytest.approx(HUMAN_DIVERSITY.mean_jaccard, abs=0.0005)
