"""The page of answers: what is in it, whatever the answers hold."""

import json
import re
from itertools import combinations

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.instrument.scoring import score_words
from divergent_bench.instrument.spaces import open_space
from divergent_bench.reporting.pages import answers
from divergent_bench.reporting.pages.answers import answers_page
from divergent_bench.reporting.pages.tables import MOST_ROWS, table_page
from tests.helpers.answers import sample, table_of_words, word
from tests.helpers.hostile import ANSWERS, MARKUP
from tests.helpers.scores import scores_table

SCORED = ("arm", "cat", "house")


@pytest.fixture(scope="module")
def space():
    return open_space("wordnet")


def data_in(page):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(found)


def rows_in(page):
    data = data_in(page)
    return [dict(zip(data["fields"], row, strict=True)) for row in data["answers"]]


def made(rows, words, space, directory, **others):
    words = table_of_words(words)
    return answers_page(scores_table(rows), words, space, name="t", directory=directory, **others)


def test_an_answer_has_its_words_what_became_of_them_and_their_distances(tmp_path, space):
    row = sample(tmp_path, 3, "arm\ncat\nhouse\nzzz\ncat")
    here = row | {"score": 80.123, "scored_words": "|".join(SCORED)}
    there = row | {"space": "other", "score": None}
    words = [word(3, place, raw, scored=True) for place, raw in enumerate(SCORED)]
    words += [word(3, 3, "zzz", "not in dictionary"), word(3, 4, "cat", "duplicate")]
    words += [word(3, 5, "dog")]
    words += [word(3, n, raw, "duplicate", space="other") for n, raw in enumerate(["arm"] * 6)]

    page = made([here, there], words, space, tmp_path)

    (found,) = rows_in(page)
    data = data_in(page)
    assert found["scores"] == [80.12, None]
    assert found["words"] == [*SCORED, "zzz", "cat", "dog"]
    assert found["marks"][0][:3] == "+++"
    assert found["marks"][0][5] == "-"
    told = [data["reasons"][mark] for mark in found["marks"][0][3:5]]
    assert told == ["not in dictionary", "duplicate"]
    assert {data["reasons"][mark] for mark in found["marks"][1]} == {"duplicate"}
    # A list of two words scores their distance.
    pairs = [score_words([pair], space)[0] for pair in combinations(SCORED, 2)]
    assert [each / 10 for each in found["distances"]] == pytest.approx(pairs, abs=0.05)
    assert found["text"] == "arm\ncat\nhouse\nzzz\ncat"
    (condition,) = data["conditions"]
    assert (condition["label"], condition["strategy"], condition["temperature"]) == (
        "a", "none", "0.7"
    )  # fmt: skip
    assert (tmp_path / condition["samples"] / "seed3.json").exists()


def test_each_list_has_its_own_distances_whatever_the_others(tmp_path, space, monkeypatch):
    monkeypatch.setattr(answers, "_LISTS_AT_ONCE", 2)
    lists = [SCORED, SCORED[:2], (), SCORED[::-1], ("dog",), ("dog", *SCORED), SCORED[1:]]
    rows = [
        sample(tmp_path, seed, "") | {"score": 80.0 if words else None, "scored_words": found}
        for seed, words in enumerate(lists)
        for found in ["|".join(words) or None]
    ]

    page = made(rows, [], space, tmp_path)

    for row, words in zip(rows_in(page), lists, strict=True):
        pairs = [score_words([pair], space)[0] for pair in combinations(words, 2)]
        assert [each / 10 for each in row["distances"]] == pytest.approx(pairs, abs=0.05)


