"""From a row of any table to the words, the response and the request: docs/provenance.md."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from divergent_bench.analysis.tables import TABLES, temperature_label
from divergent_bench.base.requests import digest
from tests.helpers.workflow import ROOT, Workflow

pytestmark = pytest.mark.slow

ANSWER = ["provider", "model", "strategy", "temperature", "seed"]
NOUNS = ["cat", "stone", "music", "river", "anger", "pencil", "doctor", "cloud", "bread", "engine"]
NOUNS += ["moon", "idea", "carpet", "lemon"]
# More than answers name, for a baseline to draw from.
KNOWN = [*NOUNS, "apple", "guitar", "spoon", "umbrella", "elephant", "bridge"]


def documented_keys() -> dict[str, list[str]]:
    """Return the key columns that the documentation gives for each table."""
    text = (ROOT / "docs/provenance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)
    return {table: re.findall(r"`(\w+)`", keys) for table, keys in rows}


KEYS = documented_keys()


def config(directory: Path) -> dict[str, Any]:
    """Return a run with models, people, baselines and two spaces."""
    with (directory / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "strategy", "temperature", "response"])
        for place, (model, strategy, temperature) in enumerate(
            (m, s, t) for m in ("one", "two") for s in ("none", "random") for t in (0.5, 1.0)
        ):
            for turn in range(3):
                start = place + turn
                words = [NOUNS[(start + 3 * step) % len(NOUNS)] for step in range(10)]
                writer.writerow([model, strategy, temperature, "\n".join(words)])
    vectors = [
        f"{noun} {' '.join(str((place * k) % 17 - 8) for k in range(1, 21))}"
        for place, noun in enumerate(KNOWN, start=1)
    ]
    (directory / "own.txt").write_text("\n".join(vectors) + "\n", encoding="utf-8")
    (directory / "nouns.txt").write_text("\n".join(KNOWN) + "\n", encoding="utf-8")
    file = str(directory / "answers.csv")
    unsaid = {"model": None, "strategy": None, "temperature": None}
    grid = {"strategies": ["none", "random"], "temperatures": [0.5, 1.0], "samples": "all"}
    recorded = {"provider": "recorded", "models": ["one", "two"], "file": file}
    people = {"provider": "people", "model": "students", "file": file, "columns": unsaid}
    baseline = {"provider": "baseline", "models": ["random-nouns"]}
    own = {"name": "own", "path": str(directory / "own.txt")}
    return {
        "name": "traced",
        "experiments": [
            {"name": "models", "providers": [recorded], **grid},
            {"name": "people", "providers": [people], "samples": "all"},
            {"name": "baselines", "providers": [baseline], "samples": 3},
        ],
        "analysis": {"spaces": ["wordnet", own | {"dictionary": str(directory / "nouns.txt")}]},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    directory = tmp_path_factory.mktemp("run")
    flow = Workflow(directory, config(directory))
    wanted = [f"results/traced/{table}.csv" for table in TABLES]
    flow.run(*wanted, "results/traced/leaderboard.md")
    return flow


def table(run: Workflow, name: str) -> pd.DataFrame:
    return pd.read_csv(run.results() / f"{name}.csv", keep_default_na=False, na_values=[""])


def same(rows: pd.DataFrame, row: "pd.Series[Any]", columns: list[str]) -> pd.DataFrame:
    """Return the rows that agree with `row` in some columns; empty fields match empty fields."""
    for column in columns:
        wanted = row[column]
        rows = rows[rows[column].isna() if pd.isna(wanted) else rows[column] == wanted]
    return rows


def at_level(scores: pd.DataFrame, factor: str, label: str) -> pd.DataFrame:
    """Return the rows that have a level of a factor, by its label."""
    if factor == "model":
        qualified = scores["provider"] + "/" + scores["model"]
        return scores[(scores["model"] == label) | (qualified == label)]
    asked = scores[~scores["provider"].isin(["people", "baseline"])]
    if factor == "temperature":
        return asked[asked["temperature"].map(temperature_label) == label]
    return asked[asked[factor] == label]


def prove(run: Workflow, answers: pd.DataFrame) -> None:
    """Follow answers to their records, and their words to these."""
    assert len(answers)
    words = table(run, "words")
    for _, answer in answers.head(3).iterrows():
        record = json.loads((run.directory / answer["sample"]).read_text(encoding="utf-8"))
        key = {name: None if pd.isna(answer[name]) else answer[name] for name in ANSWER}
        assert record["key"] == key
        assert record["digest"] == answer["digest"] == digest(record["request"])
        own = same(words, answer, ["space", *ANSWER])
        assert len(own) == answer["n_words"]
        assert all(raw in record["answer"]["text"] for raw in own["raw"])
        assert "|".join(own.loc[own["scored"], "word"]) == answer["scored_words"]


def test_the_documentation_names_a_key_for_every_table():
    assert set(KEYS) == {*TABLES, "leaderboard"}
    for name, columns in TABLES.items():
        assert set(KEYS[name]) <= set(columns)


@pytest.mark.parametrize("name", ["scores", "words"])
def test_an_answer_is_one_row_of_the_scores(run, name):
    row = table(run, name).iloc[-1]
    found = same(table(run, "scores"), row, KEYS[name])
    assert len(found) == 1
    found = same(table(run, "scores"), table(run, name).iloc[0], KEYS[name])
    assert len(found) == 1
    prove(run, found)


def test_a_condition_is_its_answers(run):
    summary = table(run, "summary")
    for _, row in summary[summary["space"] == "wordnet"].iterrows():
        found = same(table(run, "scores"), row, KEYS["summary"])
        assert len(found) == row["n"]
        assert found["score"].mean() == pytest.approx(row["mean"])
        prove(run, found)


@pytest.mark.parametrize("factor", ["model", "strategy", "temperature"])
def test_a_test_is_the_answers_at_its_levels(run, factor):
    tests = table(run, "tests")
    labels = pd.Series(dict.fromkeys(["one", "two", "none", "random", "0.5", "1"]))
    pairs = tests[(tests["factor"] == factor) & (tests["test"] == "mean_difference")]
    row = pairs[pairs["group_a"].isin(labels.index) & pairs["group_b"].isin(labels.index)].iloc[0]
    assert set(KEYS["tests"]) == {"task", "space", "factor", "group_a", "group_b"}
    scores = same(table(run, "scores"), row, ["space"])
    a, b = (at_level(scores, row["factor"], row[key]) for key in ("group_a", "group_b"))
    # The grid is complete, so all answers have a counterpart and strata weigh alike.
    assert (a["score"].notna().sum(), b["score"].notna().sum()) == (row["n_a"], row["n_b"])
    assert a["score"].mean() - b["score"].mean() == pytest.approx(row["effect"])
    prove(run, pd.concat([a, b]))


@pytest.mark.parametrize("name", ["power", "variance"])
def test_tables_on_all_answers_are_those_of_a_space(run, name):
    row = table(run, name).iloc[0]
    found = same(table(run, "scores"), row, ["space"])
    prove(run, found[found["provider"] == "recorded"])


@pytest.mark.parametrize("name", ["diversity", "rarefaction"])
def test_diversity_is_that_of_the_answers_of_its_group(run, name):
    rows = table(run, name)
    for level, columns in (("model", ["space", "provider", "model"]), ("condition", KEYS[name])):
        group = same(rows, rows[rows["level"] == level].iloc[-1], columns)
        group = group[group["level"] == level]
        found = same(table(run, "scores"), group.iloc[-1], columns)
        assert len(found) == group["n_lists"].max()
        prove(run, found)


def test_an_overlap_is_that_of_two_models(run):
    row = table(run, "overlap").iloc[0]
    scores = same(table(run, "scores"), row, ["space"])
    words = same(table(run, "words"), row, ["space"])
    words = words[words["accepted"]]
    used = [set(at_level(words, "model", row[key])["word"]) for key in ("model_a", "model_b")]
    assert [len(each) for each in used] == [row["n_distinct_a"], row["n_distinct_b"]]
    assert len(used[0] & used[1]) == row["n_shared"]
    prove(run, at_level(scores, "model", row["model_a"]))


def test_an_agreement_is_that_of_two_spaces(run):
    row = table(run, "agreement").iloc[0]
    scores = table(run, "scores")
    for key in ("space_a", "space_b"):
        assert (scores["space"] == row[key]).any()
    prove(run, scores[scores["space"] == row["space_a"]])


def test_a_row_of_the_leaderboard_is_a_model(run):
    text = (run.results() / "leaderboard.md").read_text(encoding="utf-8")
    mean = re.search(r"^\| 1 \(.*?\) \| (\w+) \| ([\d.]+) ", text, re.MULTILINE)
    assert mean is not None
    scores = table(run, "scores")
    primary = scores[scores["space"] == scores["space"].iloc[0]]
    found = at_level(primary, "model", mean[1])
    assert found["score"].mean() == pytest.approx(float(mean[2]), abs=0.005)
    prove(run, found)
