"""The Cue-based DAT: what is asked, which words count, novelty and appropriateness."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from divergent_bench.instrument.scoring import score_answers
from divergent_bench.instrument.spaces import open_space
from divergent_bench.instrument.spaces.embedded import NAMES
from divergent_bench.instrument.spaces.lexicon import word_facts
from divergent_bench.instrument.spaces.nouns import base_form, nouns
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from divergent_bench.instrument.tasks.cdat import TASK
from tools import choose_cues

# What is asked


@pytest.mark.parametrize("name", TASK.prompts)
def test_a_strategy_has_five_wordings_with_cue_and_rules(name: str) -> None:
    texts = TASK.strategy(name).texts
    assert len(texts) == len(set(texts)) == 5
    for text in texts:
        assert text.count("{cue}") == text.count("{rules}") == 1
        assert "10 words" in text
        assert "number" in text
        asks_for_difference = any(word in text for word in ("differ", "unlike", "dissimilar"))
        assert asks_for_difference == (name == "cdat")


def test_the_cues_are_those_that_the_tool_draws() -> None:
    assert list(TASK.stimuli) == choose_cues.chosen_cues()


def test_the_cues_are_frequent_nouns_that_every_embedded_space_knows() -> None:
    assert len({base_form(cue) for cue in TASK.stimuli}) == choose_cues.N_CUES == 60
    frequent = set(nouns()[:1_500])
    assert all(is_noun(cue) and cue in frequent for cue in TASK.stimuli)
    for name in NAMES:
        space = open_space(name)
        assert all(cue in space for cue in TASK.stimuli)


# Which words count


def is_noun(word: str) -> bool:
    facts = word_facts(word)
    return facts.is_noun and not facts.is_proper_noun


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("ocean", "ocean"),
        ("oceans", "ocean"),
        ("boxes", "box"),
        ("cities", "city"),
        ("women", "woman"),
        ("children", "child"),
        ("mice", "mouse"),
        ("feet", "foot"),
        ("wolves", "wolf"),
        ("heroes", "hero"),
        ("criteria", "criterion"),
    ],
)
def test_nouns_and_their_plurals_are_nouns(word: str, base: str) -> None:
    assert is_noun(word)
    assert base_form(word) == base


@pytest.mark.parametrize(
    "word", ["quickly", "beautiful", "ran", "went", "took", "moused", "bigger", "although", "xqz"]
)
def test_other_words_are_none(word: str) -> None:
    assert not is_noun(word)


def toy(words: list[str], vectors: list[list[float]]) -> Space:
    rows = {word: row for row, word in enumerate(words)}
    info = SpaceInfo("toy", len(vectors[0]), len(words), "", "", "", published=False)
    return Space("toy", np.array(vectors, dtype=np.float32), rows, info)


WORDS = ["sea", "ship", "ships", "run", "quickly", "cat", "top-hat"]
TOY = toy(WORDS, [[1, 0], [0, 1], [0.6, 0.8], [-1, 0], [1, 0], [0.8, 0.6], [1, 0]])
OPTIONS = TASK.options(minimum=2, scored=3)


def reasons(words: list[str], cue: str | None) -> list[str]:
    return [check.reason for check in TASK.scorer(TOY, OPTIONS).check(words, cue)]


def test_the_cue_and_its_forms_and_what_is_no_noun_do_not_count() -> None:
    words = ["Ships", "sea", "quickly", "xqz", "Sea", "ship", "a"]
    assert reasons(words, "ship") == [
        "cue",
        "",
        "no noun",
        "not in dictionary",
        "duplicate",
        "cue",
        "too short",
    ]
    assert reasons(words, "SHIPS")[0] == reasons(words, "SHIPS")[5] == "cue"
    assert reasons(["ship", "top hat"], "top hat") == ["", "cue"]
    assert reasons(["ship"], None) == [""]  # of one scorer each answer has its own cue
    assert reasons(["quickly", "quickly"], "sea") == ["no noun", "no noun"]


# Novelty and appropriateness


def test_novelty_and_appropriateness_of_a_list_by_hand() -> None:
    scorer = TASK.scorer(TOY, OPTIONS)
    lists = [["ship", "cat", "run"], ["ship", "cat"], ["ship", "cat"]]
    # Cosines of the pairs: 0.6, 0, -0.8; with the cue: 0, 0.8, -1.
    measured = scorer.measures(lists, ["sea", None, "nowhere"])
    assert measured["novelty"] == pytest.approx([100 * (0.4 + 1 + 1.8) / 3, 40, 40])
    assert measured["appropriateness"] == pytest.approx(
        [200 - 100 * (1 + 0.2 + 2) / 3, np.nan, np.nan], nan_ok=True
    )
    np.testing.assert_array_equal(measured["novelty"], scorer.scores(lists))


# Published lists


def reference(words: list[str], cue: str, space: Space) -> tuple[float, float] | None:
    """Compute both as Nakajima et al. describe them, in the plainest way there is."""

    def distance(a: str, b: str) -> float:
        x, y = (np.asarray(space.vector(word), dtype=np.float64) for word in (a, b))
        return 1 - float(x @ y) / (float(x @ x) ** 0.5 * float(y @ y) ** 0.5)

    chosen: list[str] = []
    for text in words:
        word = "".join(letter for letter in text.lower() if letter in LETTERS).strip()
        if " " in word:
            hyphened, joined = word.replace(" ", "-"), word.replace(" ", "")
            word = hyphened if hyphened in space else joined
        elif word not in space:
            word = word.replace("-", "")
        is_form = base_form(word) == base_form(cue.lower())
        if len(word) > 1 and word in space and is_noun(word) and not is_form and word not in chosen:
            chosen.append(word)
    if len(chosen) < 7:
        return None
    first = chosen[:7]
    novelty = 100 * np.mean([distance(a, b) for a, b in combinations(first, 2)])
    known = cue.lower() in space
    to_cue = np.mean([distance(cue.lower(), word) for word in first]) if known else np.nan
    return float(novelty), float(200 - 100 * to_cue)


LETTERS = "abcdefghijklmnopqrstuvwxyz- "


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    file = Path(__file__).parents[3] / "shared" / "data" / "cdat_lists.jsonl"
    if not file.exists():
        pytest.skip("needs the published lists in ../shared/data")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def measured(rows: list[dict[str, Any]], space: Space) -> list[tuple[float, float] | None]:
    scorer = TASK.scorer(space, TASK.options())
    checks = [scorer.check(row["words"], row["cue"]) for row in rows]
    found = score_answers(scorer, checks, [row["cue"] for row in rows])
    columns = (found.measures[name].tolist() for name in ("novelty", "appropriateness"))
    pairs = zip(*columns, strict=True)
    return [pair if words else None for words, pair in zip(found.words, pairs, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_every_published_list_gets_what_the_description_says(
    rows: list[dict[str, Any]], name: str
) -> None:
    space = open_space(name)
    wanted = [reference(row["words"], row["cue"], space) for row in rows]
    found = measured(rows, space)
    assert [each is None for each in found] == [each is None for each in wanted]
    assert sum(each is not None for each in found) > 500
    for one, other in zip(found, wanted, strict=True):
        if other is not None:
            assert one == pytest.approx(other, abs=1e-9, nan_ok=True)


def scored_words(rows: list[dict[str, Any]], space: Space) -> list[list[str]]:
    scorer = TASK.scorer(space, TASK.options())
    return [scorer.scored(scorer.check(row["words"], row["cue"])) or [] for row in rows]


def published(rows: list[dict[str, Any]], name: str) -> np.ndarray:
    """Return published novelty and appropriateness, shape (lists, 2)."""
    pairs = [(row[name]["novelty"], row[name]["appropriateness"]) for row in rows]
    return np.array(pairs, dtype=np.float64)


def test_published_values_come_out_in_the_space_they_were_published_in(
    rows: list[dict[str, Any]],
) -> None:
    """Of lists whose first seven words all count; of others the published ones are other words."""
    space = open_space("minilm-l6")
    first = [list(dict.fromkeys(word.lower() for word in row["words"]))[:7] for row in rows]
    same = [
        row
        for row, words, scored in zip(rows, first, scored_words(rows, space), strict=True)
        if words == scored and row["cue"] in space
    ]
    off = np.abs(np.array(measured(same, space)) - published(same, "sbert")).max(axis=1)
    off = off[~np.isnan(off)]
    assert len(off) >= 540
    assert np.mean(off <= 0.01) >= 0.988


def test_glove_6b_orders_people_much_as_the_published_glove_840b_does(
    rows: list[dict[str, Any]],
) -> None:
    people = [row for row in rows if row["population"] == "people"]
    glove, minilm = open_space("glove-6b-100d"), open_space("minilm-l6")
    known, in_minilm = published(people, "glove_840b"), published(people, "sbert")
    nothing = (np.nan, np.nan)
    found, there = (
        np.array([pair or nothing for pair in measured(people, space)]) for space in (glove, minilm)
    )
    several = ~np.isnan(found[:, 0]) & ~np.isnan(known[:, 0])
    assert several.sum() >= 95
    # What the published value in the other space shows to be of the words that are scored here.
    alike = zip(scored_words(people, glove), scored_words(people, minilm), strict=True)
    same = several & [a == b for a, b in alike] & (np.abs(there - in_minilm).max(axis=1) <= 0.01)
    assert same.sum() >= 65
    for measure, least in ((0, 0.75), (1, 0.8)):
        of_all, of_same = (
            np.corrcoef(found[rows, measure], known[rows, measure])[0, 1]
            for rows in (several, same)
        )
        assert of_all >= least
        assert of_same >= 0.8


@pytest.mark.parametrize("name", NAMES)
def test_random_nouns_are_most_novel_and_least_appropriate(
    rows: list[dict[str, Any]], name: str
) -> None:
    found = dict(enumerate(measured(rows, open_space(name))))
    means = {}
    for population in ("random nouns", "people", "common nouns"):
        of = [found[i] for i, row in enumerate(rows) if row["population"] == population]
        means[population] = np.nanmean([pair for pair in of if pair is not None], axis=0)
    if name == "minilm-l6":  # as docs/explanation/cue-task.md tells it
        told = {
            "random nouns": (79.3, 121.8),
            "people": (67.8, 136.2),
            "common nouns": (62.0, 144.3),
        }
        for population, values in told.items():
            assert means[population] == pytest.approx(values, abs=0.1)
    novelty, appropriateness = zip(*means.values(), strict=True)
    assert list(novelty) == sorted(novelty, reverse=True)
    assert list(appropriateness) == sorted(appropriateness)
