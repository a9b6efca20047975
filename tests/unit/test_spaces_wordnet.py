"""The packaged space: what it contains, and that it means something."""

import csv
import re
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from divergent_bench.instrument.spaces.nouns import nouns_of_first_edition
from divergent_bench.instrument.spaces.store import Space, open_space
from tests.helpers.spaces import store
from tools.wordnet_inflection import conjugated, plurals

HUMAN_LISTS = Path(__file__).parents[3] / "shared" / "data" / "human_lists.tsv"

# The low, average and high examples that come with the code of Olson et al. 2021.
LOW = ["arm", "eyes", "feet", "hand", "head", "leg", "body"]
AVERAGE = ["bag", "bee", "burger", "feast", "office", "shoes", "tree"]
HIGH = ["hippo", "jumper", "machinery", "prickle", "tickets", "tomato", "violin"]


@pytest.fixture(scope="module")
def space() -> Space:
    return open_space(store("wordnet"))


def dat_score(space: Space, words: list[str]) -> float:
    return 100 * float(np.mean([space.distance(a, b) for a, b in combinations(words, 2)]))


def olson_word(space: Space, raw: str) -> str | None:
    """Olson's validation, written anew here so that the test leans on no other module."""
    clean = re.sub(r"[^a-zA-Z\- ]+", "", raw).strip().lower()
    if len(clean) <= 1:
        return None
    if " " in clean:
        candidates = [re.sub(" +", "-", clean), re.sub(" +", "", clean)]
    else:
        candidates = [clean, clean.replace("-", "")]
    return next((word for word in candidates if word in space), None)


def test_near_words_are_near(space):
    assert space.distance("cat", "dog") == pytest.approx(0.2, abs=0.04)  # GloVe: 0.198
    assert space.distance("cat", "thimble") > 0.8  # GloVe: 0.879


def test_olson_examples_are_in_order(space):
    low, average, high = (dat_score(space, words) for words in (LOW, AVERAGE, HIGH))
    assert low == pytest.approx(48, abs=4)
    assert average == pytest.approx(89, abs=3)
    assert high == pytest.approx(98, abs=3)


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("tickets", "ticket"),
        ("shoes", "shoe"),
        ("eyes", "eye"),  # an entry of its own, and the plural of a commoner one
        ("feet", "foot"),
        ("men", "man"),
        ("children", "child"),
        ("leaves", "leaf"),  # also a form of leave: the listed plural wins
        ("women", "woman"),
        ("cities", "city"),
        ("boxes", "box"),
        ("tomatoes", "tomato"),
        ("octopuses", "octopus"),
        ("octopi", "octopus"),
        ("jumped", "jump"),
    ],
)
def test_inflected_forms_share_the_vector_of_their_lemma(space, form, lemma):
    assert space.rows[form] == space.rows[lemma]


@pytest.mark.parametrize("word", ["building", "rose", "clothes", "news", "cola", "ethics"])
def test_words_that_only_look_inflected_keep_their_own_vector(space, word):
    lemma = {"building": "build", "rose": "rise", "clothes": "cloth", "news": "new",
             "cola": "colon", "ethics": "ethic"}[word]  # fmt: skip
    assert space.rows[word] != space.rows[lemma]


@pytest.mark.parametrize("word", ["childs", "womans", "trouserses", "tomatos", "shakespeare"])
def test_nonsense_and_names_stay_out(space, word):
    assert word not in space


def test_words_are_spelled_as_the_task_wants_them(space):
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", word) and len(word) > 1 for word in space.rows)


def test_rows_have_unit_length_and_an_owner(space):
    assert np.linalg.norm(space.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert set(space.rows.values()) == set(range(len(space.vectors)))


def test_info_says_that_scores_are_not_glove_scores(space):
    assert space.info.published is False
    assert "Princeton" in space.info.notes
    assert "not GloVe" in space.info.notes


def test_nouns_of_the_first_edition_are_in_the_space(space):
    nouns = nouns_of_first_edition()
    assert len(nouns) == len(set(nouns)) > 40_000
    assert all(noun in space for noun in nouns)
    assert {"person", "man", "time", "day"} <= set(nouns[:20])
    assert nouns.index("dog") < nouns.index("aardvark")


def test_package_data_is_small_and_carries_its_licence():
    data = files("divergent_bench.instrument.spaces") / "data"
    ours = [f for f in data.iterdir() if f.name.lower().startswith("wordnet")]
    assert sum(len(f.read_bytes()) for f in ours) <= 6_000_000
    licence = (data / "WORDNET-LICENSE").read_text(encoding="utf-8")
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in licence


def test_human_scores_correlate_with_glove(space):
    if not HUMAN_LISTS.exists():
        pytest.skip("the human lists of Olson et al. 2021 are not in ../shared/data")
    ours, published = [], []
    with HUMAN_LISTS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            answers = [row[f"word.{i}"] or "" for i in range(1, 11)]
            words = list(dict.fromkeys(filter(None, (olson_word(space, a) for a in answers))))
            if len(words) >= 7:
                ours.append(dat_score(space, words[:7]))
                published.append(float(row["dat"]))
    assert len(ours) >= 490  # of 500
    assert np.corrcoef(ours, published)[0, 1] >= 0.75


@pytest.mark.parametrize(
    ("noun", "irregular", "expected"),
    [
        ("monarch", [], {"monarchs"}),
        ("church", [], {"churches"}),
        ("piano", [], {"pianos"}),
        ("day", [], {"days"}),
        ("human", [], {"humans"}),
        ("fireman", [], {"firemen"}),
        ("wolf", ["wolves"], {"wolves"}),
        ("roof", ["rooves"], {"roofs", "rooves"}),
        ("physics", [], set()),
    ],
)
def test_plurals(noun, irregular, expected):
    assert plurals(noun, irregular) == expected


@pytest.mark.parametrize(
    ("verb", "irregular", "expected"),
    [
        ("bake", [], {"bakes", "baked", "baking"}),
        ("carry", [], {"carries", "carried", "carrying"}),
        ("agree", [], {"agrees", "agreed", "agreeing"}),
        ("run", ["ran", "running"], {"runs", "ran", "running"}),
        ("stop", ["stopped", "stopping"], {"stops", "stopped", "stopping"}),
        ("untie", [], {"unties", "untied", "untying"}),
        ("travel", ["travelled", "travelling"],
         {"travels", "traveled", "traveling", "travelled", "travelling"}),
    ],
)  # fmt: skip
def test_conjugated(verb, irregular, expected):
    assert conjugated(verb, irregular) == expected
