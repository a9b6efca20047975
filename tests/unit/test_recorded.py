"""Answers from files: one column of text, or a column per word."""

import json
from collections import Counter
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config import parse_config
from divergent_bench.design.answer_files.formats import read_table
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import (
    answer,
    answers_file,
    count_answers,
    unused_rows,
)

PEOPLE = "dat\tword.1\tword.2\tword.3\n80\tcat\tbilliard ball\tsky\n\t dog \t\tsea\n"
NOTHING_SAID = {"model": None, "strategy": None, "temperature": None}


def config(file, columns):
    entry = {"provider": "recorded", "model": "people", "file": str(file), "columns": columns}
    experiment = {"name": "e", "providers": [entry], "samples": "all"}
    return parse_config({"name": "t", "experiments": [experiment]})


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.tsv"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


def test_people_are_a_cohort_like_any_model(people):
    (planned,) = expand(config(people, {"words": "word.*", **NOTHING_SAID})).conditions

    assert str(planned.condition) == "recorded/people, not-applicable, tdefault"
    assert [answer(sample.request).text for sample in planned.samples()] == [
        "cat\nbilliard ball\nsky",
        "dog\nsea",  # a word that was not given is none
    ]


def test_a_pattern_without_columns_is_an_error(people):
    with pytest.raises(UserError, match=r"people\.tsv, line 2: has no column like 'w_\*'"):
        expand(config(people, {"words": "w_*", **NOTHING_SAID}))


def test_requests_for_texts_are_as_they_were(tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"response": "cat"}), encoding="utf-8")

    (planned,) = expand(config(file, NOTHING_SAID)).conditions

    # Another digest would make every recorded sample due again.
    assert planned.template["columns"] == {"response": "response", **NOTHING_SAID}
    assert count_answers(planned.template) == 1


def test_columns_of_words_go_with_those_of_the_condition(tmp_path):
    file = tmp_path / "wide.csv"
    file.write_text('model,w1,w2\npeople,cat,dog\nothers,sky,sea\npeople,"a\nb",\n')

    (planned,) = expand(
        config(file, {"words": "w?", "model": "model", "strategy": None, "temperature": None})
    ).conditions

    assert [answer(sample.request).text for sample in planned.samples()] == ["cat\ndog", "a b"]


def test_answers_that_come_with_the_package_are_known_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert answers_file("smollm2-135m").is_absolute()
    rows = read_table(answers_file("smollm2-135m")).rows
    assert len(rows) == 100
    assert Counter(row.cells["finish_reason"] for row in rows) == {"stop": 59, "length": 41}
    for name in ("answers.csv", "./smollm2-135m", "../data/smollm2-135m"):
        assert answers_file(name) == Path(name)


@pytest.mark.parametrize("column", ["finish_reason", "stop_reason"])
def test_a_column_says_that_an_answer_was_cut_off(tmp_path, column):
    file = tmp_path / "answers.jsonl"
    reasons = ["stop", "length", "max_tokens", "MAX_TOKENS", "content_filter", None]
    rows = [{"response": "1. cat\n2. do", column: reason} for reason in reasons]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    (planned,) = expand(config(file, NOTHING_SAID)).conditions

    found = [answer(sample.request) for sample in planned.samples()]
    cut = "truncated"
    assert [each.outcome for each in found] == ["ok", cut, cut, cut, "filtered", "ok"]
    assert [each.finish_reason for each in found] == reasons


def recorded(file, rows, columns, **entry):
    """Return the grid of a config of the rows of a file, with what the experiment says."""
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    provider = {"provider": "recorded", "model": "m", "file": str(file), "columns": columns}
    more = {key: entry.pop(key) for key in ("temperatures", "samples") if key in entry}
    experiment = {"name": "e", "providers": [provider | entry], "samples": "all"} | more
    return expand(parse_config({"name": "t", "experiments": [experiment]}))


def test_a_row_with_an_error_is_no_answer_and_is_told(tmp_path):
    rows = [
        {"response": "cat", "finish_reason": "stop", "error": None},
        {"response": None, "error": "429 rate limit"},
        {"error": {"message": "no such model"}},
        {"response": "do", "finish_reason": "error"},
        {"response": None, "finish_reason": "length", "error": None},
    ]
    grid = recorded(tmp_path / "a.jsonl", rows, NOTHING_SAID)

    (planned,) = grid.conditions
    found = [answer(sample.request) for sample in planned.samples()]
    assert [(each.text, each.outcome) for each in found] == [("cat", "ok"), ("", "truncated")]
    (told,) = unused_rows(grid)
    assert "3 rows left out" in told
    assert "line 2: 429 rate limit" in told


def test_a_cell_that_is_no_answer_is_an_error_with_its_line(tmp_path):
    rows = [{"response": "cat"}, {"response": [{"score": 3}]}]
    with pytest.raises(UserError, match=r"line 2: the answer is an object with the fields 'score'"):
        recorded(tmp_path / "a.jsonl", rows, NOTHING_SAID)


def test_rows_that_no_condition_takes_are_counted_and_named(tmp_path):
    rows = [{"t": t, "ans": "cat"} for t in (0.1, 0.9, "0,9", 0.7, None)]
    columns = {"response": "ans", **NOTHING_SAID, "temperature": "t"}
    of_some = recorded(tmp_path / "a.json", rows, columns, temperatures=[0.1, 0.7])
    of_all = recorded(tmp_path / "a.json", rows, columns, temperatures=[0.1, 0.7, 0.9, None])
    few = recorded(tmp_path / "a.json", rows, NOTHING_SAID | {"response": "ans"}, samples=2)

    (told,) = unused_rows(of_some)
    assert told.startswith(f"{tmp_path}/a.json: 3 of 5 answers are in no condition")
    assert "temperature 0.9 (2)" in told
    assert "temperature not given (1)" in told
    assert unused_rows(of_all) == []
    assert unused_rows(few) == []  # they are of the condition, and not asked for


def test_two_conditions_of_one_file_share_its_rows(tmp_path):
    file = tmp_path / "a.jsonl"
    rows = [{"model": model, "response": "cat"} for model in "abc"]
    columns = {"strategy": None, "temperature": None}
    grid = recorded(file, rows, columns, model=None, models=["a", "b"])

    assert [told.partition(": ")[2] for told in unused_rows(grid)] == [
        "1 of 3 answers are in no condition: model c (1)"
    ]


def test_columns_that_are_kept_travel_with_the_answer_and_change_the_request(tmp_path):
    rows = [
        {"response": "cat", "id": "p1", "age": 30},
        {"response": "dog", "id": "p2", "age": None},
    ]
    (plain,) = recorded(tmp_path / "a.jsonl", rows, NOTHING_SAID).conditions
    (kept,) = recorded(tmp_path / "a.jsonl", rows, NOTHING_SAID, keep=["id", "age"]).conditions

    assert "keep" not in plain.template
    assert [answer(sample.request).raw for sample in plain.samples()] == [None, None]
    assert [answer(sample.request).raw for sample in kept.samples()] == [
        {"id": "p1", "age": 30},
        {"id": "p2", "age": None},
    ]
    with pytest.raises(UserError, match=r"has no 'sex'; name the right column under `keep:`"):
        recorded(tmp_path / "a.jsonl", rows, NOTHING_SAID, keep=["sex"])


def test_keep_is_for_files_only():
    entry = {"provider": "openai", "model": "gpt-4o", "keep": ["id"]}
    with pytest.raises(UserError, match="`keep` is for the providers recorded and people"):
        parse_config({"name": "t", "experiments": [{"name": "e", "providers": [entry]}]})
