"""The DAT score, against a plain writing-out of the published description."""

import json
import random
import re
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.scoring import (
    fold_diacritics,
    note_on_unknown,
    score_lists,
    score_words,
)
from divergent_bench.instrument.spaces.store import Space, SpaceInfo, open_space
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.instrument.tasks.dat.scoring import dat_score, find_word
from tests.helpers.spaces import store

SHARED = Path(__file__).parents[3] / "shared" / "data"
COMPOUNDS = ["cul-de-sac", "top-hat", "tophat", "icecream", "ice-cream", "sword-fish", "t-shirt"]


def made_up_space() -> Space:
    """25 words in 5 dimensions: few, so that lists repeat words and fall short of seven."""
    words = [
        *COMPOUNDS,
        *("cat", "dog", "sun", "law", "ox", "pea", "mud", "fig", "ash", "ink", "elf", "rye", "tin"),
        *("gum", "hay", "jar", "kit"),
    ]
    vectors = np.random.default_rng(1).standard_normal((len(words), 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    info = SpaceInfo("made-up", 5, len(words), "", "", "", published=False)
    return Space("made-up", vectors, {word: row for row, word in enumerate(words)}, info)


@pytest.fixture(scope="module")
def spaces() -> dict[str, Space]:
    return {"made-up": made_up_space(), "wordnet": open_space(store("wordnet"))}


class Reference:
    """Olson et al. 2021, methods and supplement, with nothing done cleverly."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.distance = cache(self._distance)

    def _distance(self, one: str, two: str) -> float:
        return float(
            cosine(
                np.array(self.space.vector(one), dtype=float),
                np.array(self.space.vector(two), dtype=float),
            )
        )

    def valid(self, text: str) -> str | None:
        kept = "".join(c for c in text if re.match("[A-Za-z]", c) or c in "- ").strip().lower()
        if len(kept) < 2:
            return None
        if " " in kept:
            tries = ["-".join(kept.split()), "".join(kept.split())]
        elif "-" in kept:
            tries = [kept, "".join(kept.split("-"))]
        else:
            tries = [kept]
        for word in tries:
            if word in self.space.rows:
                return word
        return None

    def score(self, words: list[str]) -> float | None:
        unique: list[str] = []
        for text in words:
            word = self.valid(text)
            if word is not None and word not in unique:
                unique.append(word)
        if len(unique) < 7:
            return None
        distances = [self.distance(*sorted(pair)) for pair in combinations(unique[:7], 2)]
        assert len(distances) == 21
        return sum(distances) / 21 * 100


def disturbed(word: str, draw: random.Random) -> str:
    """Write a word as a person might."""
    return draw.choice(
        [
            word,
            word,
            word.upper(),
            word.title() + ".",
            f" {word} ",
            word.replace("-", " "),
            word.replace("-", "  "),
            word.replace("-", ""),
            word.replace("-", "--"),
            f"{word}2",
            "qzx" + word,
            word[:3] + "-" + word[3:],
            word[:3] + " " + word[3:],
            "é",
            "a",
        ]
    )


@pytest.mark.parametrize("name", ["made-up", "wordnet"])
def test_scores_equal_the_published_description(spaces: dict[str, Space], name: str) -> None:
    space = spaces[name]
    reference = Reference(space)
    draw = random.Random(2)
    hyphenated = [word for word in space.rows if "-" in word]
    pool = [*draw.sample(list(space.rows), min(150, len(space.rows))), *hyphenated[:50]]
    scorable = 0
    for _ in range(10_000):
        words = [disturbed(draw.choice(pool), draw) for _ in range(draw.randint(5, 14))]
        expected = reference.score(words)
        found = dat_score(words, space)
        assert (found is None) == (expected is None), words
        if expected is not None and found is not None:
            assert found == pytest.approx(expected, abs=1e-6), words
            scorable += 1
    assert 2000 < scorable < 10_000


def test_published_validations(spaces: dict[str, Space]) -> None:
    if not (SHARED / "golden.json").exists():
        pytest.skip("the published figures (../shared/data/golden.json) are not here")
    golden = json.loads((SHARED / "golden.json").read_text(encoding="utf-8"))["golden_validate"]
    assert golden
    for text, word in golden:
        if word is None or word in spaces["wordnet"]:
            assert find_word(text, spaces["wordnet"]) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Cat", "cat"),
        ("cat!", "cat"),
        ("cul de sac", "cul-de-sac"),
        ("Cul  de  sac", "cul-de-sac"),
        ("cul-de-sac", "cul-de-sac"),
        ("top hat", "top-hat"),  # hyphenated before joined
        ("top-hat", "top-hat"),
        ("tophat", "tophat"),
        ("ice cream", "ice-cream"),
        ("sun-law", None),
        ("su-n", "sun"),
        ("su n", "sun"),
        ("swordfish", None),  # no hyphen is put in
        ("c", None),
        ("", None),
        ("--", None),
        ("cät", None),  # ct: the letter is dropped
        ("cat2", "cat"),
    ],
)
def test_the_form_of_a_word(text: str, word: str | None) -> None:
    assert find_word(text, made_up_space()) == word


def test_reasons() -> None:
    checks = TASK.scorer(made_up_space(), TASK.options()).check(
        ["cat", "Cat.", "qzx", "x", "é", "su-n"]
    )
    assert [(v.word, v.reason) for v in checks] == [
        ("cat", ""),
        ("cat", "duplicate"),
        (None, "not in dictionary"),
        (None, "too short"),
        (None, "too short"),
        ("sun", ""),
    ]


def test_by_hand() -> None:
    # Seven words on the axes of two dimensions, four on one and three on the other: 12 of the 21
    # pairs stand at right angles (distance 1), 9 point the same way (distance 0).
    vectors = np.array([[1, 0]] * 4 + [[0, 1]] * 3, dtype=np.float32)
    info = SpaceInfo("axes", 2, 7, "", "", "", published=False)
    words = ["aa", "bb", "cc", "dd", "ee", "ff", "gg"]
    space = Space("axes", vectors, {word: row for row, word in enumerate(words)}, info)
    assert dat_score(words, space) == pytest.approx(100 * 12 / 21, abs=1e-9)
    assert dat_score(words[:6], space) is None
    assert dat_score([*words[:6], "aa"], space) is None
    # Of the first two, then of all there are when fewer are enough: aa and bb are alike.
    assert dat_score(words, space, TASK.options(minimum=2, scored=2)) == pytest.approx(0, abs=1e-9)
    four = ["aa", "bb", "ee", "ff"]  # 4 of 6 pairs at right angles
    assert dat_score(four, space, TASK.options(minimum=3)) == pytest.approx(100 * 4 / 6)
    assert dat_score(words, space, TASK.options(minimum=8)) is None


def test_lists_of_all_lengths_are_scored_at_once() -> None:
    space = made_up_space()
    words = list(space.rows)
    lists = [words[:7], [], words[3:8], words[7:14], words[:2]]
    scores = score_words(lists, space)
    assert np.isnan(scores[1])
    for index in (0, 2, 3, 4):
        rows = np.array([[space.rows[word] for word in lists[index]]])
        assert scores[index] == score_lists(rows, space)[0]
    assert score_words([], space).shape == (0,)


def test_many_lists_score_as_one_by_one() -> None:
    space = made_up_space()
    rows = np.random.default_rng(3).integers(0, len(space.rows), size=(1300, 7))
    together = score_lists(rows, space)
    assert together.shape == (1300,)
    for index in (0, 511, 512, 1299):
        assert together[index] == pytest.approx(score_lists(rows[index : index + 1], space)[0])


def test_vectors_that_are_not_quite_of_unit_length_make_no_difference() -> None:
    space = made_up_space()
    longer = Space("longer", space.vectors * np.float32(1.001), space.rows, space.info)
    rows = np.arange(14).reshape(2, 7)
    assert score_lists(rows, longer) == pytest.approx(score_lists(rows, space), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("façade", "facade"), ("Ångström", "Angstrom"), ("Øre", "Ore"), ("straße", "strasse"),
     ("œuvre", "oeuvre"), ("cat", "cat"), ("naïveté", "naivete"), ("水", "水")],
)  # fmt: skip
def test_folding_diacritics(text: str, plain: str) -> None:
    assert fold_diacritics(text) == plain


def test_folding_is_an_option_and_is_named() -> None:
    space = made_up_space()
    fold = TASK.options(fold_diacritics=True)
    assert TASK.scorer(space, TASK.options()).check(["fíg"])[0].word is None
    assert TASK.scorer(space, fold).check(["fíg"])[0].word == "fig"
    assert find_word("fíg", space, fold=True) == "fig"
    assert TASK.differences(fold) == "fold-diacritics"
    assert TASK.differences(TASK.options()) == ""
    assert (
        TASK.differences(TASK.options(5, 10, fold_diacritics=True))
        == "minimum=5|scored=10|fold-diacritics"
    )


@pytest.mark.parametrize("counts", [(1, 7), (7, 1), (0, 0)])
def test_a_distance_needs_two_words(counts: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="give 2 or more"):
        TASK.options(*counts)


def in_space(*words: str) -> Space:
    """Return a space of some words."""
    info = SpaceInfo("other", 2, len(words), "", "", "", published=False)
    vectors = np.tile(np.array([[1, 0]], dtype=np.float32), (len(words), 1))
    return Space("other", vectors, {word: row for row, word in enumerate(words)}, info)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Größe", "größe"),
        ("Gro\u0308ße!", "größe"),  # the same letters, decomposed
        ("größ", None),
        ("Мышь", "мышь"),
        ("किताब", "किताब"),  # with signs that are no letters of their own
        ("猫", "猫"),
        ("crème brûlée", "crème-brûlée"),
        ("fíg", "fg"),  # as published, where the space has it no other way
    ],
)
def test_letters_beyond_a_to_z_stay_where_the_space_has_them(text: str, word: str | None) -> None:
    space = in_space("größe", "мышь", "किताब", "猫", "crème-brûlée", "fg", "gr")  # and no í
    assert find_word(text, space) == word


@pytest.mark.parametrize(
    ("n_known", "n_words", "told"),
    [(2, 10, "80%"), (1, 1_000, ">99%"), (0, 10, "100%"), (5, 10, ""), (0, 4, ""), (0, 0, "")],
)
def test_a_list_in_another_language_is_noticed(n_known: int, n_words: int, told: str) -> None:
    note = note_on_unknown(n_known, n_words)
    assert note.partition(" ")[0] == told
    assert ("dictionary: " in note) == bool(told)
