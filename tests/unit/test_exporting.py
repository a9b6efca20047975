"""Results for other programs."""

import json

import pandas as pd
import pytest

from divergent_bench.analysis.exporting import export_results
from divergent_bench.analysis.tables import write_table
from divergent_bench.base.errors import UserError
from divergent_bench.base.records import record_text
from tests.helpers.scores import scores_table
from tests.helpers.words import words_table

KEY = "samples/openai/a/none/t0.7/seed{}.json"


@pytest.fixture
def results(tmp_path):
    directory = tmp_path / "moved"
    rows = [
        {"seed": 0, "score": 80.5, "flags": "bold|glosses", "sample": f"results/x/{KEY.format(0)}"},
        {"seed": 1, "outcome": "refused", "sample": f"results/x/{KEY.format(1)}"},
    ]
    both = [{**row, "space": space} for space in ("wordnet", "own") for row in rows]
    write_table(scores_table(both), directory / "scores.csv")
    words = [words_table(["tree -qqq sea"]), words_table(["tree"], space="own")]
    write_table(pd.concat(words), directory / "words.csv")
    for seed, text in enumerate(["Tree, qqq\nsea", "No \ud800"]):
        file = directory / KEY.format(seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(record_text({}, "0", {}, json.dumps({"text": text})), encoding="utf-8")
    return directory


def test_a_row_per_sample_with_every_space_and_the_answer(results, tmp_path):
    table, dictionary = export_results(results, tmp_path / "out")

    assert (table.name, dictionary.name) == ("samples.csv", "samples.dictionary.csv")
    exported = pd.read_csv(table, keep_default_na=False)
    assert exported["score_wordnet"].tolist() == ["80.5", ""]
    assert exported["words_wordnet"].tolist() == ["tree|sea", ""]
    assert exported["words_own"].tolist() == ["tree", ""]
    assert exported["n_very_rare_own"].tolist() == [0, 0]
    assert exported["response"].tolist() == ["Tree, qqq\nsea", "No ?"]
    assert exported[["strategy", "seed", "outcome"]].to_numpy().tolist() == [
        ["none", 0, "ok"],
        ["none", 1, "refused"],
    ]


def test_the_dictionary_tells_every_column(results, tmp_path):
    table, dictionary = export_results(results, tmp_path / "out.csv")

    told = pd.read_csv(dictionary, keep_default_na=False)
    assert told["column"].tolist() == list(pd.read_csv(table, nrows=0).columns)
    row = told.set_index("column").loc["score_own"]
    assert row[["type", "unit"]].tolist() == ["number", "points"]
    assert row["meaning"].endswith("(in own)")
    assert told["meaning"].all()


def test_json_lines_have_lists_and_nulls(results, tmp_path):
    table, _ = export_results(results, tmp_path / "out.jsonl")

    first, second = map(json.loads, table.read_text(encoding="utf-8").splitlines())
    assert (first["score_wordnet"], second["score_wordnet"]) == (80.5, None)
    assert (first["words_wordnet"], second["words_wordnet"]) == (["tree", "sea"], [])
    assert first["flags"] == ["bold", "glosses"]
    assert first["seed"] == 0


@pytest.mark.parametrize(
    ("target", "said"), [("out.xlsx", r"out\.xlsx: an export ends in \.csv or \.jsonl")]
)
def test_what_cannot_be_written_is_told(results, tmp_path, target, said):
    with pytest.raises(UserError, match=said):
        export_results(results, tmp_path / target)


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(UserError, match="there is no such directory; name that of a run"):
        export_results(tmp_path / "nowhere", tmp_path)
    with pytest.raises(UserError, match=r"scores\.csv: no such file; run the workflow"):
        export_results(tmp_path, tmp_path)


def test_columns_that_are_kept_are_exported_and_told(results, tmp_path):
    file = results / KEY.format(0)
    answer = json.dumps({"text": "Tree", "raw": {"id": "p1", "model": "of the file"}})
    record = record_text({}, "0", {"keep": ["id", "model"]}, answer)
    file.write_text(record, encoding="utf-8")

    table, dictionary = export_results(results, tmp_path / "out.csv")

    exported = pd.read_csv(table, keep_default_na=False)
    assert exported["id"].tolist() == ["p1", ""]
    assert exported["file_model"].tolist() == ["of the file", ""]
    told = pd.read_csv(dictionary, keep_default_na=False)
    assert told["column"].tolist() == list(exported.columns)
