"""Answers from elsewhere become a config that runs."""

import json
from pathlib import Path

import pytest

from divergent_bench.base.errors import UserError
from divergent_bench.config import load_config
from divergent_bench.design.expansion import expand
from divergent_bench.design.recorded_answers import answer
from divergent_bench.running.importing import Naming, import_answers, read_answers

GPT = Naming(model="gpt-4o")


def imported(tmp_path: Path, file: str, content: str, naming: Naming = GPT, **given):
    path = tmp_path / file
    path.write_text(content, encoding="utf-8")
    return import_answers(path, "mine", naming, tmp_path / "config", **given)


def answers(made) -> dict[str, list[str]]:
    """Return the answers that the config finds, by condition."""
    return {
        str(planned.condition): [answer(sample.request).text for sample in planned.samples()]
        for planned in expand(load_config(made.config)).conditions
        if planned.condition.provider != "baseline"
    }


def test_columns_say_whose_answers_they_are(tmp_path):
    rows = [
        {"model": "openai/x", "strategy": "none", "temperature": "0.5", "response": "a, b"},
        {"model": "openai/x", "strategy": "none", "temperature": None, "response": "c, d"},
        {"model": "y", "strategy": "odd", "temperature": 0.5, "response": "e, f"},
    ]
    made = imported(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)), Naming())

    assert (made.n_answers, made.n_conditions) == (3, 3)
    assert answers(made) == {
        "recorded/openai/x, none, t0.5": ["a, b"],
        "recorded/openai/x, none, tdefault": ["c, d"],
        "recorded/y, odd, t0.5": ["e, f"],
    }


def test_options_say_it_for_all(tmp_path):
    made = imported(
        tmp_path, "a.csv", 'id,text\n1,"cat\ndog"\n2,sea\n', Naming("gpt-4o", "none", 0.7)
    )

    assert answers(made) == {"recorded/gpt-4o, none, t0.7": ["cat\ndog", "sea"]}


@pytest.mark.parametrize(
    "content",
    [
        {"1": "second", "0": "first", "10": "third"},
        ["first", "second", "third"],
        [{"response": "first"}, {"response": "second"}, {"answer": "third"}],
        {"a": "first", "b": "second", "c": ["third"]},
    ],
    ids=["index to text", "list", "objects", "names to texts"],
)
def test_json_of_any_form_keeps_its_order(tmp_path, content):
    made = imported(tmp_path, "a.json", json.dumps(content))

    assert answers(made) == {
        "recorded/gpt-4o, not-applicable, tdefault": ["first", "second", "third"]
    }


def test_lists_of_words_become_lines(tmp_path):
    made = imported(tmp_path, "a.json", json.dumps({"0": ["cat", "billiard  ball"]}))

    assert list(answers(made).values()) == [["cat\nbilliard ball"]]


@pytest.mark.parametrize(("named", "naming"), [("word.", GPT), ("col", Naming("p", words="col*"))])
def test_a_column_per_word_is_recognised_or_named(tmp_path, named, naming):
    header = ",".join(f"{named}{i}" for i in range(1, 11))
    made = imported(tmp_path, "a.csv", f"score,{header}\n80,{','.join('abcdefghij')}\n", naming)

    assert list(answers(made).values()) == [["\n".join("abcdefghij")]]


def test_people_are_a_provider_of_their_own_with_neither_strategy_nor_temperature(tmp_path):
    rows = "age,temperature,word1,word2,word3,word4,word5,word6,word7\n30,hot,a,b,c,d,e,f,g\n"
    made = imported(tmp_path, "a.csv", rows, Naming(people=True))

    assert answers(made) == {"people/people, not-applicable, tdefault": ["a\nb\nc\nd\ne\nf\ng"]}


def test_groups_of_people_are_named_by_a_column_or_an_option(tmp_path):
    rows = "model,text\nstudents,cat\n,dog\n"

    assert answers(imported(tmp_path, "a.csv", rows, Naming(people=True))) == {
        "people/students, not-applicable, tdefault": ["cat"],
        "people/people, not-applicable, tdefault": ["dog"],
    }
    made = imported(tmp_path, "a.csv", rows, Naming("olson", people=True), overwrite=True)
    assert answers(made) == {"people/olson, not-applicable, tdefault": ["cat", "dog"]}


def test_people_are_asked_nothing_else_than_a_model_is(tmp_path):
    (request,) = [
        sample.request
        for planned in expand(
            load_config(imported(tmp_path, "a.json", '["cat"]', Naming(people=True)).config)
        ).conditions
        if planned.condition.provider == "people"
        for sample in planned.samples()
    ]
    assert request["provider"] == "recorded"


@pytest.mark.parametrize(
    "naming", [Naming(strategy="none", people=True), Naming(temperature=0.0, people=True)]
)
def test_people_with_a_strategy_or_a_temperature_are_an_error(tmp_path, naming):
    with pytest.raises(UserError, match="leave out --strategy and --temperature, or --people"):
        imported(tmp_path, "a.json", '["cat"]', naming)
    assert not list(tmp_path.glob("config/*"))