def test_a_list_that_answers_two_tasks_is_there_for_each(tmp_path, space):
    row = sample(tmp_path, 0, "arm") | {"score": 80.0, "scored_words": "|".join(SCORED)}
    words = [word(0, place, raw, scored=True) for place, raw in enumerate(SCORED)]
    words.append(word(0, 0, "arm", "no noun", task="cdat"))

    page = made([row, row | {"task": "cdat", "score": None}], words, space, tmp_path)

    first, second = rows_in(page)
    conditions = data_in(page)["conditions"]
    assert [conditions[each["condition"]]["task"] for each in (first, second)] == ["dat", "cdat"]
    assert [each["score"] for each in conditions] == ["DAT score", "CDAT novelty score"]
    assert (first["scores"], first["words"]) == ([80.0], list(SCORED))
    assert (second["scores"], second["words"]) == ([None], ["arm"])


def test_whatever_an_answer_holds_stays_text_in_the_data(tmp_path, space):
    rows = [sample(tmp_path, seed, text) for seed, text in enumerate(ANSWERS)]
    words = [word(seed, 0, text, "not in dictionary") for seed, text in enumerate(ANSWERS)]

    page = made(rows, words, space, tmp_path)

    assert page.count("</script>") == 3  # the data, the library, our script
    data, *_ = re.findall(r'id="data">(.*)', page)
    assert data.count("<") == 1  # nothing but its own end
    assert "<!--" not in page  # from where on the end of a script would be no end
    assert not re.search("[\x00\x07\x1b\x9b\u202e]", page)
    texts = [row["text"] for row in rows_in(page)]
    assert [text for text in texts if text in MARKUP] == list(MARKUP)
    longest = max(texts, key=len)
    assert longest == "w" * 5000
    assert len(rows_in(page)[-1]["words"][0]) < 300
    # Nothing but these two scripts may run, and nothing may be loaded.
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_of_many_answers_the_unscorable_ones_have_their_texts_first(tmp_path, space, monkeypatch):
    monkeypatch.setattr(answers, "MOST_TEXTS", 3)
    monkeypatch.setattr(answers, "LONGEST_TEXT", 4)
    scored = {"score": 80.0, "scored_words": "|".join(SCORED)}
    rows = [sample(tmp_path, seed, f"text {seed}") for seed in range(6)]
    rows = [row | (scored if row["seed"] not in (3, 5) else {}) for row in rows]

    page = made(rows, [], space, tmp_path)

    with_text = {row["seed"]: row["text"] for row in rows_in(page) if row["text"] is not None}
    assert with_text == dict.fromkeys((0, 3, 5), "text ...")
    assert "of 3 of the 6 answers" in page


def test_a_sample_that_is_gone_is_named(tmp_path, space):
    row = sample(tmp_path, 0, "x")
    (tmp_path / "samples/openai/a/none/t0.7/seed0.json").unlink()

    with pytest.raises(UserError, match=r"seed0\.json"):
        made([row], [], space, tmp_path)


def test_a_table_is_a_page_with_what_its_columns_mean(tmp_path):
    file = tmp_path / "overlap.csv"
    hostile = "<script>alert(1)</script>"
    row = f'wordnet,"{hostile}",b,1234,2,1,0.123456789,0.5,0.5\n'
    columns = "space,model_a,model_b,n_distinct_a,n_distinct_b,n_shared,vocabulary_jaccard,"
    file.write_text(f"{columns}shared_of_a,shared_of_b\n{row * (MOST_ROWS + 1)}", encoding="utf-8")

    page = table_page(file, note="Partial")

    assert hostile not in page
    assert page.count("&lt;script&gt;") == MOST_ROWS
    assert '<td class="number" data-order="0.123456789">0.1235</td>' in page
    assert "first model of a pair" in page
    assert f"The first {MOST_ROWS:,} of {MOST_ROWS + 1:,}" in page
    assert "Partial" in page


def test_a_leaderboard_is_a_page_too(tmp_path):
    file = tmp_path / "leaderboard.md"
    file.write_text("# L\n\n| rank | model |\n| ---: | :--- |\n| 1 | a<b> |\n", encoding="utf-8")

    page = table_page(file)

    assert '<td class="number">1</td>' in page
    assert "<b>" not in page
