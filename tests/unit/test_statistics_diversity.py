import csv
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from divergent_bench.analysis.statistics import diversity
from divergent_bench.analysis.statistics.diversity import (
    WordLists,
    compare_vocabularies,
    measure_diversity,
    rarefy,
)
from divergent_bench.analysis.statistics.homogeneity import MOST_LISTS, measure_homogeneity
from divergent_bench.analysis.tables import read_table, write_table
from divergent_bench.instrument.norms import HUMAN_DIVERSITY
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from tests.helpers.words import words_table

# tree and sea at a right angle, fog half way between them; sky stands on all of these.
VECTORS = {"tree": (1, 0, 0), "sea": (0, 1, 0), "sky": (0, 0, 1), "fog": (0.5**0.5, 0.5**0.5, 0)}
SPACE = Space(
    "wordnet",
    np.array([*VECTORS.values()], dtype=np.float32),
    {word: row for row, word in enumerate(VECTORS)},
    SpaceInfo("wordnet", 3, len(VECTORS), "", "", "", published=False),
)
T_2 = 4.30265  # 97.5 % point of Student's t with two degrees of freedom
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

    assert found.mean_shared().value == pytest.approx(np.mean([len(a & b) for a, b in pairs]))
    assert found.mean_jaccard().value == pytest.approx(
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
    exact = gathered(lists).mean_jaccard().value
    monkeypatch.setattr(diversity, "EXACT_UP_TO", 200)

    estimated = gathered(lists).mean_jaccard()

    assert estimated.value != exact
    assert estimated.value == pytest.approx(exact, rel=0.02)
    assert estimated.df == 199
    assert estimated == gathered(lists).mean_jaccard()


def test_one_list_has_no_pair():
    row = measure_diversity(words_table(["tree sea"]), SPACE).iloc[0]

    assert row[["mean_shared_words", "mean_jaccard", "mean_similarity"]].isna().all()
    assert row["vendi"] == pytest.approx(1)


def test_intervals_of_means_over_pairs_by_hand():
    # Pairs share 1 (1-2), 2 (1-3) and 1 (2-3) words: each list with its others, on average, 1.5, 1
    # and 1.5, of mean 4/3 and variance 1/12. 4 / 3 of that, times (2 / 1) squared, is 4/9.
    row = measure_diversity(words_table(["tree sea", "tree sky", "sea tree"])).iloc[0]

    half = T_2 * 2 / 3
    assert row["mean_shared_words_high"] == pytest.approx(4 / 3 + half, rel=1e-4)
    assert row["mean_shared_words_low"] == 0  # there is nothing below
    # With 1/3, 1 and 1/3 in the place of 1, 2 and 1: 2/3, 1/3, 2/3 of variance 1/27.
    high = 5 / 9 + T_2 * np.sqrt(4 / 3 / 27 * 4)
    assert row["mean_jaccard_high"] == pytest.approx(min(high, 1), rel=1e-4)


@given(lists=st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=3, max_size=9))
def test_the_error_of_a_mean_over_pairs_is_that_of_the_jackknife(lists):
    def mean(some):
        return np.mean([len(a & b) / len(a | b) for a, b in combinations(some, 2)])

    n = len(lists)
    without_one = [mean(lists[:i] + lists[i + 1 :]) for i in range(n)]

    expected = np.sqrt((n - 1) * np.var(without_one))
    assert gathered(lists).mean_jaccard().se == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("lists", [["tree sea"] * 5, ["tree sea", "tree sky"]])
def test_lists_that_are_all_alike_or_two_have_no_intervals(lists):
    row = measure_diversity(words_table(lists), SPACE).iloc[0]

    ends = [name for name in row.index if name.endswith(("_low", "_high"))]
    assert row[ends].isna().all()
    assert row[["mean_shared_words", "mean_similarity", "vendi"]].notna().all()


def test_distinct_words_have_the_interval_of_a_jackknife():
    # Each of 20 lists has the same word and one of its own. Without one of them 10 lists have 11
    # words all the same, and all of them one less: no list adds more than another.
    row = measure_diversity(words_table([f"tree word{i}" for i in range(20)])).iloc[0]
    assert row["distinct_at_10"] == pytest.approx(11)
    assert np.isnan(row["distinct_at_10_low"])

    # Ten lists of one word more, ten of two words more: without one of the first, 9 times 1 and 10
    # times 2 are left, in 10 of the 19 of them 1 + 10 * 29 / 19; without one of the others 28.
    longer = [f"tree word{i}" + f" more{i}" * (i % 2) for i in range(20)]
    row = measure_diversity(words_table(longer)).iloc[0]
    se = np.sqrt(19 * (10 / 19 / 2) ** 2)
    assert row["distinct_at_10"] == pytest.approx(16)
    assert row["distinct_at_10_high"] == pytest.approx(16 + 2.09302 * se, rel=1e-5)
    assert np.isnan(row["distinct_at_50_low"])