def test_the_config_has_baselines_beside_the_answers(tmp_path):
    made = imported(tmp_path, "a.json", '["cat"]')

    models = [planned.condition.model for planned in expand(load_config(made.config)).conditions]
    assert models == ["gpt-4o", "random-nouns", "common-nouns"]


def test_nothing_is_overwritten_unless_told(tmp_path):
    imported(tmp_path, "a.json", '["cat"]')

    with pytest.raises(UserError, match=r"mine\.jsonl: is there already; .*--force"):
        imported(tmp_path, "a.json", '["dog"]')
    made = imported(tmp_path, "a.json", '["dog"]', overwrite=True)
    assert list(answers(made).values()) == [["dog"]]


@pytest.mark.parametrize(
    ("file", "content", "naming", "said"),
    [
        ("a.txt", "cat", GPT, r"a\.txt: cannot tell its format"),
        ("a.json", "{", GPT, r"a\.json: is not JSON"),
        ("a.json", "3", GPT, r"a\.json: holds one value"),
        ("a.json", "[3]", GPT, r"a\.json, entry 0: is no answer but a number, 3"),
        ("a.json", "[]", GPT, r"a\.json: holds no answer"),
        ("a.json", '["cat"]', Naming(), "1 of 1 answers have no model; .*--model"),
        (
            "a.csv",
            "id,said\n1,cat\n",
            GPT,
            r"line 2: no column holds the answer .*id, said.*--resp",
        ),
        ("a.csv", "text\ncat\n", Naming("m", words="w*"), "no column like 'w.'.*correct --words"),
        ("a.csv", "text,temperature\ncat,hot\n", GPT, "the temperature 'hot' is no number"),
        ("a.csv", "text,temperature\ncat,9\n", GPT, r"cannot become a config: .*out of range"),
        ("a.csv", "text,strategy\ncat,none\ndog,\n", GPT, "1 of 2 answers have no strategy"),
        ("a.csv", "text,strategy\ncat,all\n", GPT, "cannot become a config: .*has no answer"),
    ],
)
def test_what_cannot_be_understood_is_told(tmp_path, file, content, naming, said):
    with pytest.raises(UserError, match=said):
        imported(tmp_path, file, content, naming)
    assert not list(tmp_path.glob("config/*"))


def test_a_name_that_is_none_is_told(tmp_path):
    with pytest.raises(UserError, match="'a/b' cannot name a file; give one with --name"):
        import_answers(tmp_path / "a.json", "a/b", GPT, tmp_path)


def test_an_import_keeps_why_answers_ended(tmp_path):
    rows = [
        {"response": "1. cat\n2. do", "finish_reason": "length"},
        {"response": "1. cat", "stop_reason": "end_turn"},
        {"response": "1. cat"},
    ]
    made = imported(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))

    (planned,) = [
        planned
        for planned in expand(load_config(made.config)).conditions
        if planned.condition.provider == "recorded"
    ]
    outcomes = [answer(sample.request).outcome for sample in planned.samples()]
    assert outcomes == ["truncated", "ok", "ok"]


def test_columns_of_other_names_are_named_and_told(tmp_path):
    row = {"id": 7, "model_id": "x", "prompt_id": "none", "temp": "0,5", "said": "cat", "age": 30}
    columns = {"model": "model_id", "strategy": "prompt_id", "temperature": "temp"}
    naming = Naming(response="said", columns=columns, keep=["id"])
    made = imported(tmp_path, "a.json", json.dumps([row]), naming)
    reading = read_answers(tmp_path / "a.json", naming)

    assert answers(made) == {"recorded/x, none, t0.5": ["cat"]}
    assert reading.ignored == ["age"]
    assert reading.taken == {
        "answer": ["said"],
        "model": ["model_id"],
        "strategy": ["prompt_id"],
        "temperature": ["temp"],
        "kept": ["id"],
    }
    assert json.loads(made.answers.read_text(encoding="utf-8"))["id"] == 7
    with pytest.raises(UserError, match=r"has no column 'sex' \(there are: id, model_id, "):
        read_answers(tmp_path / "a.json", Naming(keep=["sex"]))


def test_headers_are_known_whatever_their_case(tmp_path):
    made = imported(tmp_path, "a.csv", "Model, Response \nx,cat\n", Naming())
    assert answers(made) == {"recorded/x, not-applicable, tdefault": ["cat"]}


def test_a_column_that_has_no_answer_gives_way_to_one_that_has(tmp_path):
    row = {"model": "x", "text": {"format": {"type": "text"}}, "output": "cat"}
    made = imported(tmp_path, "a.jsonl", json.dumps(row), Naming())
    assert answers(made) == {"recorded/x, not-applicable, tdefault": ["cat"]}


def test_what_was_read_is_shown_before_anything_is_written(tmp_path):
    seen = []

    def show(reading):
        seen.append([row["response"] for row in reading.rows])
        assert not (tmp_path / "config").exists()

    imported(tmp_path, "a.json", '["cat", "half \\ud800"]', show=show)
    assert seen == [["cat", "half \ud800"]]


