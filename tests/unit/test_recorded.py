"""Answers from files: one column of text, or a column per word."""

import json
from collections import Counter
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config import parse_config
from divergent_bench.design.answer_files.formats import read_table
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import answer, answers_file, count_answers

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