def test_where_all_lists_are_asked_for_their_spread_is_that_of_fewer():
    # Of all 10 lists, one without its own word: 9 of them have 10 words, and once 11 of 10.
    lists = [f"tree word{i}" for i in range(9)] + ["tree"]
    row = measure_diversity(words_table(lists)).iloc[0]

    se = np.sqrt(9 * np.var([9] * 9 + [10]))
    assert row["distinct_at_10"] == 10
    assert row["distinct_at_10_low"] == pytest.approx(10 - 2.26216 * se, rel=1e-5)


def test_lists_are_compared_in_the_space_too():
    # Vectors of tree; tree and sea (fog's own); sky. Cosines: 0.7071, 0, 0.
    row = measure_diversity(words_table(["tree", "sea tree", "sky"]), SPACE).iloc[0]

    cosine = 0.5**0.5
    assert row["mean_similarity"] == pytest.approx(cosine / 3, rel=1e-6)
    # With its others: c/2, c/2, 0: variance c^2 / 12; times 4 / 3 and (2 / 1) squared: 4 c^2 / 9.
    assert row["mean_similarity_high"] == pytest.approx(
        min(cosine / 3 + T_2 * 2 * cosine / 3, 1), rel=1e-4
    )
    # Eigenvalues of the cosines over 3: (1 + c) / 3, (1 - c) / 3 and 1/3.
    values = np.array([1 + cosine, 1 - cosine, 1]) / 3
    assert row["vendi"] == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-6)


def test_the_vendi_score_counts_unlike_lists_and_has_an_interval():
    lists = ["tree"] * 10 + ["sea"] * 5
    row = measure_diversity(words_table(lists), SPACE).iloc[0]

    def entropy(*counts):
        shares = np.array(counts) / sum(counts)
        return -(shares * np.log(shares)).sum()

    se = np.sqrt(14 * np.var([entropy(9, 5)] * 10 + [entropy(10, 4)] * 5))
    assert row["vendi"] == pytest.approx(np.exp(entropy(10, 5)))
    high = entropy(10, 5) + 2.14479 * se
    assert row["vendi_high"] == pytest.approx(np.exp(high), rel=1e-5)
    assert measure_diversity(words_table(["tree", "sea", "sky"]), SPACE)["vendi"][0] == (
        pytest.approx(3)
    )


def test_other_spaces_than_the_primary_one_have_no_vectors():
    both = pd.concat([words_table(["tree", "sea"]), words_table(["tree", "sea"], space="own")])

    measured = measure_diversity(both, SPACE)

    known = measured["mean_similarity"].notna()
    assert measured.loc[known, "space"].unique().tolist() == ["wordnet"]
    assert measured.loc[~known, "space"].unique().tolist() == ["own"]


def homogeneity(*tables):
    found = measure_homogeneity(pd.concat(tables), SPACE)
    return {(row["model_a"], row["model_b"]): row for row in found.to_dict("records")}


def test_two_models_by_hand():
    found = homogeneity(
        words_table(["tree sea", "tree", "tree"]), words_table(["tree", "sea", "sky"], model="b")
    )

    assert list(found) == [("a", "a"), ("a", "b"), ("b", "b")]
    row = found["a", "b"]
    assert (row["n_lists_a"], row["n_lists_b"]) == (3, 3)
    # tree sea: 1/2, 1/2, 0; tree: 1, 0, 0, twice. Means of a: 1/3 each; of b: 5/6, 1/6, 0.
    assert row["mean_jaccard"] == pytest.approx(1 / 3)
    se = np.sqrt(np.var([5 / 6, 1 / 6, 0], ddof=1) / 3)
    assert row["mean_jaccard_high"] == pytest.approx(min(1 / 3 + T_2 * se, 1), rel=1e-4)
    c = 0.5**0.5  # in the space likewise: c, c, 0; 1, 0, 0
    assert row["mean_similarity"] == pytest.approx((2 * c + 2) / 9, rel=1e-6)
    # Both within: 1/2, 1/2 and 1 (tree, tree); nothing in common.
    assert found["a", "a"]["mean_jaccard"] == pytest.approx(2 / 3)
    assert found["b", "b"]["mean_jaccard"] == 0
    assert np.isnan(found["a", "a"]["jaccard_to_people"])