@pytest.mark.parametrize("case", ["i01", "i02", "i04", "i06", "i08", "i10", "i13", "i14", "i15"])
def test_recorded_cases_are_read(shared_data, case):
    named = {
        "i08": Naming(people=True, words="Q2_*"),
        "i13": Naming("m", response="ans"),
        "i14": Naming(people=True),
    }
    first = {
        "i08": [10, "arm\neyes", "burger"],
        "i10": [6, "Ocean\nMirror\nFeather", "Window"],
        "i14": [10, "arm\neyes", "ten"],
    }
    n_lines, start, end = first.get(case, [10, "1. Giraffe\n2. Microscope", "10. Marshmallow"])
    files = [f for f in shared_data.glob(f"cases/{case}*") if f.suffix != ".right"]
    assert files
    for file in files:
        response = read_answers(file, named.get(case, Naming())).rows[0]["response"]
        if "cp1252" in file.name:
            assert response.startswith("façade, naïve")
            continue
        lines = response.splitlines()
        assert response.startswith(start)
        assert (len(lines), lines[-1]) == (n_lines, end)


def test_recorded_cases_that_are_refused_name_their_line(shared_data):
    with pytest.raises(UserError, match=r"i05-unquoted-commas\.csv.*line 2"):
        read_answers(shared_data / "cases/i05-unquoted-commas.csv", Naming())


def test_a_recorded_case_of_a_failed_request_is_no_answer(shared_data, workdir):
    cases = shared_data / "cases"
    rows = (cases / "i12-failed-request-row.jsonl").read_text(encoding="utf-8")
    Path("yad.jsonl").write_text(rows, encoding="utf-8")
    grid = expand(load_config(cases / "i12-failed-request-row.yaml"))
    found = [answer(sample.request) for sample in grid.samples()]
    assert len(found) == len(rows.splitlines()) - 1
    assert all(each.text or each.outcome == "truncated" for each in found)
    assert "None" not in {each.text for each in found}


def test_a_recorded_case_of_a_thinking_budget_is_no_secret(shared_data):
    grid = expand(load_config(shared_data / "cases/c01-thinking-budget.yaml"))
    budgets = {s.request["params"]["thinking"]["budget_tokens"] for s in grid.samples()}
    assert budgets == {2000}


# Answers to tasks that ask about something


@pytest.mark.parametrize("column", ["cue", "Stimulus", "keyword"])
def test_lists_of_people_say_what_they_are_about(tmp_path, column):
    content = f"{column},response\nocean,a\nice  cream,b\nocean,c\n"
    columns = {"stimulus": "keyword"} if column == "keyword" else {}
    naming = Naming("students", people=True, task="cdat", columns=columns)
    made = imported(tmp_path, "a.csv", content, naming)

    assert answers(made) == {
        "people/students, not-applicable~ocean, tdefault": ["a", "c"],
        "people/students, not-applicable~ice cream, tdefault": ["b"],
    }
    grid = expand(load_config(made.config))
    assert grid.tasks == ["cdat"]
    baselines = [c.condition for c in grid.conditions if c.condition.provider == "baseline"]
    assert {c.stimulus for c in baselines} == {"ocean", "ice cream"}
    assert {c.model for c in baselines} == {"random-nouns", "common-nouns"}  # need no space


def test_answers_of_models_to_a_task_with_stimuli_keep_the_names_of_their_prompts(tmp_path):
    rows = [
        {"model": "m", "strategy": strategy, "anchors": anchors, "response": text}
        for strategy, anchors, text in (("drat", "gene,law", "a"), ("mine", "gene, law", "b"))
    ]
    content = "\n".join(map(json.dumps, rows))
    made = imported(tmp_path, "a.jsonl", content, Naming(task="drat"))

    assert answers(made) == {
        "recorded/m, drat~gene, law, tdefault": ["a"],
        "recorded/m, mine~gene, law, tdefault": ["b"],
    }
    assert expand(load_config(made.config)).tasks == ["drat"]


@pytest.mark.parametrize(
    ("content", "naming", "said"),
    [
        ("q,response\nocean,a\n", {"task": "cdat"}, "no column holds the cue (there are: q, resp"),
        ("cue,response\n,a\n", {"task": "cdat"}, "line 2: the cue is empty; give a word"),
        ("q,response\na,b\n", {"columns": {"stimulus": "q"}}, "the task dat has no stimuli"),
        ("anchors,response\ngene,a\n", {"task": "drat"}, "the anchor set 'gene' has 1 word"),
        ("cue,response\nocean,a\n", {"task": "cadt"}, "there is no task 'cadt'; did you mean"),
    ],
)
def test_what_lacks_a_stimulus_is_named_and_nothing_written(tmp_path, content, naming, said):
    with pytest.raises(UserError) as caught:
        imported(tmp_path, "a.csv", content, Naming("m", people=True, **naming))
    assert said in str(caught.value)
    assert not (tmp_path / "config").exists()
