"""From sample files to the tables of scores and words."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from divergent_bench.analysis.evaluation import evaluate
from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.analysis.tables import SCORES, WORDS
from divergent_bench.base.answers import Answer, Outcome
from divergent_bench.base.errors import UserError
from divergent_bench.base.records import record_text
from divergent_bench.instrument.spaces.store import Space, SpaceInfo
from divergent_bench.instrument.tasks import RULES
from divergent_bench.instrument.tasks.dat import TASK
from divergent_bench.instrument.tasks.dat.scoring import dat_score

VOCABULARY = ["cat", "dog", "sun", "law", "pea", "mud", "fig", "ash", "top-hat", "elf"]
DIGEST = "0" * 64


def space(name: str, seed: int) -> Space:
    vectors = np.random.default_rng(seed).standard_normal((10, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    info = SpaceInfo(name, 4, 10, "", "", "", published=False)
    return Space(name, vectors, {word: row for row, word in enumerate(VOCABULARY)}, info)


SPACES = [space("one", 1), space("two", 2)]
FULL = ["Cat", "dog", "dog", "qzx", "top hat", "law", "pea", "mud", "fíg", "ash", "elf"]
TEXTS = [
    "\n".join(f"{n}. {word}" for n, word in enumerate(FULL, 1)),
    "I cannot do that.",
    "cat, dog, sun, law, pea, mud",
]


def listing(directory: Path, texts: list[str], outcome: Outcome = "ok") -> list[tuple[str, str]]:
    samples = []
    for seed, text in enumerate(texts):
        key = {"provider": "p", "model": "m", "strategy": "s", "temperature": 1.0, "seed": seed}
        path = directory / f"{seed}.json"
        directory.mkdir(exist_ok=True)
        request = {"temperature": 1.0, "seed": seed}
        answer = Answer(text, outcome, sent={"temperature": 1.0, "seed": None}, served_model="m-1")
        path.write_text(record_text(key, DIGEST, request, answer.to_json()), encoding="utf-8")
        samples.append((str(path), DIGEST))
    return samples


def test_tables(tmp_path: Path) -> None:
    scores, words = evaluate(listing(tmp_path, TEXTS), SPACES, TASK)
    assert list(scores.columns) == list(SCORES)
    assert list(words.columns) == list(WORDS)
    assert scores["space"].tolist() == ["one"] * 3 + ["two"] * 3
    assert scores["seed"].tolist() == [0, 1, 2] * 2
    assert scores["wording"].tolist() == [0] * 6
    assert scores["n_words"].tolist() == [11, 0, 6] * 2
    assert scores["n_valid"].tolist() == [8, 0, 6] * 2  # fíg has no form, dog comes twice
    for number, one in enumerate(SPACES):
        assert scores["score"][3 * number] == pytest.approx(dat_score(FULL, one))
        assert math.isnan(scores["score"][3 * number + 1])  # missing, never 0
        assert math.isnan(scores["score"][3 * number + 2])
    assert scores["scored_words"].tolist() == ["cat|dog|top-hat|law|pea|mud|ash", "", ""] * 2
    assert scores["requested"].tolist() == ["temperature|seed", "temperature|seed"] * 3
    assert scores["sent"].tolist() == ["temperature"] * 6
    assert scores["layout"].tolist() == ["numbered", "prose", "commas"] * 2


def test_rows_of_words(tmp_path: Path) -> None:
    _, words = evaluate(listing(tmp_path, TEXTS), SPACES, TASK)
    first = words[(words["space"] == "two") & (words["seed"] == 0)]
    assert first["position"].tolist() == list(range(11))
    assert first["raw"].tolist() == FULL
    reasons = dict(zip(first["position"], first["reason"], strict=True))
    assert reasons[2] == "duplicate"
    assert reasons[3] == reasons[8] == "not in dictionary"
    assert first["accepted"].tolist() == [reasons[n] == "" for n in range(11)]
    # elf is the eighth valid word; of six valid words none is scored
    assert first["position"][first["scored"]].tolist() == [0, 1, 4, 5, 6, 7, 9]
    assert not words[words["seed"] == 2]["scored"].any()
    assert words[words["seed"] == 2]["accepted"].all()
    assert len(words) == 2 * (11 + 0 + 6)


def test_facts_of_words_and_what_breaks_the_rules(tmp_path: Path) -> None:
    # Known to the space: cat, law, elf. Paris and happy are not; dogs is a plural that is not.
    texts = ["cat\ncat\nParis\nhappy\nqzx\nlaw", "I cannot do that.", "elf\ndogs\nmud"]
    scores, words = evaluate(listing(tmp_path, texts), SPACES[:1], TASK)

    told = words.set_index(["seed", "position"])
    assert told["frequency_rank"].isna().tolist() == [
        *(False, False, True, False, True, False, False, False, False)
    ]
    assert told.loc[(0, 0), "frequency_rank"] == told.loc[(0, 1), "frequency_rank"] > 1000
    assert told.loc[(0, 3), "is_noun"] is np.False_
    assert told["is_noun"].isna().tolist() == [*[False] * 4, True, *[False] * 4]
    assert told["is_proper_noun"].fillna(value=False).tolist() == [*[False] * 2, True, *[False] * 6]
    assert told["category"].astype(object).fillna("").tolist() == [
        *("animal", "animal", "location", "", "", "group", "person", "animal", "substance")
    ]
    assert scores["n_no_noun"].tolist() == [1, 0, 0]  # happy
    assert scores["n_proper_noun"].tolist() == [1, 0, 0]
    assert scores["n_very_rare"].tolist() == [0, 0, 0]


def test_a_valid_word_that_is_in_no_list_is_no_noun_and_very_rare(tmp_path: Path) -> None:
    known = Space("own", SPACES[0].vectors[:1], {"qzx": 0}, SPACES[0].info)
    scores, words = evaluate(listing(tmp_path, ["qzx, qzxy, cat, dog"]), [known, SPACES[0]], TASK)

    assert words["is_noun"].tolist() == [False, pd.NA, True, True, pd.NA, pd.NA, True, True]
    assert scores["n_no_noun"].tolist() == scores["n_very_rare"].tolist() == [1, 0]


def test_a_task_without_rules_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(TASK), "rules", {})
    scores, words = evaluate(listing(tmp_path, TEXTS), SPACES, TASK)

    columns = [f"n_{rule}" for rule in RULES]
    assert scores[columns].isna().all(axis=None)
    assert words["is_noun"].notna().any()
    assert summarize_conditions(scores)[[f"share_{rule}" for rule in RULES]].isna().all(axis=None)


def test_options_reach_the_scores_and_are_named(tmp_path: Path) -> None:
    options = TASK.options(minimum=6, scored=9, fold_diacritics=True)
    scores, words = evaluate(
        listing(tmp_path, TEXTS), SPACES[:1], TASK, options=options, responses=True
    )
    assert list(scores.columns) == [*SCORES, "response", "options"]
    assert set(scores["options"]) == {"minimum=6|scored=9|fold-diacritics"}
    assert scores["n_valid"].tolist() == [9, 0, 6]
    for row, words_given in ((0, FULL), (2, TEXTS[2].split(", "))):
        assert scores["score"][row] == pytest.approx(dat_score(words_given, SPACES[0], options))
    assert words["scored"].sum() == 9 + 6
    assert scores["response"].tolist() == TEXTS


@pytest.mark.parametrize("texts", [[], ["", "No."]])
def test_without_any_word(tmp_path: Path, texts: list[str]) -> None:
    scores, words = evaluate(listing(tmp_path, texts), SPACES, TASK)
    assert len(scores) == 2 * len(texts)
    assert len(words) == 0
    assert list(words.columns) == list(WORDS)
    assert scores["score"].isna().all()


def test_half_a_character_becomes_a_whole_one(tmp_path: Path) -> None:
    scores, words = evaluate(
        listing(tmp_path, ["1. c\ud800at\n2. dog"]), SPACES, TASK, responses=True
    )
    assert scores["response"][0] == "1. c\ufffdat\n2. dog"
    assert words["raw"][0] == "c\ufffdat"


def test_the_half_word_of_a_truncated_answer_is_none(tmp_path: Path) -> None:
    text = "\n".join(f"{n}. {word}" for n, word in enumerate(VOCABULARY[:7], 1))  # ends in "fig"
    (whole, _), (cut, words) = (
        evaluate(listing(tmp_path, [text], outcome), SPACES[:1], TASK)
        for outcome in ("ok", "truncated")
    )
    assert not math.isnan(whole["score"][0])
    assert math.isnan(cut["score"][0])
    assert "cut-off" in cut["flags"][0]
    assert words["raw"].tolist() == VOCABULARY[:6]


def test_an_answer_to_another_request_is_refused(tmp_path: Path) -> None:
    ((path, _),) = listing(tmp_path, ["cat"])
    with pytest.raises(UserError, match="answers another request"):
        evaluate([(path, "1" * 64)], SPACES, TASK)
    Path(path).write_text(json.dumps({"no": "record"}), encoding="utf-8")
    with pytest.raises(UserError, match="is not a sample record"):
        evaluate([(path, DIGEST)], SPACES, TASK)


def test_columns_that_are_kept_come_last_under_names_of_their_own(tmp_path: Path) -> None:
    samples = []
    rows = ({"id": "p1", "score": 80, "more": ["a"]}, {"id": "half \ud800", "score": None})
    for seed, row in enumerate(rows):
        key = {"provider": "p", "model": "m", "strategy": "s", "temperature": None, "seed": seed}
        answer = Answer("cat", raw=row).to_json()
        path = tmp_path / f"{seed}.json"
        text = record_text(key, DIGEST, {"keep": list(row), "seed": seed}, answer)
        path.write_text(text, encoding="utf-8")
        samples.append((str(path), DIGEST))
    samples += listing(tmp_path / "others", ["cat"])

    scores, _ = evaluate(samples, SPACES, TASK, responses=True)

    assert list(scores.columns) == [*SCORES, "response", "id", "file_score", "more"]
    assert scores["id"].tolist() == ["p1", "half ?", None] * 2
    assert scores["file_score"].tolist()[:2] == [80, None]
    assert scores["more"][0] == '["a"]'


VALUES = st.sampled_from(
    [
        *(None, True, -1, 0, 1.5, 10**400, float("nan"), float("inf"), "", "x", "1. cat", "\ud800"),
        *([], {}, [{}], {"choices": [{"message": {"content": "1. dog"}}]}, {"choices": 3}, "\x00"),
    ]
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), cut=st.integers(0, 9))
def test_any_record_is_scored_or_refused_with_one_message(tmp_path, data, cut):
    (sample,) = listing(tmp_path, ["1. cat\n2. dog\n3. tree"])

    def changed(value, depth):
        if data.draw(st.integers(0, depth)) == 0:
            return data.draw(VALUES)
        if isinstance(value, dict):
            kept = {key: changed(each, depth + 6) for key, each in value.items()}
            return {key: each for key, each in kept.items() if data.draw(st.integers(0, 40))}
        return value

    record = json.loads(Path(sample[0]).read_text(encoding="utf-8"))
    text = json.dumps(changed(record, 10))
    Path(sample[0]).write_text(text if cut else text[: len(text) // 2], encoding="utf-8")
    try:
        scores, _ = evaluate([sample], [space("a", 1)], TASK)
    except UserError as error:
        assert str(error).startswith(sample[0])
    else:
        assert len(scores) == 1
        scores.to_csv(tmp_path / "scores.csv", errors="replace")