def test_the_error_between_two_models_adds_that_of_both():
    a, b = ["tree sea", "tree", "sky"], ["tree", "sea", "sky", "tree sky"]
    row = homogeneity(words_table(a), words_table(b, model="b"))["a", "b"]

    index = np.array(
        [
            [len({*x} & {*y}) / len({*x} | {*y}) for y in map(str.split, b)]
            for x in map(str.split, a)
        ]
    )
    parts = [index.mean(axis=axis).var(ddof=1) / size for axis, size in ((1, 3), (0, 4))]
    df = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3)
    half = row["mean_jaccard_high"] - row["mean_jaccard"]
    assert row["mean_jaccard"] == pytest.approx(index.mean())
    assert half == pytest.approx(stdtrit(df, 0.975) * np.sqrt(sum(parts)))


def test_models_stand_beside_people_and_baselines_do_not():
    found = homogeneity(
        words_table(["tree sea", "tree", "tree"]),
        words_table(["tree", "tree sea", "sea"], model="people", provider="people"),
        words_table(["tree"], model="oracle", provider="baseline"),
    )

    assert list(found) == [("a", "a"), ("a", "people"), ("people", "people")]
    # Within a: 1/2, 1/2, 1; within people: 1/2, 0, 1/2.
    assert found["a", "a"]["jaccard_to_people"] == pytest.approx(2)
    assert found["people", "people"]["jaccard_to_people"] == 1
    assert found["people", "people"]["similarity_to_people"] == 1
    assert np.isnan(found["a", "people"]["jaccard_to_people"])


def test_of_many_lists_a_sample_is_compared():
    many = words_table(["tree", "sea", "sky", "fog"] * 150)

    row = homogeneity(many, words_table(["tree"], model="b"))["a", "b"]

    assert (row["n_lists_a"], row["n_lists_b"]) == (MOST_LISTS, 1)
    assert row["mean_jaccard"] == pytest.approx(0.25, abs=0.05)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    # Lists of five of forty words, drawn with unequal chances: some are given often.
    rng = np.random.default_rng(5)
    pool = [frozenset(rng.choice(40, 5, replace=False).tolist()) for _ in range(150)]
    shares = rng.dirichlet(np.full(len(pool), 0.3))
    index = np.array([[len(a & b) / len(a | b) for b in pool] for a in pool])
    truth = shares @ index @ shares
    chances = np.array([shares @ [word in each for each in pool] for word in range(40)])
    distinct = (1 - (1 - chances) ** 10).sum()
    inside = np.zeros(2)
    for _ in range(400):
        lists = [pool[i] for i in rng.choice(len(pool), 60, p=shares)]
        found = gathered(lists)
        ends = [found.mean_jaccard().interval(), found.distinct([10])[0].interval()]
        inside += [
            low <= true <= high for (low, high), true in zip(ends, (truth, distinct), strict=True)
        ]

    # 95 % of 400 are 380, give or take three times 4.4.
    assert (inside >= 366).all()


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

    assert overlap.drop(columns="task").to_numpy().tolist() == [
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
    assert measure_diversity(nothing, SPACE).empty
    assert measure_homogeneity(nothing, SPACE).empty


def test_people_vary_as_the_reference_says(shared_data):
    reference = HUMAN_DIVERSITY["glove-840b-300d"]
    with (shared_data / "human_lists.tsv").open(encoding="utf-8", newline="") as file:
        answers = [
            [re.sub("[^a-z -]", "", row[f"word.{i}"].lower()).strip() for i in range(1, 11)]
            for row in csv.DictReader(file, delimiter="\t")
        ]
    vocabulary = {word: number for number, word in enumerate({w for a in answers for w in a if w})}

    people = gathered([{vocabulary[word] for word in answer if word} for answer in answers])

    assert people.n == reference.n_lists
    # How words are cleaned makes a difference of one or two per cent.
    assert len(people.words) == pytest.approx(reference.n_distinct_words, rel=0.02)
    assert people.mean_jaccard().value == pytest.approx(reference.mean_jaccard, abs=0.0005)
